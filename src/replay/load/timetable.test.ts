import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { longestTimer, ms } from '../../units.ts';
import { ownClock } from '../attempt/fake.test.helper.ts';
import { after } from '../attempt/timers.ts';
import { Timetable } from './timetable.ts';

const day = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ ...ownClock, toFake: [...ownClock.toFake] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('an arrival 30 days after the first is not sent at once: no timer waits longer than Node can (kelektiv/node-cron 560)', async () => {
  const timer = vi.spyOn(globalThis, 'setTimeout');
  const acted: number[] = [];
  const start = performance.now();
  const timetable = new Timetable();
  for (const days of [0, 30, 61]) {
    timetable.add(ms(start + days * day), () => acted.push((performance.now() - start) / day));
  }
  await vi.advanceTimersByTimeAsync(29 * day);
  expect(acted.length).toBe(1);
  await vi.advanceTimersByTimeAsync(40 * day);
  expect(acted.map(Math.round)).toEqual([0, 30, 61]);
  expect(timer.mock.calls.every(([, wait = 0]) => wait <= longestTimer)).toBe(true);
});

it('a load of 30 days ends after 30 days, or not at all where it is cancelled (pulsecron/pulse 77)', async () => {
  const ended: string[] = [];
  after(ms(30 * day), () => ended.push('a'));
  const cancel = after(ms(30 * day), () => ended.push('b'));
  await vi.advanceTimersByTimeAsync(25 * day);
  expect(ended).toEqual([]);
  cancel();
  await vi.advanceTimersByTimeAsync(5 * day);
  expect(ended).toEqual(['a']);
});
