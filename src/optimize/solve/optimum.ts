import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { assignedVector, pieceByGroup, type Score, scoreRows } from '../problem/assign.ts';
import { withShare } from '../problem/budget.ts';
import { type Demand, floorValue } from '../problem/demand.ts';
import type { Instance, Piece, Solution } from '../problem/instance.ts';
import { createInstance } from '../problem/problem.ts';
import type { Study } from '../problem/study.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { roundThresholds } from './round-thresholds.ts';
import { solve } from './solve.ts';

/** A way to route every request of a table, and what it gives there. */
export interface Routing {
  readonly groups: RowGroups;
  readonly pieces: readonly Piece[];
  /** Candidate of each group. */
  readonly target: Int32Array;
  readonly vector: OutcomeVector;
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

/** No policy of the class meets every constraint. */
export interface Infeasible {
  /** The constraint that cannot be met. */
  readonly tightest: string;
  /** A floor that can be met, where a floor is what cannot. */
  readonly nearestFloor?: number;
  readonly text: string;
}

/** The effort or the time ran out before a policy was found that meets every constraint. */
export interface NotFound {
  /** USD per request: no policy of the class that meets them is cheaper. */
  readonly lowerUsd: number;
  readonly text: string;
}

/** Of the budget of a recommendation, for its optimum. */
const optimumShare = 1 / 3;

export function findOptimum(
  study: Study,
  groups: RowGroups,
  demands: readonly Demand[],
): Optimum | Infeasible | NotFound {
  const instance = createInstance({ study, groups }, demands);
  const solution = withShare(study.budget, optimumShare, (budget) => solve(instance, { budget }));
  if (solution.state === 'infeasible') return whyInfeasible(study, { demands, instance }, solution);
  if (solution.state === 'not-found') return whyNotFound(study, solution.lower);
  const routing = createRouting(study, groups, solution.pieces);
  return {
    routing,
    score: scoreRows(study, routing.vector),
    lower: solution.lower / 1e9 / study.totalWeight,
    gap: solution.gap,
  };
}

export function createRouting(study: Study, groups: RowGroups, pieces: readonly Piece[]): Routing {
  const kind = roundThresholds(groups, pieces);
  const at = pieceByGroup(groups, kind);
  const target = at.map((index) => kind[index]?.target ?? -1);
  return { groups, pieces: kind, target, vector: assignedVector(study, groups, target) };
}

function whyInfeasible(
  study: Study,
  { demands, instance }: { readonly demands: readonly Demand[]; readonly instance: Instance },
  { tightest, reachable, isNearest }: Extract<Solution, { state: 'infeasible' }>,
): Infeasible {
  const limit = instance.constraints.find(({ name }) => name === tightest);
  const demand = demands.find(({ name }) => name === tightest);
  const next = 'Loosen it, or add a target.';
  if (!limit || reachable === undefined) {
    return { tightest, text: `no policy of the class meets ${tightest}. ${next}` };
  }
  if (!demand) {
    const least = isNearest ? 'at best' : 'is the best found';
    const text = `no policy of the class meets "${tightest}": ${reachable} ${least}, ${limit.bound} allowed. ${next}`;
    return { tightest, text };
  }
  const asked = floorValue(study, demand);
  const reached = limit.bound > 0 ? asked * (reachable / limit.bound) : asked;
  // Four digits, rounded down, so that the floor named can be met.
  const nearestFloor = Math.max(0, Math.floor(reached * 1e4) / 1e4);
  const met = isNearest
    ? `The nearest floor that can be met is --floor ${nearestFloor}.`
    : `--floor ${nearestFloor} can be met, and a higher one perhaps.`;
  const text = `no policy of the class reaches ${tightest} >= ${asked.toFixed(4)}. ${met}`;
  return { tightest, nearestFloor, text };
}

function whyNotFound({ totalWeight }: Study, lower: number): NotFound {
  const lowerUsd = Math.max(0, lower) / 1e9 / totalWeight;
  return {
    lowerUsd,
    text: `the search ended before a policy was found that meets every constraint; none is cheaper than $${lowerUsd.toPrecision(3)} a request. Give it more time (--time-limit), or fewer rules or targets to choose from.`,
  };
}

/** `task x 1 threshold, 8 rules, 4 targets`: without it, "optimal" says nothing. */
export function className(study: Study, groups: RowGroups): string {
  const { maxRules, maxTargets } = study.options;
  const keys = groups.keys.join(' x ') || 'all requests alike';
  const cuts =
    groups.thresholds > 0
      ? ` x ${groups.thresholds} ${groups.thresholds === 1 ? 'threshold' : 'thresholds'}`
      : '';
  const rules = maxRules === undefined ? '' : `, ${maxRules} ${maxRules === 1 ? 'rule' : 'rules'}`;
  const targets =
    maxTargets === undefined ? '' : `, ${maxTargets} ${maxTargets === 1 ? 'target' : 'targets'}`;
  return `${keys}${cuts}${rules}${targets}`;
}
