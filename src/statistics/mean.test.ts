import { describe, expect, it } from 'vitest';
import { bootstrapRatio } from './bootstrap.ts';
import { clusterMeanP, meanInterval, pairedInterval, ratioInterval } from './mean.ts';

const of = (...values: number[]) => Float64Array.from(values);

describe("Student's limits", () => {
  it('agree with his own sleep data: 1.58 hours more, 0.70 to 2.46 (Biometrika 1908)', () => {
    const first = of(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2);
    const second = of(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4);
    const { mean, low, high } = pairedInterval(second, first);
    expect(mean).toBeCloseTo(1.58, 10);
    expect(low).toBeCloseTo(0.7001, 4);
    expect(high).toBeCloseTo(2.4599, 4);
  });

  it('are infinite for a single value', () => {
    expect(meanInterval(of(3))).toEqual({ mean: 3, low: -Infinity, high: Infinity });
  });
});

describe('rows in clusters', () => {
  it('are one row each when a cluster is copied', () => {
    const apart = clusterMeanP({ sums: of(1, 0, 1, 1, 0, 1), sizes: of(1, 1, 1, 1, 1, 1) }, 0.2);
    const copied = clusterMeanP({ sums: of(9, 0, 9, 9, 0, 9), sizes: of(9, 9, 9, 9, 9, 9) }, 0.2);
    expect(copied).toBeCloseTo(apart, 12);
  });

  it('agree with the t-test by hand: mean .5, error .2236, t 1.342 on 5 degrees', () => {
    const p = clusterMeanP({ sums: of(1, 0, 1, 0, 1, 0), sizes: of(1, 1, 1, 1, 1, 1) }, 0.2);
    expect(p).toBeCloseTo(0.1187, 3);
  });

  it('show nothing when there is one', () => {
    expect(clusterMeanP({ sums: of(5), sizes: of(5) }, 0)).toBe(1);
  });
});

describe('a ratio of sums', () => {
  const above = Float64Array.from({ length: 400 }, (_, i) => 1 + (i % 5));
  const below = Float64Array.from({ length: 400 }, (_, i) => 4 + ((i * 7) % 11));

  it('has limits that the bootstrap over clusters confirms', () => {
    const { ratio, low, high } = ratioInterval(above, below);
    const drawn = bootstrapRatio({ above, below }, 3);
    expect(ratio).toBeCloseTo(1_200 / below.reduce((a, b) => a + b, 0), 10);
    expect(Math.abs(drawn.low - low)).toBeLessThan(0.15 * (high - low));
    expect(Math.abs(drawn.high - high)).toBeLessThan(0.15 * (high - low));
  });

  it('gives the same limits for the same seed', () => {
    expect(bootstrapRatio({ above, below }, 9)).toEqual(bootstrapRatio({ above, below }, 9));
    expect(bootstrapRatio({ above, below }, 9)).not.toEqual(bootstrapRatio({ above, below }, 10));
  });

  it('is 0 where nothing was spent', () => {
    expect(ratioInterval(of(1, 2), of(0, 0))).toEqual({ ratio: 0, low: 0, high: 0 });
  });
});
