import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exhaustive } from '../exhaustive.test.helper.ts';
import { marketProblem, tinyProblem } from '../problems.test.helper.ts';
import { tabulate } from './cells.ts';
import { bestMultipliers } from './multipliers.ts';
import { restrict, setBounds } from './pairs.ts';
import { relax } from './relax.ts';
import { RuleIds } from './rule-ids.ts';
import { boundByRules } from './rule-limit-bound.ts';
import { greedySet, shortlist } from './shortlist.ts';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });

/** Two cells of two rows; `a` costs 1 a row and is never right, `b` costs 3 and always is. */
const twoCells = {
  targets: ['a', 'b'],
  cells: ['x', 'y'],
  cell: Int32Array.of(0, 0, 1, 1),
  tokens: Int32Array.of(10, 20, 10, 20),
  cost: [Float64Array.of(1, 1, 1, 1), Float64Array.of(3, 3, 3, 3)],
  constraints: [
    {
      name: 'floor',
      sense: 'at-least',
      amount: [new Float64Array(4), Float64Array.of(1, 1, 1, 1)],
      bound: 2,
      integer: true,
    },
  ],
  eligible: [Uint8Array.of(1, 1), Uint8Array.of(1, 1)],
  maxThresholds: 1,
} as const;

describe('the Lagrange bound', () => {
  it('is the cheapest of each cell where nothing has a price', () => {
    const { lower, cost, sums } = relax(tabulate(twoCells), Float64Array.of(0));
    expect([lower, cost, 0 - (sums[0] ?? 0)]).toEqual([4, 4, 0]);
  });

  it('has at its best multiplier the cost of the optimum where half of the rows go to each', () => {
    const { multipliers, relaxed } = bestMultipliers(tabulate(twoCells));
    expect(multipliers[0]).toBeCloseTo(2, 9);
    // Two rows by a, two by b.
    expect(relaxed.lower).toBeCloseTo(2 + 6, 9);
  });

  it('is never above the optimum, nor is that of a set of targets with one limit more', () => {
    const property = fc.property(seeds, (seed) => {
      const instance = tinyProblem(seed);
      const best = exhaustive(instance);
      fc.pre(best !== undefined);
      const problem = tabulate(instance);
      fc.pre(problem.cells.every(({ targets }) => targets.length > 0));
      const { multipliers, relaxed } = bestMultipliers(problem);
      expect(relaxed.lower).toBeLessThanOrEqual((best?.cost ?? 0) + 1e-6);
      const used = new Set(best?.pieces.map(({ target }) => problem.targetIndex.indexOf(target)));
      const ranks = [...used].sort((a, b) => a - b);
      expect(setBounds(problem, multipliers).bound(ranks)).toBeLessThanOrEqual(
        (best?.cost ?? 0) + 1e-6,
      );
    });
    fc.assert(property, { numRuns: 150 });
  });
});

describe('the bound that knows the limit on rules', () => {
  const climb = (problem: ReturnType<typeof tabulate>, upper: number) => {
    const { multipliers, relaxed } = bestMultipliers(problem);
    const prices = Float64Array.from(relaxed.choices, ({ reduced }) => reduced);
    return { multipliers, prices, upper, isOver: () => false };
  };

  it('is never above the optimum', () => {
    const property = fc.property(seeds, (seed) => {
      const instance = { ...tinyProblem(seed), maxRules: 1 + (seed % 3) };
      fc.pre(instance.maxThresholds <= 1);
      const best = exhaustive(instance);
      fc.pre(best !== undefined);
      const problem = tabulate(instance);
      const cost = best?.cost ?? 0;
      const { lower } = boundByRules(problem, new RuleIds(problem), climb(problem, cost + 5));
      expect(lower).toBeLessThanOrEqual(cost + 1e-6 * Math.max(1, cost));
    });
    fc.assert(property, { numRuns: 300, examples: [[2147483562]] });
  });

  it('reaches the optimum where one rule is allowed and one target meets the floor', () => {
    const problem = tabulate({ ...twoCells, maxRules: 1 });
    const { lower } = boundByRules(problem, new RuleIds(problem), climb(problem, 12));
    // Without the limit it is 8; one rule for all is b for 12, or half of it by mixing: 8 to 12.
    expect(lower).toBeGreaterThanOrEqual(8 - 1e-6);
    expect(lower).toBeLessThanOrEqual(12);
  });

  it('is far above the bound that does not know it on a market of many tasks', () => {
    const market = marketProblem({ rows: 600, targets: 6, tasks: 10 }, 1);
    const problem = tabulate({ ...market, maxRules: 3 });
    const start = climb(problem, 2 * bestMultipliers(problem).relaxed.lower);
    const { lower } = boundByRules(problem, new RuleIds(problem), start);
    expect(lower).toBeGreaterThan(1.1 * bestMultipliers(problem).relaxed.lower);
  });
});

describe('sets of targets', () => {
  const problem = { ...tabulate(marketProblem({ rows: 200, targets: 5, tasks: 3 }, 4)) };
  const limited = { ...problem, maxTargets: 2 };
  const bounds = setBounds(problem, bestMultipliers(problem).multipliers);

  it('are all listed below a bound that nothing reaches, and none above one', () => {
    expect(shortlist(limited, bounds, Infinity).sets).toHaveLength(10);
    const { sets, others } = shortlist(limited, bounds, -Infinity);
    expect(sets).toEqual([]);
    expect(others).toBeGreaterThan(-Infinity);
  });

  it('start from one that no swap of a target bounds lower', () => {
    const chosen = greedySet(limited, bounds);
    const value = bounds.bound(chosen);
    for (const out of chosen) {
      for (const rank of [0, 1, 2, 3, 4].filter((r) => !chosen.includes(r))) {
        const swapped = [...chosen.filter((r) => r !== out), rank];
        expect(bounds.bound(swapped)).toBeGreaterThanOrEqual(value);
      }
    }
  });

  it('leave nothing of the other targets in a problem that is restricted to them', () => {
    const part = restrict(problem, [1, 3]);
    for (const { targets } of part.cells) expect([...targets]).toEqual([1, 3]);
  });
});
