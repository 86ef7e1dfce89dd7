import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableOf } from '../../outcome/read.ts';
import type { OutcomeTable } from '../../outcome/table.ts';
import { everyRow, findUnits, splitRows } from './parts.ts';

function table(n: number, session: (i: number) => string | null) {
  const rows = Array.from({ length: n }, (_, i) => ({
    ...{ request_id: `r${i}`, target: 't', session: session(i) },
    quality: 1,
  }));
  return tableOf(rows);
}

const parted = (from: OutcomeTable, shares: readonly number[], seed: number) =>
  splitRows(findUnits(from), everyRow(from.rows), { shares, seed });

describe('splitting rows into parts', () => {
  it('gives every row to one part, in the shares asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer(), (n, seed) => {
        const parts = parted(
          table(n, () => null),
          [0.4, 0.6],
          seed,
        );
        expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([
          ...Array(n).keys(),
        ]);
        expect(Math.abs((parts[0]?.length ?? 0) - 0.4 * n)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never parts a session', () => {
    const one = table(300, (i) => (i % 3 ? `s${i % 37}` : null));
    const [first, second] = parted(one, [0.5, 0.5], 4);
    const sessions = (rows: Int32Array | undefined) =>
      new Set([...(rows ?? [])].map((row) => one.session?.code[row]).filter((code) => code !== -1));
    const both = [...sessions(first)].filter((code) => sessions(second).has(code));
    expect(both).toEqual([]);
    expect(Math.abs((first?.length ?? 0) - 150)).toBeLessThan(10);
  });

  it('depends on the seed', () => {
    const one = table(100, () => null);
    expect(parted(one, [0.5, 0.5], 1)).toEqual(parted(one, [0.5, 0.5], 1));
    expect(parted(one, [0.5, 0.5], 1)).not.toEqual(parted(one, [0.5, 0.5], 2));
  });
});
