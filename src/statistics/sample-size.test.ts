import { describe, expect, it } from 'vitest';
import { kappa } from './agreement.ts';
import { pairsNeeded, percentileSampleSize } from './sample-size.ts';

describe('how many requests are needed', () => {
  it('an upper bound of p50 to p99.9 exists from 5, 11, 29, 59, 299 and 2,995 rows', () => {
    const shares = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
    expect(shares.map((share) => percentileSampleSize(share))).toEqual([5, 11, 29, 59, 299, 2_995]);
  });

  it('1, 2 and 5 points at 23 % discordant pairs need 1.2 times 14,220, 3,555 and 569 rows', () => {
    const rows = (margin: number) => pairsNeeded({ discordant: 0.23, difference: 0, margin }) ?? 0;
    expect(rows(0.01) / 1.2).toBeCloseTo(14_220, -1);
    expect(rows(0.02) / 1.2).toBeCloseTo(3_555, -1);
    expect(rows(0.05) / 1.2).toBeCloseTo(569, -1);
  });

  it('no number would do where the loss is as large as the margin', () => {
    expect(pairsNeeded({ discordant: 0.1, difference: -0.02, margin: 0.02 })).toBeUndefined();
  });
});

describe('agreement beyond chance', () => {
  it("is Cohen's: 20, 5, 10 and 15 give 0.4", () => {
    const table = [
      [20, 5],
      [10, 15],
    ];
    expect(kappa(table)).toBeCloseTo(0.4, 12);
  });

  it('is 0 where one rater always says the same', () => {
    const table = [
      [30, 20],
      [0, 0],
    ];
    expect(kappa(table)).toBe(0);
  });
});
