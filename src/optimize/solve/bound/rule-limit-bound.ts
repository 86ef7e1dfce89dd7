import { at, floatAt } from '../../problem/at.ts';
import type { Problem } from './cells.ts';
import { CellCosts } from './costs.ts';
import type { RuleIds } from './rule-ids.ts';

/**
 * A Lagrangian lower bound with at most R rules: the multipliers are the duals of a
 * facility-location problem with R openings. Every cell has a price; what a rule contributes is the
 * sum, over the cells that it would serve below their price, of the difference (half to each rule of
 * a pair). No R rules contribute more than the R largest, whatever the prices and the multipliers:
 *
 *   cost >= sum of prices - sum of the R largest contributions - multipliers x bounds
 *
 * It is the dual of the linear relaxation with an opening per rule, but for the even split.
 */
export interface RuleBound {
  readonly lower: number;
  readonly multipliers: Float64Array;
  /** By cell. */
  readonly prices: Float64Array;
}

export interface Climb {
  readonly multipliers: Float64Array;
  readonly prices: Float64Array;
  /** Cost of a solution: what the steps aim at. */
  readonly upper: number;
}

/** Cell-target-value triples looked at in all rounds together: about a second's work. */
const effort = 1e7;
const rounds = { least: 20, most: 300 } as const;
/** Rounds without progress before the step is halved. */
const patience = 12;
/** Smallest step worth taking. */
const shortest = 1e-4;

/** Climbs by subgradients with steps towards the upper bound; keeps the best bound it meets. */
export function boundByRules(problem: Problem, ids: RuleIds, start: Climb): RuleBound {
  const triples = problem.cells.reduce((sum, c) => sum + c.values.length * c.targets.length, 1);
  const most = Math.min(rounds.most, Math.max(rounds.least, effort / triples));
  const scales = chooseScales(start);
  let best = evaluate(problem, ids, start);
  let current = best;
  let stale = 0;
  for (let round = 0, step = 1; round < most && step > shortest; round++) {
    current = evaluate(problem, ids, ascend(current, scales, step * (start.upper - current.lower)));
    if (current.lower > best.lower) {
      best = current;
      stale = 0;
    } else if (++stale > patience) {
      step /= 2;
      current = best;
      stale = 0;
    }
  }
  return best;
}

interface Point extends RuleBound {
  /** Subgradients. */
  readonly byMultiplier: Float64Array;
  readonly byPrice: Float64Array;
}

type Scales = Pick<Climb, 'multipliers' | 'prices'>;

/** How far each coordinate moves: a tenth of a multiplier, a hundredth of the mean price. */
function chooseScales({ multipliers, prices }: Climb): Scales {
  const mean = prices.reduce((sum, price) => sum + Math.abs(price), 1) / prices.length;
  return {
    multipliers: multipliers.map((value) => value / 10),
    prices: prices.map(() => mean / 100),
  };
}

function ascend(point: Point, scales: Scales, reach: number): Scales {
  let norm = 0;
  for (const [k, slope] of point.byMultiplier.entries()) {
    norm += (slope * floatAt(scales.multipliers, k)) ** 2;
  }
  for (const [c, slope] of point.byPrice.entries())
    norm += (slope * floatAt(scales.prices, c)) ** 2;
  const step = norm > 0 ? reach / norm : 0;
  return {
    multipliers: point.multipliers.map((value, k) =>
      Math.max(
        0,
        value + step * floatAt(point.byMultiplier, k) * floatAt(scales.multipliers, k) ** 2,
      ),
    ),
    prices: point.prices.map(
      (value, c) => value + step * floatAt(point.byPrice, c) * floatAt(scales.prices, c) ** 2,
    ),
  };
}

function evaluate(problem: Problem, ids: RuleIds, { multipliers, prices }: Scales): Point {
  const costs = problem.cells.map((cell) => new CellCosts(cell, multipliers));
  const contributions = new Float64Array(ids.size);
  const touched: number[] = [];
  for (const [c, cost] of costs.entries()) {
    cost.addContributions(floatAt(prices, c), at(ids.places, c), { ids, contributions, touched });
  }
  const top = largest(touched, contributions, problem.maxRules);
  const byMultiplier = problem.bounds.map((bound) => -bound);
  const byPrice = new Float64Array(prices.length).fill(1);
  let lower = prices.reduce((a, b) => a + b, 0);
  for (const [k, bound] of problem.bounds.entries()) lower -= floatAt(multipliers, k) * bound;
  for (const id of top) {
    lower -= floatAt(contributions, id);
    for (const [c, cost] of costs.entries()) {
      const rule = ids.rule(id);
      const service = cost.serviceBy(rule, floatAt(prices, c), at(ids.places, c));
      if (!service) continue;
      const part = rule.side === 'whole' ? 1 : 0.5;
      byPrice[c] = floatAt(byPrice, c) - part;
      for (const [d, k] of cost.cell.dims.entries()) {
        byMultiplier[k] = floatAt(byMultiplier, k) + part * cost.sumOf(d, service);
      }
    }
  }
  return { lower, multipliers, prices, byMultiplier, byPrice };
}

/** The rules that contribute most, in one pass: thousands contribute and a handful is wanted. */
function largest(touched: readonly number[], contributions: Float64Array, count: number): number[] {
  const top: number[] = [];
  const isBefore = (a: number, b: number) =>
    floatAt(contributions, a) > floatAt(contributions, b) ||
    (contributions[a] === contributions[b] && a < b);
  for (const id of touched) {
    const last = top.at(-1);
    if (top.length >= count && last !== undefined && !isBefore(id, last)) continue;
    let place = top.length;
    while (place > 0 && isBefore(id, at(top, place - 1))) place--;
    top.splice(place, 0, id);
    if (top.length > count) top.pop();
  }
  return top;
}
