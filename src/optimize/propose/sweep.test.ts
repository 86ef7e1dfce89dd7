import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieceByGroup } from '../problem/assign.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { roundest } from '../solve/round-thresholds.ts';
import { cheapestPieces, createTrack } from './sweep.ts';

function oneCell(tokens: readonly number[], thresholds: number): RowGroups {
  return {
    ...{ keys: [], thresholds, cells: [{ name: 'all', values: [], tokens: 'any' }] },
    cell: new Int32Array(tokens.length),
    tokens: Int32Array.from(tokens),
    of: Int32Array.from(tokens.keys()),
  };
}

describe('the cheapest pieces of a cell', () => {
  it('are those of a search over every cut, for up to two thresholds', () => {
    const score = fc.integer({ min: -9, max: 9 });
    const groups = fc.array(fc.tuple(score, score, score), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 2 }), (rows, thresholds) => {
        const cell = oneCell(
          rows.map((_, i) => 10 * i),
          thresholds,
        );
        const scores = [0, 1, 2].map((t) => Float64Array.from(rows, (row) => row[t] ?? 0));
        const track = createTrack(cell, new Uint8Array(rows.length).fill(1));
        const eligible = [Uint8Array.of(1, 1, 1)];
        const pieces = cheapestPieces({ groups: cell, track, eligible }, scores);
        expect(pieces.length).toBeLessThanOrEqual(thresholds + 1);
        const at = pieceByGroup(cell, pieces);
        const found = rows.reduce(
          (sum, row, i) => sum + (row[pieces[at[i] ?? -1]?.target ?? 9] ?? NaN),
          0,
        );
        expect(found).toBe(least(rows, thresholds));
      }),
    );
  });

  it('use no target that is not eligible', () => {
    const cell = oneCell([1, 2], 1);
    const track = createTrack(cell, Uint8Array.of(1, 1));
    const pieces = cheapestPieces({ groups: cell, track, eligible: [Uint8Array.of(0, 1)] }, [
      Float64Array.of(-5, -5),
      Float64Array.of(1, 1),
    ]);
    expect(pieces).toEqual([{ cell: 0, target: 1, from: -Infinity, below: Infinity }]);
  });
});

/** By trying every sequence of targets with at most so many changes. */
function least(rows: readonly (readonly number[])[], changes: number): number {
  const walk = (at: number, target: number, left: number): number => {
    if (at === rows.length) return 0;
    return Math.min(
      ...[0, 1, 2].map((t) =>
        t === target || left > 0
          ? (rows[at]?.[t] ?? 0) + walk(at + 1, t, t === target ? left : left - 1)
          : Infinity,
      ),
    );
  };
  return Math.min(...[0, 1, 2].map((t) => walk(0, t, changes)));
}

describe('the roundest number of a range', () => {
  it.each([
    [3_986, 4_100, 4_000],
    [3_900, 3_987, 3_950],
    [347, 348, 348],
    [0, 9, 5],
    [12, Infinity, 13],
  ])('above %d up to %d is %d', (low, high, expected) => {
    expect(roundest(low, high)).toBe(expected);
  });
});
