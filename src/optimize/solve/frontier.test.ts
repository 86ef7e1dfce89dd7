import { describe, expect, it } from 'vitest';
import type { Instance } from '../problem/instance.ts';
import { exhaustive } from './exhaustive.test.helper.ts';
import { frontier } from './frontier.ts';
import { aiq, convexHull } from './hull.ts';
import { marketProblem } from './problems.test.helper.ts';

/** One target per task, small enough to look at every policy. */
const market: Instance = {
  ...marketProblem({ rows: 60, targets: 4, tasks: 4 }, 2),
  maxThresholds: 0,
};

function withFloor(bound: number): Instance {
  return { ...market, constraints: market.constraints.map((limit) => ({ ...limit, bound })) };
}

describe('the frontier', () => {
  it('has every corner of the hull of all policies, and nothing else', () => {
    const best = Array.from({ length: 61 }, (_, floor) => exhaustive(withFloor(floor)));
    const points = best.flatMap((policy) =>
      policy ? [{ cost: policy.cost, quality: policy.sums[0] ?? 0 }] : [],
    );
    const corners = frontier(market, 0).map(({ cost, sums: [quality = 0] }) => ({ cost, quality }));
    expect(corners).toEqual(convexHull(points));
    expect(corners.length).toBeGreaterThan(3);
  });

  it('is a ladder of optima where targets are limited', () => {
    const points = frontier({ ...market, maxTargets: 2 }, 0);
    expect(points.length).toBeGreaterThan(3);
    for (const { cost, sums } of points) {
      const limited = { ...withFloor(sums[0] ?? 0), maxTargets: 2 };
      expect(cost).toBe(exhaustive(limited)?.cost);
    }
  });
});

describe('the average improvement in quality', () => {
  const points = [
    { cost: 1, quality: 0.5 },
    { cost: 3, quality: 0.9 },
    { cost: 2, quality: 0.6 },
    { cost: 4, quality: 0.8 },
  ];

  it('leaves out what lies under the hull', () => {
    expect(convexHull(points)).toEqual([points[0], points[1]]);
  });

  it('is the mean height of the hull, level beyond its last point', () => {
    expect(aiq(points, 1, 3)).toBeCloseTo(0.7, 12);
    expect(aiq(points, 1, 4)).toBeCloseTo((0.7 * 2 + 0.9) / 3, 12);
  });
});
