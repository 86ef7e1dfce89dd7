import {
  createBudget,
  deadlineAt,
  isOutOfTime,
  type SearchBudget,
  withShare,
} from '../problem/budget.ts';
import type { Instance, Solution } from '../problem/instance.ts';
import { at, floatAt } from '../rows/at.ts';
import { grid, type Problem, tabulate, unbounded } from './bound/cells.ts';
import { relax } from './bound/relax.ts';
import { convexHull } from './hull.ts';
import { reach } from './search/infeasible.ts';
import { searchLimited } from './search/limited.ts';
import { type SolveOptions, solve } from './solve.ts';

/** A solution of the frontier: no other is as cheap with as much of the constraint's sum. */
export type FrontierPoint = Extract<Solution, { state: 'solved' }>;

/** Of the budget, to find where the ladder starts and ends. */
const ladderShare = 0.2;
/** Rungs of the ladder where the whole frontier cannot be had at once. */
const rungs = 24;

/**
 * Cost against the sum of the `at-least` constraint `k`, its own bound left aside, cheapest first.
 * Where it is the only constraint and neither rules nor targets are limited: all corners of the
 * convex hull, exact. Else the optimum at each of 25 levels of the sum, each with its own gap.
 */
export function frontier(
  instance: Instance,
  k: number,
  options: SolveOptions = {},
): FrontierPoint[] {
  const problem = tabulate(instance);
  const others = Array.from(problem.bounds.keys()).filter((other) => other !== k);
  const free =
    others.length === 0 &&
    problem.maxRules === Infinity &&
    problem.maxTargets >= problem.targets.length;
  const budget = options.budget ?? createBudget({});
  const turned = free
    ? cornerSums(problem)
    : withShare(budget, ladderShare, (part) => ladder(problem, { k, others }, part));
  const unit = instance.constraints[k]?.integer ? 1 : grid;
  const points = turned.flatMap((sum, i): FrontierPoint[] => {
    const bound = (0 - sum) / unit;
    const constraints = instance.constraints.map((constraint, index) =>
      index === k ? { ...constraint, bound } : constraint,
    );
    const solution = withShare(budget, 1 / (turned.length - i), (part) =>
      solve({ ...instance, constraints }, { ...options, budget: part }),
    );
    return solution.state === 'solved' ? [solution] : [];
  });
  return undominated(points, k);
}

/** Sums (at-most sense) of the corners of the convex hull: between two known ones, look along. */
function cornerSums(problem: Problem): number[] {
  const at = (multiplier: number) => {
    const { cost, sums, scale } = relax(problem, Float64Array.of(multiplier));
    return { cost, quality: 0 - floatAt(sums, 0), scale };
  };
  type Point = ReturnType<typeof at>;
  const between = (a: Point, b: Point): Point[] => {
    if (b.quality <= a.quality) return [];
    const slope = (b.cost - a.cost) / (b.quality - a.quality);
    const middle = at(Math.max(0, slope));
    const gain = a.cost - slope * a.quality - (middle.cost - slope * middle.quality);
    if (gain <= 1e-9 * middle.scale) return [];
    return [...between(a, middle), middle, ...between(middle, b)];
  };
  const cheapest = at(0);
  // Dearer than any difference of cost: quality decides.
  const best = at(2 * Math.abs(cheapest.cost) * problem.cells.length + 1e15);
  return convexHull([cheapest, ...between(cheapest, best), best]).map(({ quality }) => 0 - quality);
}

/** Evenly spaced sums from what the cheapest solution reaches to the most that can be reached. */
function ladder(
  problem: Problem,
  part: { k: number; others: readonly number[] },
  budget: SearchBudget,
): number[] {
  const limits = {
    upper: Infinity,
    isOver: () => isOutOfTime(budget),
    deadline: (share: number) => deadlineAt(budget, share),
    effort: budget.effort,
    proof: 'gap' as const,
  };
  const { sum: top } = reach(problem, part, limits);
  if (top === undefined) return [];
  const bounds = problem.bounds.with(part.k, unbounded);
  const start = searchLimited({ ...problem, bounds }, limits).best?.sums[part.k] ?? top;
  return Array.from({ length: rungs + 1 }, (_, i) =>
    Math.floor(start + ((top - start) * i) / rungs),
  );
}

function undominated(points: readonly FrontierPoint[], k: number): FrontierPoint[] {
  const sorted = points.toSorted((a, b) => a.cost - b.cost || at(b.sums, k) - at(a.sums, k));
  let most = -Infinity;
  return sorted.filter(({ sums }) => {
    const kept = at(sums, k) > most;
    if (kept) most = at(sums, k);
    return kept;
  });
}
