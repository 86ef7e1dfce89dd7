import { InfeasibleError } from '../errors.ts';
import { assignedLine, pieceByGrain, type Score, scoreOf } from './assign.ts';
import { type Demand, floorValue } from './demand.ts';
import { friendly } from './friendly.ts';
import type { Grains } from './grains.ts';
import type { Instance, Piece, Solution } from './instance.ts';
import { instanceOf } from './problem.ts';
import { solve } from './solve.ts';
import type { Line, Study } from './study.ts';

/** A way to route every request of a table, and what it gives there. */
export interface Routing {
  readonly grains: Grains;
  readonly pieces: readonly Piece[];
  /** Candidate of each grain. */
  readonly target: Int32Array;
  readonly line: Line;
}

/** The cheapest routing of the class on the rows it was chosen on, and how sure that is. */
export interface Optimum {
  readonly routing: Routing;
  readonly score: Score;
  /** USD per request: nothing in the class is cheaper. */
  readonly lower: number;
  /** (cost - lower) / cost */
  readonly gap: number;
}

/** @throws InfeasibleError naming the tightest constraint and the nearest floor that can be met. */
export function optimumOf(study: Study, grains: Grains, demands: readonly Demand[]): Optimum {
  const instance = instanceOf({ study, grains }, demands);
  const solution = solve(instance);
  if (solution.state === 'infeasible') {
    throw new InfeasibleError(whyInfeasible(study, demands, instance, solution));
  }
  const routing = routingOf(study, grains, solution.pieces);
  return {
    routing,
    score: scoreOf(study, routing.line),
    lower: solution.lower / 1e9 / study.totalWeight,
    gap: solution.gap,
  };
}

export function routingOf(
  study: Study,
  grains: Grains,
  pieces: readonly Piece[],
  name = 'policy',
): Routing {
  const kind = friendly(grains, pieces);
  const at = pieceByGrain(grains, kind);
  const target = at.map((index) => kind[index]?.target ?? -1);
  return { grains, pieces: kind, target, line: assignedLine(study, grains, target, name) };
}

function whyInfeasible(
  study: Study,
  demands: readonly Demand[],
  instance: Instance,
  { tightest, reachable }: Extract<Solution, { state: 'infeasible' }>,
): string {
  const limit = instance.constraints.find(({ name }) => name === tightest);
  const demand = demands.find(({ name }) => name === tightest);
  if (!limit) return `no policy of the class meets ${tightest}. Loosen it, or add a target.`;
  if (!demand) {
    return `no policy of the class meets "${tightest}": at best ${reachable} of the ${limit.bound} allowed. Loosen it, or add a target.`;
  }
  const short = (limit.bound - reachable) / limit.bound;
  const asked = floorValue(study, demand);
  const nearest = Math.floor(asked * (1 - short) * 1e4) / 1e4;
  return `no policy of the class reaches ${tightest} >= ${asked.toFixed(4)}. The nearest floor that can be met is ${nearest}: --floor ${nearest}.`;
}

/** `task x 1 threshold, 8 rules, 4 targets`: without it, "optimal" says nothing. */
export function className(study: Study, grains: Grains): string {
  const { maxRules, maxTargets } = study.options;
  const keys = grains.keys.join(' x ') || 'all requests alike';
  const cuts =
    grains.thresholds > 0
      ? ` x ${grains.thresholds} ${grains.thresholds === 1 ? 'threshold' : 'thresholds'}`
      : '';
  const rules = maxRules === undefined ? '' : `, ${maxRules} rules`;
  const targets = maxTargets === undefined ? '' : `, ${maxTargets} targets`;
  return `${keys}${cuts}${rules}${targets}`;
}
