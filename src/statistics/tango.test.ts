import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreTestSize } from './enumerate.test.helper.ts';
import { notWorseP, scoreLevel, tangoInterval, tangoZ } from './tango.ts';

describe('paired proportions', () => {
  it('agrees with the published limits of 12 gains and 2 losses in 50 pairs (Newcombe 1998)', () => {
    const { low, high } = tangoInterval({ n: 50, gains: 12, losses: 2 });
    expect(low).toBeCloseTo(0.0611, 4);
    expect(high).toBeCloseTo(0.3447, 4);
  });

  it('is the McNemar statistic where no difference is the hypothesis', () => {
    expect(tangoZ({ n: 200, gains: 25, losses: 10 }, 0)).toBeCloseTo(15 / Math.sqrt(35), 12);
  });

  it('needs 133 equal pairs to show a margin of 0.02', () => {
    // With no pair that differs the statistic is sqrt(n d / (1 - d)) at the margin d.
    expect(notWorseP({ n: 132, gains: 0, losses: 0 }, 0.02)).toBeGreaterThan(0.05);
    expect(notWorseP({ n: 133, gains: 0, losses: 0 }, 0.02)).toBeLessThan(0.05);
  });

  it('falls with the hypothesised difference, and its limits hold the estimate', () => {
    const counts = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 400 }), (gains, losses, rest) => {
        const paired = { n: gains + losses + rest, gains, losses };
        const estimate = (gains - losses) / paired.n;
        const { low, high } = tangoInterval(paired);
        expect(low).toBeLessThanOrEqual(estimate + 1e-9);
        expect(high).toBeGreaterThanOrEqual(estimate - 1e-9);
        expect(tangoZ(paired, -0.05)).toBeGreaterThanOrEqual(tangoZ(paired, -0.01));
      }),
    );
  });

  it('counts a half gain as less spread than a gain and a loss', () => {
    const halves = notWorseP({ n: 300, gains: 20, losses: 20 }, 0.03);
    const wholes = notWorseP({ n: 300, gains: 40, losses: 40 }, 0.03);
    expect(halves).toBeLessThan(wholes);
  });

  it('never refutes a true margin in more than 5 % of samples, whatever the answers are like', () => {
    // 62, 67 and 70 are where a plain 4 % would; below 60, 3.8 % would as well.
    for (const n of [1, 3, 6, 12, 30, 59, 60, 62, 67, 70, 100, 199, 200, 400, 1_000]) {
      for (const margin of [0.01, 0.02, 0.03, 0.05]) {
        const level = scoreLevel(n, 0.05);
        expect(scoreTestSize({ n, margin, level }).size).toBeLessThanOrEqual(0.05);
      }
    }
  });

  it('a plain 4 % is too much at 67 pairs', () => {
    expect(scoreLevel(67, 0.05)).toBeCloseTo(0.038, 12);
    expect(scoreTestSize({ n: 67, margin: 0.02, level: 0.04 }).size).toBeGreaterThan(0.05);
    expect(scoreLevel(200, 0.05)).toBeCloseTo(0.04, 12);
  });

  it('a plain 5 % is too much anywhere', () => {
    const sizes = [60, 100, 200].map((n) => scoreTestSize({ n, margin: 0.05, level: 0.05 }).size);
    expect(Math.max(...sizes)).toBeGreaterThan(0.05);
  });
});
