import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../../outcome/read.ts';
import { cutRows, foldRows, unitFraction } from './parts.ts';
import { everyRow, findUnits } from './units.ts';

function table(n: number, session: (i: number) => string | null, from = 0) {
  const rows = Array.from({ length: n }, (_, i) => ({
    request_id: `r${i + from}`,
    target: 't',
    session: session(i),
    quality: 1,
  }));
  return toOutcomeTable(rows);
}

const single = () => null;

describe('the parts of a table', () => {
  it('hold every row once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.string(), (n, salt) => {
        const parts = cutRows(findUnits(table(n, single)), salt, [0.4, 0.8]);
        const all = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
        expect(all).toEqual([...Array(n).keys()]);
      }),
    );
  });

  it('are md5(salt + request) as a fraction of 2^128 below 0.4, and the rest', () => {
    const from = table(500, single);
    const [choose = new Int32Array()] = cutRows(findUnits(from), 'salt', [0.4]);
    const expected = [...everyRow(500)].filter((row) => {
      const digest = createHash('md5')
        .update(`salt${from.requests.name(row)}`)
        .digest('hex');
      return BigInt(`0x${digest}`) < (2n ** 128n * 2n) / 5n;
    });
    expect([...choose]).toEqual(expected);
    expect(choose.length / 500).toBeCloseTo(0.4, 1);
  });

  it('do not move when other requests come, or when the share of the last part changes', () => {
    const names = (n: number, from: number, limits: readonly number[]) => {
      const one = table(n, single, from);
      const [choose = new Int32Array()] = cutRows(findUnits(one), 'arb', limits);
      return new Set(Array.from(choose, (row) => one.requests.name(row)));
    };
    const [night, next] = [names(300, 0, [0.4]), names(300, 100, [0.4, 0.8])];
    for (let i = 100; i < 300; i++) expect(night.has(`r${i}`)).toBe(next.has(`r${i}`));
  });

  it('never cut a session, whose name decides for all its requests', () => {
    const one = table(300, (i) => (i % 3 ? `s${i % 37}` : null));
    const [first = new Int32Array()] = cutRows(findUnits(one), 'arb', [0.5]);
    const inside = new Set(first);
    for (let row = 0; row < 300; row++) {
      const session = one.session?.values[one.session.code[row] ?? -1];
      const name = session ?? one.requests.name(row);
      expect(inside.has(row)).toBe(unitFraction('arb', name) < 0.5);
    }
  });
});

describe('the folds of a cross-validation', () => {
  it('hold every row once, in nearly equal numbers, and no session in two', () => {
    const one = table(300, (i) => (i % 3 ? `s${i % 37}` : null));
    const folds = foldRows(findUnits(one), everyRow(300), 5);
    expect(folds.flatMap((fold) => [...fold]).sort((a, b) => a - b)).toEqual([...everyRow(300)]);
    const sessions = folds.map((fold) => new Set([...fold].map((row) => one.session?.code[row])));
    sessions.forEach((codes, i) => {
      expect(Math.abs((folds[i]?.length ?? 0) - 60)).toBeLessThan(15);
      for (const other of sessions.slice(i + 1)) {
        expect([...codes].filter((code) => code !== -1 && other.has(code))).toEqual([]);
      }
    });
  });
});
