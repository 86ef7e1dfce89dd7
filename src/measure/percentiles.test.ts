import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../units.ts';
import { createHistogram } from './histogram.ts';
import { toPercentiles, upperRank } from './percentiles.ts';

/** P(Bin(n, p) <= k), summed in logarithms: slow and straightforward. */
function binomialCdf(k: number, n: number, p: number): number {
  let sum = 0;
  let logChoose = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logChoose + i * Math.log(p) + (n - i) * Math.log1p(-p));
    logChoose += Math.log((n - i) / (i + 1));
  }
  return sum;
}

describe('the upper bound of a percentile', () => {
  it.each([
    [0.5, 5],
    [0.75, 11],
    [0.9, 29],
    [0.95, 59],
    [0.99, 299],
    [0.999, 2_995],
  ])('of p = %d exists from n = %d, not before', (p, n) => {
    expect(upperRank(n - 1, p)).toBeUndefined();
    expect(upperRank(n, p)).toBe(n);
  });

  it('is the least rank that holds with 95 %, against the sum of the binomial', () => {
    const p = fc.constantFrom(0.5, 0.75, 0.9, 0.95, 0.99, 0.999);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_500 }), p, (n, quantile) => {
        const rank = upperRank(n, quantile);
        const surely = (below: number) => binomialCdf(below, n, quantile);
        if (rank === undefined) {
          expect(surely(n - 1)).toBeLessThan(0.95);
        } else {
          expect(surely(rank - 1)).toBeGreaterThanOrEqual(0.95 - 1e-9);
          expect(surely(rank - 2)).toBeLessThan(0.95 + 1e-9);
        }
      }),
    );
  });

  it.each([2_000, 10_000, 40_000])(
    'for n = %d errs by two ranks at most, to the safe side',
    (n) => {
      const rank = upperRank(n, 0.95) ?? 0;
      expect(binomialCdf(rank - 1, n, 0.95)).toBeGreaterThanOrEqual(0.95);
      expect(binomialCdf(rank - 4, n, 0.95)).toBeLessThan(0.95);
    },
  );
});

describe('percentiles', () => {
  it('are marked where the sample does not carry them', () => {
    const histogram = createHistogram();
    for (let value = 1; value <= 100; value++) histogram.record(ms(value));
    const found = toPercentiles(histogram);
    expect(found?.p50).toEqual({ value: 50.015, supported: true, upper: 59.007 });
    expect(found?.p95.supported).toBe(true);
    expect(found?.p99).toEqual({ value: 99.007, supported: false });
  });

  it('of an empty distribution are absent', () => {
    expect(toPercentiles(createHistogram())).toBeUndefined();
  });

  it('of gaps count streams, not gaps: those of one stream stall together', () => {
    const histogram = createHistogram();
    for (let gap = 0; gap < 10_000; gap++) histogram.recordMicros(gap);
    expect(toPercentiles(histogram, 10)?.p50.supported).toBe(true);
    expect(toPercentiles(histogram, 10)?.p99.supported).toBe(false);
  });

  it('are within a thousandth of the exact ones, for any sample', () => {
    const values = fc.array(fc.integer({ min: 1, max: 3_000_000_000 }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(values, fc.constantFrom(50, 75, 90, 95, 99, 99.9), (micros, percent) => {
        const histogram = createHistogram();
        for (const value of micros) histogram.recordMicros(value);
        const sorted = micros.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil((percent / 100) * sorted.length - 1e-9) - 1] ?? 0;
        expect(Math.abs(histogram.at(percent) * 1_000 - exact)).toBeLessThanOrEqual(
          exact / 1_000 + 1,
        );
      }),
    );
  });
});
