import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { assignedVector, pieceByGroup, type Score, scoreRows } from '../problem/assign.ts';
import { type Demand, floorValue } from '../problem/demand.ts';
import type { Instance, Piece, Solution } from '../problem/instance.ts';
import { createInstance } from '../problem/problem.ts';
import type { RowGroups } from '../problem/row-groups.ts';
import type { Study } from '../problem/study.ts';
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
  /** The floor that can be met, where a floor is what cannot. */
  readonly nearestFloor?: number;
  readonly text: string;
}

export function findOptimum(
  study: Study,
  groups: RowGroups,
  demands: readonly Demand[],
): Optimum | Infeasible {
  const instance = createInstance({ study, groups }, demands);
  const { now } = study.options;
  const solution = solve(instance, { ...(now && { now }) });
  if (solution.state === 'infeasible') return whyInfeasible(study, demands, instance, solution);
  const routing = createRouting(study, groups, solution.pieces);
  return {
    routing,
    score: scoreRows(study, routing.vector),
    lower: solution.lower / 1e9 / study.totalWeight,
    gap: solution.gap,
  };
}

export function createRouting(
  study: Study,
  groups: RowGroups,
  pieces: readonly Piece[],
  name = 'policy',
): Routing {
  const kind = roundThresholds(groups, pieces);
  const at = pieceByGroup(groups, kind);
  const target = at.map((index) => kind[index]?.target ?? -1);
  return { groups, pieces: kind, target, vector: assignedVector(study, groups, target, name) };
}

function whyInfeasible(
  study: Study,
  demands: readonly Demand[],
  instance: Instance,
  { tightest, reachable }: Extract<Solution, { state: 'infeasible' }>,
): Infeasible {
  const limit = instance.constraints.find(({ name }) => name === tightest);
  const demand = demands.find(({ name }) => name === tightest);
  const next = 'Loosen it, or add a target.';
  if (!limit) return { tightest, text: `no policy of the class meets ${tightest}. ${next}` };
  if (!demand) {
    const text = `no policy of the class meets "${tightest}": ${reachable} at best, ${limit.bound} allowed. ${next}`;
    return { tightest, text };
  }
  const asked = floorValue(study, demand);
  const reached = limit.bound > 0 ? asked * (reachable / limit.bound) : asked;
  // Four digits, rounded down, so that the floor named can be met.
  const nearestFloor = Math.max(0, Math.floor(reached * 1e4) / 1e4);
  const text = `no policy of the class reaches ${tightest} >= ${asked.toFixed(4)}. The nearest floor that can be met is --floor ${nearestFloor}.`;
  return { tightest, nearestFloor, text };
}

/** `task x 1 threshold, 8 rules, 4 targets`: without it, "optimal" says nothing. */
export function className(study: Study, groups: RowGroups): string {
  const { maxRules, maxTargets } = study.options;
  const keys = groups.keys.join(' x ') || 'all requests alike';
  const cuts =
    groups.thresholds > 0
      ? ` x ${groups.thresholds} ${groups.thresholds === 1 ? 'threshold' : 'thresholds'}`
      : '';
  const rules = maxRules === undefined ? '' : `, ${maxRules} rules`;
  const targets = maxTargets === undefined ? '' : `, ${maxTargets} targets`;
  return `${keys}${cuts}${rules}${targets}`;
}
