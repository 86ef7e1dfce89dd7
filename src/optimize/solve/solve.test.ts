import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBudget } from '../problem/budget.ts';
import type { Constraint, Instance, Solution } from '../problem/instance.ts';
import {
  bestSum,
  countPieceRules,
  type EnumeratedPolicy,
  exhaustive,
} from './exhaustive.test.helper.ts';
import { loadHighs, programmeOf, runHighs } from './highs.test.helper.ts';
import {
  marketProblem,
  mediumProblem,
  plantedProblem,
  randomFrom,
  shuffled,
  tinyProblem,
} from './problems.test.helper.ts';
import { solve } from './solve.ts';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });

describe('the optimum', () => {
  it('equals the best of all policies on 600 small problems, down to the ties', () => {
    const property = fc.property(seeds, (seed) => {
      const instance = tinyProblem(seed);
      const best = exhaustive(instance);
      fc.pre(best !== undefined);
      expect(seen(instance, solve(instance))).toEqual(
        seen(instance, asSolution(best as EnumeratedPolicy)),
      );
    });
    fc.assert(property, { numRuns: 600 });
  });

  it.each([
    { seed: 19472, what: 'a limit on targets beside one on rules' },
    { seed: 12848, what: 'ties at the very bound of three rules' },
    { seed: 19168, what: 'ties at the very bound of one rule' },
    { seed: 1941779981, what: 'ties among sets of free targets' },
    { seed: 1052663377, what: 'the one policy that reaches the floor' },
  ])('keeps to $what', ({ seed }) => {
    const instance = tinyProblem(seed);
    const best = exhaustive(instance);
    expect(seen(instance, solve(instance))).toEqual(
      seen(instance, asSolution(best as EnumeratedPolicy)),
    );
  });

  it('equals what HiGHS finds where there are too many policies to look at each', async () => {
    const property = fc.asyncProperty(seeds, async (seed) => {
      const instance = mediumProblem(seed);
      // A runtime of its own: one used for many problems was seen not to come back.
      const theirs = runHighs(await loadHighs(), programmeOf(instance), 3);
      fc.pre(theirs?.proven !== false);
      const found = solve(instance);
      if (!theirs) expect(found.state).toBe('infeasible');
      else expect(found).toMatchObject({ cost: theirs.cost, lower: theirs.cost, gap: 0 });
    });
    await fc.assert(property, { numRuns: 25, interruptAfterTimeLimit: 12_000 });
  });

  it('does not accept a solution above the width that was looked at', () => {
    // At the best multipliers the dear pair (b, b: 13) lies within the first, narrow look and the
    // optimum (a, a: 10) does not: the first feasible solution seen is not the cheapest.
    const cost = [
      [10, 0],
      [5, 8],
    ];
    const quality = [
      [9, 4],
      [8, 9],
    ];
    const constraints = [atLeast('floor', quality, 13)];
    const instance: Instance = {
      ...oneCell({ cost, constraints }),
      cells: ['x', 'y'],
      cell: Int32Array.of(0, 1),
      eligible: [Uint8Array.of(1, 1), Uint8Array.of(1, 1)],
    };
    expect(solve(instance)).toMatchObject({ cost: 10, lower: 10, gap: 0, sums: [13] });
  });

  it('takes one rule where free targets make any number of rules as cheap', () => {
    const market = marketProblem({ rows: 300, targets: 4, tasks: 4 }, 1);
    const free = market.cost.map((column) => column.map(() => 0));
    const found = solve({ ...market, cost: free, constraints: [] });
    if (found.state !== 'solved') throw new Error('infeasible');
    expect(found.pieces.map(({ target }) => market.targets[target])).toEqual(
      market.cells.map(() => 'model-00'),
    );
  });

  it('keeps to the rules allowed, and prints a true bound where the proof is not finished', () => {
    for (const maxRules of [2, 4, 8]) {
      const market = marketProblem({ rows: 600, targets: 4, tasks: 6 }, 5);
      const free = solve(market);
      const found = solve({ ...market, maxRules, maxTargets: 3 });
      if (found.state !== 'solved' || free.state !== 'solved') throw new Error('infeasible');
      expect(countPieceRules(found.pieces)).toBeLessThanOrEqual(maxRules);
      expect(new Set(found.pieces.map(({ target }) => target)).size).toBeLessThanOrEqual(3);
      expect(found.lower).toBeGreaterThanOrEqual(free.cost);
      expect(found.cost).toBeGreaterThanOrEqual(found.lower);
      expect(found.gap).toBeLessThan(0.1);
    }
  });

  it('is the same to the byte when rows, targets and cells come in another order', () => {
    const property = fc.property(seeds, (seed) => {
      const instance = tinyProblem(seed);
      const other = shuffled(instance, randomFrom(seed + 1));
      const [one, two] = [seen(instance, solve(instance)), seen(other, solve(other))];
      expect(JSON.stringify(two)).toBe(JSON.stringify(one));
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('is found again where it was planted', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { instance, pieces } = plantedProblem(seed);
      const found = solve(instance);
      expect(found.state === 'solved' && found.pieces).toEqual(pieces);
    }
  });

  it('lets a constraint that is met by rounding alone count as met', () => {
    const bound = (1 - 0.9) * 10;
    expect(bound).toBeLessThan(1);
    const instance = oneCell({ cost: [[1], [5]], constraints: [atMost('slo', [[1], [0]], bound)] });
    expect(solve(instance)).toMatchObject({ cost: 1, sums: [1] });
  });

  it('reads an infinite bound as none', () => {
    const constraints = [atLeast('floor', [[0], [1]], -Infinity), atMost('slo', [[1], [0]], 0)];
    expect(solve(oneCell({ cost: [[1], [5]], constraints }))).toMatchObject({ cost: 5, gap: 0 });
  });

  it('puts real amounts on the side that cannot flatter, and prints what that may cost', () => {
    const third = 1 / 3;
    const quality = [
      [third, third, third],
      [1, 1, 1],
    ];
    const floor: Constraint = { ...atLeast('floor', quality, 1), integer: false };
    const instance = oneCell({
      cost: [
        [1, 1, 1],
        [4, 4, 4],
      ],
      constraints: [floor],
    });
    // Three thirds make 1; on the grid and from below they are 0.999999.
    expect(solve(instance)).toMatchObject({ cost: 12, lower: 3, gap: 0.75 });
  });

  it('stops at the time limit of the clock it is given, with an honest gap', () => {
    const instance = marketProblem({ rows: 400, targets: 6, tasks: 5 }, 3);
    const budget = createBudget({ timeLimitMs: 0, now: () => 0 });
    const found = solve({ ...instance, maxTargets: 3 }, { budget });
    const exact = solve({ ...instance, maxTargets: 3 });
    if (found.state !== 'solved' || exact.state !== 'solved') throw new Error('not solved');
    expect(exact.gap).toBe(0);
    expect(found.cost).toBeGreaterThanOrEqual(exact.cost);
    expect(found.lower).toBeLessThanOrEqual(exact.cost);
  });
});

describe('a problem whose rules are limited to few', () => {
  /** Two targets for whole cells always reach the floor: it is what the best two of them reach. */
  function reachable(seed: number, size: { rows: number; tasks: number; targets: number }) {
    const market = marketProblem(size, seed);
    const [floor] = market.constraints;
    if (!floor) throw new Error('no floor');
    const sum = (t: number, cell: number) =>
      market.cell.reduce((s, c, row) => (c === cell ? s + (floor.amount[t]?.[row] ?? 0) : s), 0);
    const sums = market.targets.map((_, t) => market.cells.map((_, cell) => sum(t, cell)));
    const pairs = sums.flatMap((a) =>
      sums.map((b) => a.reduce((s, own, cell) => s + Math.max(own, b[cell] ?? 0), 0)),
    );
    const bound = Math.max(...pairs);
    return { ...market, constraints: [{ ...floor, bound }] };
  }

  it.each([
    { rows: 300, tasks: 8, targets: 15, maxRules: 2 },
    { rows: 300, tasks: 8, targets: 15, maxRules: 3 },
    { rows: 200, tasks: 8, targets: 10, maxRules: 2 },
  ])(
    'is never called infeasible where two targets meet it: $rows rows, $maxRules rules',
    ({ maxRules, ...size }) => {
      for (const seed of [1, 2, 3]) {
        const budget = { ...createBudget({}), effort: { left: 200_000 } };
        const found = solve({ ...reachable(seed, size), maxRules }, { budget });
        expect(found.state).toBe('solved');
      }
    },
  );

  it('is not found, with a bound, where the effort ends first', () => {
    const instance = { ...reachable(1, { rows: 300, tasks: 8, targets: 15 }), maxRules: 2 };
    const budget = { ...createBudget({}), effort: { left: 0 } };
    const found = solve(instance, { budget });
    const whole = solve(instance, { proof: 'none' });
    if (whole.state !== 'solved') throw new Error(whole.state);
    if (found.state === 'infeasible') throw new Error('infeasible');
    expect(found.lower).toBeLessThanOrEqual(whole.cost);
    expect(found.lower).toBeGreaterThan(0);
  });
});

describe('an infeasible problem', () => {
  it('names the constraint in the way and the nearest that can be met', () => {
    const property = fc.property(seeds, (seed) => {
      const instance = tinyProblem(seed);
      fc.pre(exhaustive(instance) === undefined);
      const found = solve(instance);
      if (found.state !== 'infeasible') throw new Error('solved');
      const k = instance.constraints.findIndex(({ name }) => name === found.tightest);
      const best = bestSum(instance, k);
      if (best !== undefined) expect(found.reachable).toBeCloseTo(best, 6);
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('says which floor the best target reaches', () => {
    const quality = [
      [1, 0, 0],
      [1, 1, 0],
    ];
    const instance = oneCell({
      cost: [
        [1, 1, 1],
        [2, 2, 2],
      ],
      constraints: [
        atLeast('floor', quality, 3),
        atMost(
          'slo',
          [
            [0, 0, 0],
            [1, 0, 0],
          ],
          2,
        ),
      ],
    });
    expect(solve(instance)).toEqual({
      state: 'infeasible',
      tightest: 'floor',
      reachable: 2,
      isNearest: true,
    });
  });

  it('names a cell that no target may serve', () => {
    const instance = oneCell({ cost: [[1], [1]], constraints: [] });
    expect(solve({ ...instance, eligible: [new Uint8Array(2)] })).toEqual({
      state: 'infeasible',
      tightest: 'eligible targets of all',
      reachable: 0,
      isNearest: true,
    });
  });

  it('says how many targets it takes where eligibility allows no fewer', () => {
    const instance: Instance = {
      ...oneCell({
        cost: [
          [1, 1],
          [1, 1],
        ],
        constraints: [],
      }),
      cells: ['eu', 'us'],
      cell: Int32Array.of(0, 1),
      eligible: [Uint8Array.of(1, 0), Uint8Array.of(0, 1)],
      maxTargets: 1,
    };
    expect(solve(instance)).toMatchObject({ tightest: 'max_targets', reachable: 2 });
  });
});

interface Small {
  readonly cost: readonly (readonly number[])[];
  readonly constraints: readonly Constraint[];
}

/** Targets `a`, `b`; rows of 1, 2, 3 ... tokens in one cell, not cut. */
function oneCell({ cost, constraints }: Small): Instance {
  const rows = cost[0]?.length ?? 0;
  return {
    targets: ['a', 'b'],
    cells: ['all'],
    cell: new Int32Array(rows),
    tokens: Int32Array.from({ length: rows }, (_, row) => row + 1),
    cost: cost.map((column) => Float64Array.from(column)),
    constraints,
    eligible: [Uint8Array.of(1, 1)],
    maxThresholds: 0,
  };
}

function atLeast(name: string, amount: readonly number[][], bound: number): Constraint {
  const columns = amount.map((column) => Float64Array.from(column));
  return { name, sense: 'at-least', amount: columns, bound, integer: true };
}

function atMost(name: string, amount: readonly number[][], bound: number): Constraint {
  return { ...atLeast(name, amount, bound), sense: 'at-most' };
}

/** A solution by names, as it would be printed. */
function seen(instance: Instance, solution: Solution) {
  if (solution.state !== 'solved') return solution;
  return {
    ...solution,
    pieces: solution.pieces.map(({ cell, target, from, below }) => ({
      cell: instance.cells[cell],
      target: instance.targets[target],
      from,
      below,
    })),
    sums: solution.sums.map((sum) => Math.round(sum * 1e6)),
  };
}

function asSolution({ pieces, cost, sums }: EnumeratedPolicy): Solution {
  return { state: 'solved', pieces, cost, lower: cost, gap: 0, sums };
}
