import { describe, expect, it } from 'vitest';
import type { SelfCheck } from '../event/event.ts';
import { findFaults, startSelfWatch, statedErrorLimit } from './self-check.ts';

const healthy: SelfCheck = {
  loop_lag_p50_ms: 0.1,
  loop_lag_p99_ms: 1,
  loop_lag_max_ms: 90,
  schedule_lag_p50_ms: 0.1,
  schedule_lag_p99_ms: 1,
  gc_pause_max_ms: 5,
  cpu_share: 0.4,
};

describe('arb doubts itself', () => {
  it.each([
    { change: {}, ttft: 300, faults: 0 },
    { change: { loop_lag_p99_ms: 26 }, ttft: 300, faults: 1 },
    { change: { schedule_lag_p99_ms: 26 }, ttft: 300, faults: 1 },
    { change: { loop_lag_p99_ms: 26 }, ttft: 1_000, faults: 0 },
    { change: { loop_lag_p99_ms: 51, schedule_lag_p99_ms: 51 }, ttft: 1_000, faults: 2 },
    { change: { loop_lag_p99_ms: 24 }, ttft: Number.POSITIVE_INFINITY, faults: 0 },
  ])('$change against a TTFT of $ttft ms: $faults faults', ({ change, ttft, faults }) => {
    expect(findFaults({ ...healthy, ...change }, ttft).length).toBe(faults);
  });

  it('states an error of 25 ms, or of a twentieth of the fastest median TTFT', () => {
    expect([300, 500, 1_000, Number.POSITIVE_INFINITY].map(statedErrorLimit)).toEqual([
      25, 25, 50, 25,
    ]);
  });

  it('says the figure, the limit and what to do', () => {
    expect(findFaults({ ...healthy, loop_lag_p99_ms: 40 }, 300)).toEqual([
      'arb itself was slow: its event loop lagged 40 ms at p99 (limit 25). Lower the concurrency or the rate, or give arb a core of its own.',
    ]);
  });

  it('tells a slow disk from a slow loop', () => {
    const late = { ...healthy, schedule_lag_p99_ms: 73 };
    const adviceFor = (wait: number) => findFaults({ ...late, ledger_wait_p99_ms: wait }, 300);
    expect(adviceFor(70)).toEqual([
      'arb itself was slow: requests went out late by 73 ms at p99 (limit 25). Reservations of the budget took 70 ms at p99 to be on disk: give --out on a faster one.',
    ]);
    expect(adviceFor(2)).toEqual([expect.stringMatching(/Lower the concurrency/)]);
  });

  it('sees its own loop stand still', async () => {
    const watch = startSelfWatch();
    for (let round = 0; round < 10; round++) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      const until = performance.now() + 60;
      while (performance.now() < until);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    watch.stop();
    expect(watch.read().loop_lag_p99_ms).toBeGreaterThan(40);
    expect(watch.faults().length).toBe(1);
  });
});
