import { at, floatAt } from '../../rows/at.ts';
import type { Problem } from './cells.ts';
import { type DualPoint, type DualValue, RuleContributions } from './rule-contributions.ts';
import type { RuleIds } from './rule-ids.ts';

/**
 * A Lagrangian lower bound with at most R rules: the multipliers are the duals of a
 * facility-location problem with R openings. No R rules contribute more than the R largest, whatever
 * the prices, the splits of cuts and the multipliers:
 *
 *   cost >= sum of prices - sum of the R largest contributions - multipliers x bounds
 */
export interface RuleBound extends DualPoint {
  readonly lower: number;
  /** Sets of R rules that contributed most where the bound rose: where to look for good plans. */
  readonly sets: readonly (readonly number[])[];
}

export interface Climb extends DualPoint {
  /** Cost of a solution: what the steps aim at. */
  readonly upper: number;
  readonly isOver: () => boolean;
}

/** Cell-target-value triples looked at in all rounds together: a second's work or two. */
const effort = 1e8;
const rounds = { least: 60, most: 1_500 } as const;
/** Rounds without progress before the step is made shorter. */
const patience = 20;
const shorter = 0.6;
/** Smallest step worth taking. */
const shortest = 1e-3;
/** Part of the last direction that is kept: steps of a subgradient alone zigzag. */
const momentum = 0.5;
/** Sets of rules kept. */
const mostSets = 12;

/** Climbs by subgradients with steps towards the upper bound; keeps the best bound it meets. */
export function boundByRules(problem: Problem, ids: RuleIds, start: Climb): RuleBound {
  const contributions = new RuleContributions(problem, ids);
  const triples = problem.cells.reduce((sum, c) => sum + c.values.length * c.targets.length, 1);
  const most = Math.min(rounds.most, Math.max(rounds.least, effort / triples));
  const scales = scaleMultipliers(problem);
  let point: DualPoint = start;
  let best: RuleBound = { ...start, lower: -Infinity, sets: [] };
  let direction = blankLike(start);
  let stale = 0;
  for (let round = 0, step = 1; round < most && step > shortest && !start.isOver(); round++) {
    const value = contributions.evaluate(point);
    if (value.lower > best.lower) {
      best = { ...point, lower: value.lower, sets: withSet(best.sets, value.top) };
      stale = 0;
    } else if (++stale > patience) {
      step *= shorter;
      stale = 0;
      point = best;
      direction = blankLike(start);
      continue;
    }
    if (value.lower >= start.upper || isTop(value)) break;
    direction = turn(direction, value, scales);
    point = ascend(point, direction, { scales, reach: step * (start.upper - value.lower) });
  }
  return best;
}

/** Nothing rises from here: a step would only follow what is left of the last ones. */
function isTop({ byMultiplier, byPrice }: DualValue): boolean {
  return byMultiplier.every((slope) => slope === 0) && byPrice.every((slope) => slope === 0);
}

function withSet(sets: RuleBound['sets'], top: readonly number[]): RuleBound['sets'] {
  const key = top.toSorted((a, b) => a - b);
  const others = sets.filter((set) => set.join() !== key.join());
  return [key, ...others].slice(0, mostSets);
}

/**
 * One unit of a multiplier moves the cells by as much as their amounts differ: divided by that, the
 * multipliers move at the pace of the prices.
 */
function scaleMultipliers(problem: Problem): Float64Array {
  return problem.bounds.map((_, k) => {
    let squares = 0;
    for (const { dims, prefix, values, targets } of problem.cells) {
      const d = dims.indexOf(k);
      if (d < 0) continue;
      const wholes = at(prefix, d + 1).subarray(values.length * targets.length);
      let [least, most] = [Infinity, -Infinity];
      for (const amount of wholes) {
        least = Math.min(least, amount);
        most = Math.max(most, amount);
      }
      squares += (most - least) ** 2;
    }
    return squares > 0 ? 1 / Math.sqrt(squares) : 1;
  });
}

function blankLike({ multipliers, prices }: DualPoint): DualPoint {
  return {
    multipliers: new Float64Array(multipliers.length),
    prices: new Float64Array(prices.length),
  };
}

function turn(last: DualPoint, value: DualValue, scales: Float64Array): DualPoint {
  return {
    multipliers: value.byMultiplier.map(
      (slope, k) => slope * floatAt(scales, k) + momentum * floatAt(last.multipliers, k),
    ),
    prices: value.byPrice.map((slope, c) => slope + momentum * floatAt(last.prices, c)),
  };
}

function ascend(
  point: DualPoint,
  direction: DualPoint,
  { scales, reach }: { readonly scales: Float64Array; readonly reach: number },
): DualPoint {
  let norm = 0;
  for (const part of direction.multipliers) norm += part * part;
  for (const part of direction.prices) norm += part * part;
  const step = norm > 0 ? reach / norm : 0;
  return {
    multipliers: point.multipliers.map((value, k) =>
      Math.max(0, value + step * floatAt(direction.multipliers, k) * floatAt(scales, k)),
    ),
    prices: point.prices.map((value, c) => value + step * floatAt(direction.prices, c)),
  };
}
