import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareAboveP, shareBelowP } from './binomial.ts';
import { clopperPearson, shareAtLeast, shareAtMost } from './proportion.ts';

describe('limits of a share', () => {
  it('10 of 10 right proves only 74.1 %, and 59 of 59 are needed for 95 %', () => {
    expect(shareAtLeast(10, 10)).toBeCloseTo(0.05 ** (1 / 10), 10);
    expect(shareAtLeast(58, 58)).toBeLessThan(0.95);
    expect(shareAtLeast(59, 59)).toBeGreaterThan(0.95);
  });

  it('agrees with the published limits of 81 of 263 (Newcombe 1998, table I)', () => {
    const exact = clopperPearson(81, 263);
    expect(exact.low).toBeCloseTo(0.2527, 4);
    expect(exact.high).toBeCloseTo(0.3676, 4);
  });

  it('says nothing of nothing', () => {
    expect(clopperPearson(0, 5)).toMatchObject({ low: 0 });
    expect(clopperPearson(5, 5)).toMatchObject({ high: 1 });
  });

  it('mirrors: hits and misses have mirrored limits', () => {
    const sizes = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const hits = Math.round(share * n);
        expect(shareAtMost(hits, n)).toBeCloseTo(1 - shareAtLeast(n - hits, n), 9);
      }),
    );
  });
});

describe('the exact binomial test', () => {
  it('equals the sum over all outcomes', () => {
    const choose = (n: number, k: number): number =>
      k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k;
    const sum = [0, 1, 2].reduce((p, k) => p + choose(20, k) * 0.3 ** k * 0.7 ** (20 - k), 0);
    expect(shareBelowP(2, 20, 0.3)).toBeCloseTo(sum, 12);
    expect(shareAboveP(3, 20, 0.3)).toBeCloseTo(1 - sum, 12);
  });

  it('0 slow of 58 does not show less than 5 % slow, 0 of 59 does', () => {
    expect(shareBelowP(0, 58, 0.05)).toBeGreaterThan(0.05);
    expect(shareBelowP(0, 59, 0.05)).toBeLessThan(0.05);
  });

  it('shows nothing without rows', () => {
    expect(shareBelowP(0, 0, 0.05)).toBe(1);
    expect(shareAboveP(0, 0, 0.05)).toBe(1);
  });
});
