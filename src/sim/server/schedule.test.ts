import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createConcurrencyLimit } from './limits.ts';
import { createSchedule } from './schedule.ts';

describe('the schedule', () => {
  it('runs tasks in the order of their instants, never early, whatever the order they came in', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 80 }),
      async (offsets) => {
        const schedule = createSchedule();
        const start = performance.now() + 2;
        const ran: { due: number; at: number }[] = [];
        for (const offset of offsets) {
          const due = start + offset;
          schedule.at(due, () => ran.push({ due, at: performance.now() }));
        }
        await expect.poll(() => ran.length, { interval: 4, timeout: 3_000 }).toBe(offsets.length);
        schedule.stop();
        expect(ran.every(({ due, at }) => at >= due)).toBe(true);
        expect(ran.map(({ due }) => due)).toEqual(
          ran.map(({ due }) => due).toSorted((a, b) => a - b),
        );
      },
    );
    await fc.assert(property, { numRuns: 12 });
  });

  it('does not drift: the thousandth tick is as late as the first', async () => {
    const schedule = createSchedule();
    const start = performance.now() + 5;
    const late: number[] = [];
    await new Promise<void>((resolve) => {
      const tick = (index: number) => {
        late.push(performance.now() - (start + index));
        if (index === 999) resolve();
        else schedule.at(start + index + 1, () => tick(index + 1));
      };
      schedule.at(start, () => tick(0));
    });
    schedule.stop();
    // A relative timer of 1 ms would be about a second late by the end. The median, because other
    // processes share the machine.
    const last = late.slice(-100).toSorted((a, b) => a - b)[50] ?? Number.NaN;
    expect(last).toBeLessThan(50);
  });

  it('forgets a cancelled task and everything once stopped', async () => {
    const schedule = createSchedule();
    const ran: string[] = [];
    const cancel = schedule.at(performance.now() + 3, () => ran.push('cancelled'));
    schedule.at(performance.now() + 4, () => ran.push('kept'));
    schedule.at(performance.now() + 60, () => ran.push('after the stop'));
    cancel();
    await sleep(30);
    schedule.stop();
    await sleep(60);
    expect(ran).toEqual(['kept']);
  });
});

describe('the slots at a provider', () => {
  it('serve so many at once, the others in order, and skip those who left', () => {
    const slots = createConcurrencyLimit(2);
    const begun: number[] = [];
    const leave = [0, 1, 2, 3, 4].map((index) => slots.take(() => begun.push(index)));
    expect(begun).toEqual([0, 1]);
    leave[3]?.();
    leave[0]?.();
    expect(begun).toEqual([0, 1, 2]);
    leave[1]?.();
    leave[1]?.();
    expect(begun).toEqual([0, 1, 2, 4]);
    expect(slots.full).toBe(true);
  });
});
