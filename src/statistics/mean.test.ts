import { describe, expect, it } from 'vitest';
import { meanInterval, ratioInterval } from './mean.ts';

const of = (...values: number[]) => Float64Array.from(values);

describe("Student's limits", () => {
  it('agree with his own sleep data: 1.58 hours more, 0.70 to 2.46 (Biometrika 1908)', () => {
    const first = of(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2);
    const second = of(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4);
    const { mean, low, high } = meanInterval(second.map((value, i) => value - (first[i] ?? 0)));
    expect(mean).toBeCloseTo(1.58, 10);
    expect(low).toBeCloseTo(0.7001, 4);
    expect(high).toBeCloseTo(2.4599, 4);
  });

  it('are infinite for a single value', () => {
    expect(meanInterval(of(3))).toEqual({ mean: 3, low: -Infinity, high: Infinity });
  });
});

describe('a ratio of sums', () => {
  it('has the limits of its linearised terms: 3 over 8 by hand', () => {
    // Residuals of (1, 2), (2, 2), (0, 4) at 3/8: 0.25, 1.25, -1.5; error of their sum 2.4109.
    const { ratio, low, high } = ratioInterval(of(1, 2, 0), of(2, 2, 4));
    expect(ratio).toBeCloseTo(3 / 8, 12);
    const half = (4.302653 * Math.sqrt((0.0625 + 1.5625 + 2.25) / 2) * Math.sqrt(3)) / 8;
    expect(high - ratio).toBeCloseTo(half, 5);
    expect(ratio - low).toBeCloseTo(half, 5);
  });

  it('is 0 where nothing was spent', () => {
    expect(ratioInterval(of(1, 2), of(0, 0))).toEqual({ ratio: 0, low: 0, high: 0 });
  });
});
