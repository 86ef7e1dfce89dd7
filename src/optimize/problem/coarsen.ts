import type { Grains } from './row-groups.ts';

/** Fewer places to cut than rows: neighbouring token values joined into bins. */
export interface Bins {
  /** Its `tokens` are the first value of each bin. */
  readonly grains: Grains;
  /** Bin of each grain of the finer ones. */
  readonly of: Int32Array;
}

/** No bin below this many rows: a piece of fewer says nothing of what it will do. */
const leastRows = 20;
/** Nor more bins per cell than this: a cut is then at most 1/256 of the cell's rows off. */
const mostBins = 256;

/** Joins the token values of each cell so that every bin has enough of `rows`. */
export function coarsen(grains: Grains, rows: Int32Array): Bins {
  if (grains.thresholds === 0) return { grains, of: Int32Array.from(grains.cell.keys()) };
  const counts = new Int32Array(grains.cell.length);
  for (const row of rows) {
    const grain = grains.of[row] as number;
    counts[grain] = (counts[grain] as number) + 1;
  }
  const of = new Int32Array(grains.cell.length);
  const bins: { cell: number; tokens: number }[] = [];
  for (const [cell, list] of sortedByCell(grains).entries()) {
    let left = list.reduce((sum, grain) => sum + (counts[grain] as number), 0);
    const enough = Math.max(leastRows, Math.ceil(left / mostBins));
    let filled = Infinity;
    for (const grain of list) {
      if (filled >= enough && (left >= enough || filled === Infinity)) {
        bins.push({ cell, tokens: grains.tokens[grain] as number });
        filled = 0;
      }
      of[grain] = bins.length - 1;
      filled += counts[grain] as number;
      left -= counts[grain] as number;
    }
  }
  return {
    of,
    grains: {
      ...grains,
      cell: Int32Array.from(bins, (bin) => bin.cell),
      tokens: Int32Array.from(bins, (bin) => bin.tokens),
      of: grains.of.map((grain) => of[grain] as number),
    },
  };
}

/** The grains of each cell by rising tokens. */
export function sortedByCell({ cells, cell, tokens }: Grains): number[][] {
  const found: number[][] = cells.map(() => []);
  cell.forEach((at, grain) => {
    found[at]?.push(grain);
  });
  const byTokens = (a: number, b: number) => (tokens[a] as number) - (tokens[b] as number);
  return found.map((list) => list.sort(byTokens));
}
