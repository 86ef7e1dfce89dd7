import { mixed } from '../src/outcome/intern.ts';
import { type OutcomeTable, pickRows } from '../src/outcome/table.ts';
import { dice } from '../src/statistics/random.test.helper.ts';

/** `n` rows of a population drawn with replacement, under new ids; the seed decides which. */
export function draw(population: OutcomeTable, n: number, seed: number): OutcomeTable {
  // Neighbouring seeds of the generator are related; their hashes are not.
  const roll = dice(mixed(seed) | 0);
  const rows = Int32Array.from({ length: n }, () => roll(population.rows));
  const drawn = pickRows(population, rows, {
    name: (row) => `draw-${seed}-${row}`,
    hash: (row) => mixed(Math.imul(row + 1, 0x9e3779b1) ^ mixed(seed)) | 0,
  });
  return { ...drawn, fingerprint: mixed(seed).toString(16).padStart(16, '0') };
}
