import { mixed } from '../../src/outcome/intern.ts';
import { type OutcomeTable, pickRows } from '../../src/outcome/table.ts';
import { uniform } from './table.ts';

/** Half of the rows of a population, without replacement; the seed decides which. */
export function drawHalf({ rows }: OutcomeTable, seed: number): Int32Array {
  const u = uniform(seed);
  const keyed = Array.from({ length: rows }, (_, row) => ({ row, key: u() }));
  keyed.sort((a, b) => a.key - b.key);
  return Int32Array.from(keyed.slice(0, Math.floor(rows / 2)), ({ row }) => row);
}

/** As many rows as a half has, each drawn from the whole population. */
export function drawAgain({ rows }: OutcomeTable, seed: number): Int32Array {
  const u = uniform(seed);
  return Int32Array.from({ length: Math.floor(rows / 2) }, () => Math.floor(u() * rows));
}

/** The rows drawn as a table of its own, its requests under new names; another build brings its own `pick`. */
export function tableOf(
  population: OutcomeTable,
  rows: Int32Array,
  { seed, pick = pickRows }: { readonly seed: number; readonly pick?: typeof pickRows },
): OutcomeTable {
  return pick(population, rows, {
    name: (row) => `half-${seed}-${row}`,
    hash: (row) => mixed(Math.imul(row + 1, 0x9e3779b1) ^ mixed(seed)) | 0,
  });
}
