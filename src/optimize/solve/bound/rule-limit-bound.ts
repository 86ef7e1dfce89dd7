import type { Problem } from './cells.ts';
import { CellCosts } from './costs.ts';
import type { RuleIds } from './rules.ts';

/**
 * A lower bound that knows the limit on rules. Give every cell a price; a cell that is served below
 * its price owes the difference to the rules that serve it, half to each of a pair. No R rules are
 * owed more than the R that are owed most, whatever the prices and the multipliers:
 *
 *   cost >= sum of prices - sum of the R largest debts - multipliers x bounds
 *
 * This is the dual of the linear relaxation with an opening per rule, but for the even split.
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
  const scales = scalesOf(start);
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
function scalesOf({ multipliers, prices }: Climb): Scales {
  const mean = prices.reduce((sum, price) => sum + Math.abs(price), 1) / prices.length;
  return {
    multipliers: multipliers.map((value) => value / 10),
    prices: prices.map(() => mean / 100),
  };
}

function ascend(point: Point, scales: Scales, reach: number): Scales {
  let norm = 0;
  for (const [k, slope] of point.byMultiplier.entries()) {
    norm += (slope * (scales.multipliers[k] ?? 0)) ** 2;
  }
  for (const [c, slope] of point.byPrice.entries()) norm += (slope * (scales.prices[c] ?? 0)) ** 2;
  const step = norm > 0 ? reach / norm : 0;
  return {
    multipliers: point.multipliers.map((value, k) =>
      Math.max(0, value + step * (point.byMultiplier[k] ?? 0) * (scales.multipliers[k] ?? 0) ** 2),
    ),
    prices: point.prices.map(
      (value, c) => value + step * (point.byPrice[c] ?? 0) * (scales.prices[c] ?? 0) ** 2,
    ),
  };
}

function evaluate(problem: Problem, ids: RuleIds, { multipliers, prices }: Scales): Point {
  const costs = problem.cells.map((cell) => new CellCosts(cell, multipliers));
  const debts = new Float64Array(ids.size);
  const owed: number[] = [];
  for (const [c, cost] of costs.entries()) {
    cost.addDebts(prices[c] ?? 0, ids.places[c] ?? new Int32Array(), { ids, debts, owed });
  }
  const top = largest(owed, debts, problem.maxRules);
  const byMultiplier = problem.bounds.map((bound) => -bound);
  const byPrice = new Float64Array(prices.length).fill(1);
  let lower = prices.reduce((a, b) => a + b, 0);
  for (const [k, bound] of problem.bounds.entries()) lower -= (multipliers[k] ?? 0) * bound;
  for (const id of top) {
    lower -= debts[id] ?? 0;
    for (const [c, cost] of costs.entries()) {
      const rule = ids.rule(id);
      const service = cost.serviceBy(rule, prices[c] ?? 0, ids.places[c] ?? new Int32Array());
      if (!service) continue;
      const part = rule.side === 'whole' ? 1 : 0.5;
      byPrice[c] = (byPrice[c] ?? 0) - part;
      for (const [d, k] of cost.cell.dims.entries()) {
        byMultiplier[k] = (byMultiplier[k] ?? 0) + part * cost.sumOf(d, service);
      }
    }
  }
  return { lower, multipliers, prices, byMultiplier, byPrice };
}

/** The rules that are owed most: one pass, for thousands are owed and a handful is wanted. */
function largest(owed: readonly number[], debts: Float64Array, count: number): number[] {
  const top: number[] = [];
  const isBefore = (a: number, b: number) =>
    (debts[a] ?? 0) > (debts[b] ?? 0) || (debts[a] === debts[b] && a < b);
  for (const id of owed) {
    const last = top.at(-1);
    if (top.length >= count && last !== undefined && !isBefore(id, last)) continue;
    let at = top.length;
    while (at > 0 && isBefore(id, top[at - 1] ?? id)) at--;
    top.splice(at, 0, id);
    if (top.length > count) top.pop();
  }
  return top;
}
