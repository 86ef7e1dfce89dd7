import { describe, expect, it } from 'vitest';
import { quantileEstimate, subtractQuantiles } from './quantile.ts';
import { dice } from './random.test.helper.ts';

const ramp = (n: number) => Float64Array.from({ length: n }, (_, i) => i + 1);

describe('a quantile', () => {
  it('has the limits of the tables of order statistics', () => {
    // 95 % limits of the median of 10, 20 and 100 values: ranks 2 to 9, 6 to 15, 40 to 61.
    expect(quantileEstimate(ramp(10), 0.5)).toEqual({ estimate: 5, low: 2, high: 9 });
    expect(quantileEstimate(ramp(20), 0.5)).toEqual({ estimate: 10, low: 6, high: 15 });
    expect(quantileEstimate(ramp(100), 0.5)).toEqual({ estimate: 50, low: 40, high: 61 });
  });

  it('is absent where the sample is too small for both limits', () => {
    expect(quantileEstimate(ramp(5), 0.5)).toBeUndefined();
    expect(quantileEstimate(ramp(6), 0.5)).toEqual({ estimate: 3, low: 1, high: 6 });
    expect(quantileEstimate(ramp(367), 0.99)).toBeUndefined();
    expect(quantileEstimate(ramp(368), 0.99)?.high).toBe(368);
    expect(quantileEstimate(new Float64Array(), 0.5)).toBeUndefined();
  });
});

describe('the difference of two quantiles', () => {
  it('is within its limits in 95 of 100 samples or more', () => {
    const roll = dice(11);
    // Exponential: its median is ln 2.
    const draw = (n: number, shift: number) =>
      Float64Array.from({ length: n }, () => shift - Math.log((1 + roll(1e6)) / 1e6)).sort();
    let covered = 0;
    const samples = 400;
    for (let sample = 0; sample < samples; sample++) {
      const [one, other] = [draw(120, 3), draw(150, 1)].map((x) => quantileEstimate(x, 0.5));
      const found = one && other && subtractQuantiles(one, other);
      if (found && found.low <= 2 && 2 <= found.high) covered += 1;
    }
    expect(covered / samples).toBeGreaterThan(0.935);
    expect(covered).toBeLessThan(samples);
  });
});
