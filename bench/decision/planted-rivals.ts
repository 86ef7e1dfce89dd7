import type { OutcomeTable } from '../../src/outcome/table.ts';
import { createTable, type Uniform, uniform } from './table.ts';

/** Requests of the population, and how many of them the strong target gets right. */
const size = { rows: 2_000, right: 1_600 };
const rivals = 12;

/**
 * A population on which no target may take all requests: 12 cheap ones, each wrong once more than a margin
 * of 0.05 allows, and independent of each other, so that some look good enough in any sample.
 */
export function createPlantedRivals(): OutcomeTable {
  const u = uniform(12);
  const cheap = Array.from({ length: rivals }, (_, i) => ({
    name: `cheap-${i + 1}`,
    cost: 0.001,
    right: pickRight(size.right - 0.05 * size.rows - 1, u),
  }));
  const strong = { name: 'strong', cost: 0.01, right: pickRight(size.right, u) };
  return createTable({
    rows: size.rows,
    seed: 12,
    task: () => 'chat',
    columns: [strong, ...cheap].map(({ name, cost, right }) => ({
      name,
      cost,
      quality: (row) => (right.has(row) ? 1 : 0),
    })),
  });
}

/** So many rows of the population, any as likely. */
function pickRight(count: number, u: Uniform): ReadonlySet<number> {
  const keyed = Array.from({ length: size.rows }, (_, row) => ({ row, key: u() }));
  keyed.sort((a, b) => a.key - b.key);
  return new Set(keyed.slice(0, count).map(({ row }) => row));
}
