import { intAt } from './at.ts';
import type { RowGroups } from './row-groups.ts';

/** Fewer places to cut than rows: neighbouring token values joined into bins. */
export interface Bins {
  /** Its `tokens` are the first value of each bin. */
  readonly groups: RowGroups;
  /** Bin of each group of the finer ones. */
  readonly of: Int32Array;
}

/** No bin below this many rows: a piece of fewer says nothing of what it will do. */
const leastRows = 20;
/** Nor more bins per cell than this: a cut is then at most 1/256 of the cell's rows off. */
const mostBins = 256;

/** Joins the token values of each cell so that every bin has enough of `rows`. */
export function coarsen(groups: RowGroups, rows: Int32Array): Bins {
  if (groups.thresholds === 0) return { groups, of: Int32Array.from(groups.cell.keys()) };
  const counts = new Int32Array(groups.cell.length);
  for (const row of rows) {
    const group = intAt(groups.of, row);
    counts[group] = intAt(counts, group) + 1;
  }
  const of = new Int32Array(groups.cell.length);
  const bins: { cell: number; tokens: number }[] = [];
  for (const [cell, list] of sortedByCell(groups).entries()) {
    let left = list.reduce((sum, group) => sum + intAt(counts, group), 0);
    const enough = Math.max(leastRows, Math.ceil(left / mostBins));
    let filled = Infinity;
    for (const group of list) {
      if (filled >= enough && (left >= enough || filled === Infinity)) {
        bins.push({ cell, tokens: intAt(groups.tokens, group) });
        filled = 0;
      }
      of[group] = bins.length - 1;
      filled += intAt(counts, group);
      left -= intAt(counts, group);
    }
  }
  return {
    of,
    groups: {
      ...groups,
      cell: Int32Array.from(bins, (bin) => bin.cell),
      tokens: Int32Array.from(bins, (bin) => bin.tokens),
      of: groups.of.map((group) => intAt(of, group)),
    },
  };
}

/** The groups of each cell by rising tokens. */
export function sortedByCell({ cells, cell, tokens }: RowGroups): number[][] {
  const found: number[][] = cells.map(() => []);
  cell.forEach((at, group) => {
    found[at]?.push(group);
  });
  const byTokens = (a: number, b: number) => intAt(tokens, a) - intAt(tokens, b);
  return found.map((list) => list.sort(byTokens));
}
