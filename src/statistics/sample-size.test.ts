import { describe, expect, it } from 'vitest';
import { pairsNeeded, pairsRange, rowsNeeded, rowsRange } from './sample-size.ts';

describe('how many requests are needed', () => {
  it('1, 2 and 5 points at 23 % discordant pairs need 1.3 times 14,220, 3,555 and 569 rows', () => {
    const rows = (margin: number) => pairsNeeded({ discordant: 0.23, difference: 0, margin }) ?? 0;
    expect(rows(0.01) / 1.3).toBeCloseTo(14_220, -1);
    expect(rows(0.02) / 1.3).toBeCloseTo(3_555, -1);
    expect(rows(0.05) / 1.3).toBeCloseTo(569, -1);
  });

  it('no number would do where the loss is as large as the margin', () => {
    expect(pairsNeeded({ discordant: 0.1, difference: -0.02, margin: 0.02 })).toBeUndefined();
  });
});

describe('how many requests an SLO needs', () => {
  it('3 % slow where 5 % may be takes 631 rows and the safety of 1.3, a share at the limit never', () => {
    const rows = rowsNeeded({ share: 0.03, limit: 0.05 }) ?? 0;
    expect(rows / 1.3).toBeGreaterThan(580);
    expect(rows / 1.3).toBeLessThan(720);
    expect(rowsNeeded({ share: 0.05, limit: 0.05 })).toBeUndefined();
  });

  it('no slow request at all still takes the 59 rows of 0.95^n', () => {
    expect(rowsNeeded({ share: 0, limit: 0.05 })).toBeGreaterThanOrEqual(59);
  });
});

describe('how many requests are enough when the estimate may flatter', () => {
  const range = (pairs: number) =>
    pairsRange({ discordant: 0.1, difference: 0, margin: 0.05, pairs });

  it('asks for more than the estimate does, and for less the more pairs it rests on', () => {
    const [few, many] = [range(200), range(20_000)];
    expect(few.likely).toBe(many.likely);
    expect(few.enough).toBeGreaterThan(many.enough ?? 0);
    expect(many.enough).toBeGreaterThan(many.likely ?? 0);
  });

  it('names no number where half a standard error more would reach the margin', () => {
    const seen = pairsRange({ discordant: 0.1, difference: -0.045, margin: 0.05, pairs: 400 });
    expect(seen.likely).toBeGreaterThan(0);
    expect(seen.enough).toBeUndefined();
    const slow = rowsRange({ share: 0.045, limit: 0.05, rows: 400 });
    expect(slow.likely).toBeGreaterThan(0);
    expect(slow.enough).toBeUndefined();
  });
});
