import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { createTrend } from './trend.ts';

/** A value a tenth of a second, spread by a tenth around `level`. */
function trendOf(seconds: number, level: (second: number) => number) {
  const generator = xoroshiro128plus(11);
  const trend = createTrend();
  for (let at = 0; at < seconds * 1_000; at += 100) {
    const noise = (generator.next() / 2 ** 31) * 0.1;
    trend.add(at, level(at / 1_000) * (1 + noise));
  }
  return trend.read();
}

describe('the trend of a run', () => {
  it('is not spoken of where the run is short', () => {
    expect(trendOf(5, () => 100)).toBeUndefined();
  });

  it('of a steady run is steady from the start, without drift', () => {
    const found = trendOf(300, () => 100);
    expect(found?.steady_from_ms).toBeLessThan(150_000);
    expect(found?.drift).toBeCloseTo(1, 1);
    expect(found?.drifting).toBe(false);
  });

  it('leaves a warm-up out, whatever the length of the run', () => {
    for (const seconds of [60, 600, 6_000]) {
      const found = trendOf(seconds, (second) => (second < seconds / 10 ? 300 : 100));
      expect(found?.steady_from_ms).toBeGreaterThanOrEqual(seconds * 90);
      expect(found?.steady_from_ms).toBeLessThan(seconds * 500);
      expect(found?.drifting).toBe(false);
    }
  });

  it('sees a slow drift', () => {
    const found = trendOf(600, (second) => 100 + second / 10);
    expect(found?.drifting).toBe(true);
    expect(found?.drift).toBeGreaterThan(1.1);
  });
});
