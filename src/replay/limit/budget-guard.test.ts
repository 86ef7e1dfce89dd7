import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usd } from '../../units.ts';
import { createBudgetGuard } from './budget-guard.ts';

const budget = { targets: {}, spent: {}, lost: usd(0), maxOutputTokens: 100 };

describe('the purse', () => {
  it('waits while a reservation may still come back, and stops the run when none can', () => {
    const purse = createBudgetGuard({ ...budget, run: usd(1) });
    expect(purse.check('a', usd(0.6))).toBe('room');
    purse.reserve('a', usd(0.6));
    expect(purse.check('b', usd(0.6))).toBe('wait');
    purse.settle('a', usd(0.6), usd(0.5));
    expect(purse.check('b', usd(0.6))).toBe('run');
    expect(purse.check('b', usd(0.4))).toBe('room');
  });

  it('stops only the target whose own cap is used', () => {
    const purse = createBudgetGuard({ ...budget, run: usd(10), targets: { a: usd(0.1) } });
    expect(purse.check('a', usd(0.2))).toBe('target');
    expect(purse.check('b', usd(0.2))).toBe('room');
  });

  it('goes on from what the interrupted run had spent', () => {
    const purse = createBudgetGuard({ ...budget, run: usd(1), spent: { a: usd(0.9) } });
    expect(purse.check('b', usd(0.2))).toBe('run');
  });

  it('never lets spent and reserved exceed the cap, whatever is asked and billed', () => {
    const step = fc.record({
      worst: fc.double({ min: 0, max: 0.5, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      settleFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const purse = createBudgetGuard({ ...budget, run: usd(1) });
        const open: { worst: number; share: number }[] = [];
        let billed = 0;
        for (const { worst, share, settleFirst } of steps) {
          const oldest = settleFirst ? open.shift() : undefined;
          if (oldest) {
            const cost = oldest.worst * oldest.share;
            purse.settle('a', usd(oldest.worst), usd(cost));
            billed += cost;
          }
          if (purse.check('a', usd(worst)) !== 'room') continue;
          purse.reserve('a', usd(worst));
          open.push({ worst, share });
          // Whatever is open may be billed in full.
          const most = billed + open.reduce((sum, each) => sum + each.worst, 0);
          expect(most).toBeLessThanOrEqual(1 + 1e-7);
        }
      }),
    );
  });
});
