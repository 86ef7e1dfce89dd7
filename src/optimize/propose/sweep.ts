import type { Piece } from '../problem/instance.ts';
import { at, floatAt, intAt, ofLength } from '../rows/at.ts';
import { sortedByCell } from '../rows/coarsen.ts';
import type { RowGroups } from '../rows/row-groups.ts';

/** The groups of each cell that have rows, by rising tokens: what a sweep walks along. */
export type Track = readonly Int32Array[];

export function createTrack(groups: RowGroups, used: Uint8Array): Track {
  return sortedByCell(groups).map((list) =>
    Int32Array.from(list.filter((group) => used[group] === 1)),
  );
}

/**
 * The pieces of least total score, each cell by itself: with prices for quality, disagreement and
 * slowness in the score this is one point of the Lagrange relaxation. `score[target][group]`.
 */
export function cheapestPieces(
  { groups, track, eligible }: SweepGround,
  score: readonly Float64Array[],
): Piece[] {
  return track.flatMap((list, cell) => {
    const targets = allowed(eligible[cell], score.length);
    if (list.length === 0 || targets.length === 0) return [];
    const stretch = { list, cell, targets };
    if (groups.thresholds === 0 || list.length === 1) return [wholePiece(stretch, score)];
    return cutPieces(groups, stretch, score);
  });
}

export interface SweepGround {
  readonly groups: RowGroups;
  readonly track: Track;
  /** [cell][target], 1 = may be used. */
  readonly eligible: readonly Uint8Array[];
}

function allowed(eligible: Uint8Array | undefined, targets: number): number[] {
  return Array.from({ length: targets }, (_, t) => t).filter((t) => eligible?.[t] === 1);
}

function wholePiece({ list, cell, targets }: Stretch, score: readonly Float64Array[]): Piece {
  let [best, least] = [at(targets, 0), Infinity];
  for (const target of targets) {
    let sum = 0;
    for (const group of list) sum += floatAt(at(score, target), group);
    if (sum < least) [best, least] = [target, sum];
  }
  return { cell, target: best, from: -Infinity, below: Infinity };
}

interface Stretch {
  readonly list: Int32Array;
  readonly cell: number;
  readonly targets: readonly number[];
}

/**
 * Dynamic programme along the tokens: `least[b][t]` is the least score so far that ends in target t
 * after b cuts. O(groups x targets x cuts).
 */
function cutPieces(
  groups: RowGroups,
  { list, cell, targets }: Stretch,
  score: readonly Float64Array[],
): Piece[] {
  const width = targets.length;
  const states = (groups.thresholds + 1) * width;
  // Which state a state came from at each group; -1 = it went on.
  const came = new Int16Array(list.length * states).fill(-1);
  let least = new Float64Array(states).fill(Infinity);
  least.fill(0, 0, width);
  let before = new Float64Array(states);
  const columns = targets.map((target) => ofLength(at(score, target), groups.cell.length));
  list.forEach((group, place) => {
    [before, least] = [least, before];
    for (let b = 0; b <= groups.thresholds; b++) {
      const from = b > 0 && place > 0 ? bestState(before, (b - 1) * width, width) : -1;
      for (let t = 0; t < width; t++) {
        const state = b * width + t;
        let value = before[state] as number;
        if (from >= 0 && (before[from] as number) < value) {
          value = before[from] as number;
          came[place * states + state] = from;
        }
        least[state] = value + ((columns[t] as Float64Array)[group] as number);
      }
    }
  });
  return traced(
    groups,
    { list, cell, targets },
    { came, states, last: bestState(least, 0, states) },
  );
}

function bestState(values: Float64Array, from: number, count: number): number {
  let best = from;
  for (let state = from + 1; state < from + count; state++) {
    if ((values[state] as number) < (values[best] as number)) best = state;
  }
  return best;
}

function traced(
  groups: RowGroups,
  { list, cell, targets }: Stretch,
  path: { readonly came: Int16Array; readonly states: number; readonly last: number },
): Piece[] {
  const pieces: Piece[] = [];
  let [state, below] = [path.last, Infinity];
  for (let place = list.length - 1; place >= 0; place--) {
    const from = at(path.came, place * path.states + state);
    if (from < 0) continue;
    const cut = intAt(groups.tokens, intAt(list, place));
    pieces.unshift({ cell, target: at(targets, state % targets.length), from: cut, below });
    [state, below] = [from, cut];
  }
  pieces.unshift({ cell, target: at(targets, state % targets.length), from: -Infinity, below });
  return pieces;
}
