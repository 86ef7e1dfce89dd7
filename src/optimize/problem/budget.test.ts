import { describe, expect, it } from 'vitest';
import { createBudget, isOutOfTime, withShare } from './budget.ts';

describe('the budget of a recommendation', () => {
  it('lends a share of the effort and takes back what was not used', () => {
    const budget = createBudget({});
    const all = budget.effort.left;
    withShare(budget, 0.5, (part) => {
      expect(part.effort.left).toBe(all / 2);
      part.effort.left -= 100;
    });
    expect(budget.effort.left).toBe(all - 100);
  });

  it('takes no more back than it lent from a search that used too much', () => {
    const budget = createBudget({});
    const all = budget.effort.left;
    withShare(budget, 0.25, (part) => {
      part.effort.left = -5;
    });
    expect(budget.effort.left).toBe(0.75 * all);
  });

  it('gives a search its share of the time that is left', () => {
    let time = 1_000;
    const budget = createBudget({ timeLimitMs: 600, now: () => time });
    time = 1_200;
    withShare(budget, 0.5, (part) => {
      time = 1_399;
      expect(isOutOfTime(part)).toBe(false);
      time = 1_400;
      expect(isOutOfTime(part)).toBe(true);
    });
    expect(isOutOfTime(budget)).toBe(false);
    time = 1_600;
    expect(isOutOfTime(budget)).toBe(true);
  });

  it('knows no time without a clock', () => {
    expect(isOutOfTime(createBudget({ timeLimitMs: 0 }))).toBe(false);
  });
});
