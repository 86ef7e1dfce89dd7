import { draftPolicy } from '../../src/optimize/draft.ts';
import { policyVector } from '../../src/optimize/problem/policy-vector.ts';
import { recommend } from '../../src/optimize/recommend.ts';
import { mixed } from '../../src/outcome/intern.ts';
import { meanCost, meanQuality, targetVector } from '../../src/outcome/outcome-vector.ts';
import { type OutcomeTable, pickRows } from '../../src/outcome/table.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { uniform } from './table.ts';

/** Least share certified with shares at a margin of 0.02, and least gain in mean saving by them. */
const bar = { certified: 0.9, gain: 1.2 };

/**
 * Halves of a known population without replacement: how often something is certified, what it saves
 * in truth, and how often it breaks its floor, with shares of the traffic and without.
 *
 * @returns what was missed, in words
 */
export function runHalves(
  populations: readonly { readonly name: string; readonly table: OutcomeTable }[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): string[] {
  const misses: string[] = [];
  for (const { name, table } of populations) {
    for (const margin of [0.01, 0.02, 0.03, 0.05]) {
      const [whole, shares] = (['none', 'shares'] as const).map((arms) => {
        const savings: number[] = [];
        let [certified, broken] = [0, 0];
        for (let i = 0; i < draws; i++) {
          const half = drawHalf(table, seed * 1_009 + i);
          const found = recommend(half, { by: ['task'], floor: `best-${margin}`, arms });
          if (found.status !== 'certified') {
            savings.push(0);
            continue;
          }
          certified++;
          const vector = policyVector(table, {
            name: 'policy',
            policy: makePolicy(draftPolicy(found)),
          });
          const baseline = targetVector(table, table.targets.indexOf(found.baseline.name));
          savings.push(1 - meanCost(vector, table) / meanCost(baseline, table));
          if (meanQuality(vector, table) - meanQuality(baseline, table) < -margin - 1e-9) broken++;
        }
        savings.sort((a, b) => a - b);
        const mean = savings.reduce((sum, value) => sum + value, 0) / draws;
        return {
          certified: certified / draws,
          broken,
          median: savings[Math.floor(draws / 2)] ?? 0,
          mean,
        };
      });
      if (!whole || !shares) continue;
      const percent = (value: number) => `${(100 * value).toFixed(1)} %`.padStart(7);
      const row = ({ certified, median, mean, broken }: typeof whole) =>
        `certified ${percent(certified)} median ${percent(median)} mean ${percent(mean)} broken ${broken}`;
      console.log(`${name.padEnd(22)} ${margin}  whole: ${row(whole)} | shares: ${row(shares)}`);
      const where = `${name}, margin ${margin}`;
      if (Math.max(whole.broken, shares.broken) > 0.08 * draws)
        misses.push(`${where}: breaks its floor`);
      if (margin !== 0.02 || !table.features.has('task') || shares.mean === 0) continue;
      if (shares.certified < bar.certified)
        misses.push(`${where}: certified in ${percent(shares.certified)}`);
      if (shares.mean < bar.gain * whole.mean) misses.push(`${where}: shares save too little more`);
    }
  }
  return misses;
}

function drawHalf(table: OutcomeTable, seed: number): OutcomeTable {
  const u = uniform(seed);
  const keyed = Array.from({ length: table.rows }, (_, row) => ({ row, key: u() }));
  keyed.sort((a, b) => a.key - b.key);
  const rows = Int32Array.from(keyed.slice(0, Math.floor(table.rows / 2)), ({ row }) => row);
  return pickRows(table, rows, {
    name: (row) => `half-${seed}-${row}`,
    hash: (row) => mixed(Math.imul(row + 1, 0x9e3779b1) ^ mixed(seed)) | 0,
  });
}
