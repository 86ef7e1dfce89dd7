import type { Piece } from '../problem/instance.ts';
import { at, intAt } from '../rows/at.ts';
import type { RowGroups } from '../rows/row-groups.ts';

/**
 * The same pieces with thresholds that people can remember: 4,000 for 3,987, but only where no row
 * changes sides. Cells that shared a threshold still share it.
 */
export function roundThresholds(groups: RowGroups, pieces: readonly Piece[]): readonly Piece[] {
  const byCell = tokensByCell(groups);
  const kind = new Map<number, number>();
  for (const { below } of pieces) {
    if (below === Infinity || kind.has(below)) continue;
    const cells = pieces.filter((piece) => piece.below === below).map((piece) => piece.cell);
    let [low, high] = [-Infinity, Infinity];
    for (const cell of cells) {
      for (const tokens of at(byCell, cell)) {
        if (tokens < below) low = Math.max(low, tokens);
        else high = Math.min(high, tokens);
      }
    }
    kind.set(below, roundest(low, high));
  }
  const moved = (at: number) => kind.get(at) ?? at;
  return pieces.map((piece) => ({ ...piece, from: moved(piece.from), below: moved(piece.below) }));
}

/** The roundest whole number in (low, high]. */
export function roundest(low: number, high: number): number {
  if (high === Infinity) return low + 1;
  for (let step = 10 ** Math.ceil(Math.log10(high + 1)); step >= 1; step /= 10) {
    for (const part of [step, step / 2]) {
      const round = Math.floor(high / part) * part;
      if (round > low && round > 0 && Number.isInteger(part)) return round;
    }
  }
  return high;
}

function tokensByCell(groups: RowGroups): number[][] {
  const found: number[][] = groups.cells.map(() => []);
  groups.cell.forEach((cell, group) => {
    found[cell]?.push(intAt(groups.tokens, group));
  });
  return found;
}
