import { describe, expect, it } from 'vitest';
import { ms } from '../../units.ts';
import { fakeTarget } from '../attempt/fake.test.helper.ts';
import { scheduleFor } from './arrivals.ts';
import { type Load, planReplay } from './plan.ts';

function times(load: Partial<Load>, count: number, place = { index: 0, of: 1, seed: 7 }): number[] {
  const plan = planReplay({ targets: [fakeTarget('t')], load });
  const schedule = scheduleFor(plan.load, place);
  if (!schedule) throw new Error('a closed load has no schedule');
  return Array.from({ length: count }, () => schedule({}));
}

describe('arrivals', () => {
  it('a closed load has no schedule: a free place is the start', () => {
    const { load } = planReplay({ targets: [fakeTarget('t')] });
    expect(scheduleFor(load, { index: 0, of: 1, seed: 1 })).toBeUndefined();
  });

  it('constant arrivals stand at absolute times, those of two targets between each other', () => {
    const load = { arrivals: { mode: 'constant', perSecond: 100 } } as const;
    expect(times(load, 4)).toEqual([0, 10, 20, 30]);
    expect(times(load, 3, { index: 1, of: 2, seed: 7 })).toEqual([5, 15, 25]);
  });

  it('a ramp reaches the full rate at its end, having sent half of what the rate would', () => {
    const load = { arrivals: { mode: 'constant', perSecond: 100 }, ramp: ms(1_000) } as const;
    const at = times(load, 200);
    expect(at.filter((time) => time < 1_000).length).toBe(50);
    expect((at[150] ?? 0) - (at[149] ?? 0)).toBeCloseTo(10, 9);
  });

  it('Poisson gaps are exponential and not rescaled: n requests do not take n / rate', () => {
    const n = 20_000;
    const at = times({ arrivals: { mode: 'poisson', perSecond: 50 } }, n);
    const gaps = at.map((time, index) => time - (at[index - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / n;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / n;
    // Five standard errors of the mean and of the standard deviation of an exponential.
    expect(Math.abs(mean - 20)).toBeLessThan((5 * 20) / Math.sqrt(n));
    expect(Math.abs(Math.sqrt(variance) - 20)).toBeLessThan((5 * 20 * Math.SQRT2) / Math.sqrt(n));
    const few = times({ arrivals: { mode: 'poisson', perSecond: 50 } }, 100).at(-1) ?? 0;
    expect(Math.abs(few - 2_000)).toBeGreaterThan(1);
  });

  it('the same seed gives the same arrivals, and two targets do not share theirs', () => {
    const load = { arrivals: { mode: 'poisson', perSecond: 50 } } as const;
    expect(times(load, 50)).toEqual(times(load, 50));
    expect(times(load, 50)).not.toEqual(times(load, 50, { index: 1, of: 2, seed: 7 }));
    expect(times(load, 50)).not.toEqual(times(load, 50, { index: 0, of: 1, seed: 8 }));
  });

  it('recorded arrivals go at the given speed and never run backwards', () => {
    const { load } = planReplay({
      targets: [fakeTarget('t')],
      load: { arrivals: { mode: 'recorded', speed: 60 } },
    });
    const schedule = scheduleFor(load, { index: 0, of: 1, seed: 1 });
    const at = [0, 60_000, 30_000, 120_000].map((time) => schedule?.({ at: ms(time) }));
    expect(at).toEqual([0, 1_000, 1_000, 2_000]);
  });
});
