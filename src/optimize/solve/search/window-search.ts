import type { Effort } from '../../problem/budget.ts';
import type { Problem } from '../bound/cells.ts';
import type { Dual } from '../bound/multipliers.ts';
import { optionsWithin } from '../front/choices.ts';
import type { Candidates, MergeResult } from '../front/merge.ts';
import { type CellPlan, toPlan } from '../front/plan.ts';

/** What a search may use up, and what it need not look for. */
export interface SearchLimits {
  /** Only solutions at most this dear are of interest. */
  readonly upper: number;
  readonly isOver: () => boolean;
  /** The same for a share (0 to 1) of the time that is left when it is asked for. */
  readonly deadline: (share: number) => () => boolean;
  /** Shared by all searches of one problem. */
  readonly effort: Effort;
  /** `none`: where rules are limited, a good plan without the search for the cheapest. */
  readonly proof: 'gap' | 'none';
}

/** `lower`: nothing in the class is cheaper; Infinity where nothing of interest exists. */
export interface SearchResult {
  readonly lower: number;
  readonly best: CellPlan | undefined;
  /** Those of the Lagrange bound, where there was one. */
  readonly multipliers?: Float64Array;
}

export const nothing: SearchResult = { lower: Infinity, best: undefined };

/** Options kept per cell: some 100 bytes each. */
const mostOptions = 1 << 20;
/** The search widens its look by this factor. */
const widthFactor = 8;

export interface WindowSearch {
  readonly problem: Problem;
  readonly dual: Dual;
  readonly slip: number;
  readonly isOver: () => boolean;
  readonly effort: Effort;
  /** First width. */
  readonly first: number;
  /** Inclusive. */
  readonly upper: number;
  readonly run: (candidates: Candidates) => MergeResult;
  /** `run` finds the first of all that cost the same, so all of them must be within the look. */
  readonly ties: boolean;
  readonly states: number;
}

/**
 * Looks at every solution within a width of the Lagrange bound. The best one seen is accepted only
 * when it lies within that width itself, for a cheaper one may lie outside a narrow look; else the
 * look is widened, at most to the upper bound.
 */
export function searchWindows(widened: WindowSearch): SearchResult {
  const { problem, dual, slip, isOver, effort, first, upper, run, ties, states } = widened;
  const bound = dual.relaxed.lower;
  let lower = Math.ceil(bound - slip);
  let best: CellPlan | undefined;
  let ceiling = upper;
  let width = first;
  for (;;) {
    width = Math.min(Math.max(width, slip), ceiling - bound) + slip;
    const { options, complete } = optionsInWindow(problem, dual.multipliers, width);
    const merged = run({ problem, options, width, most: states, isOver, effort });
    const { found } = merged;
    // A wider look that costs the same has seen more of the ties.
    if (found && found.cost <= Math.min(upper, best?.cost ?? Infinity)) {
      best = toPlan(problem, options, found);
    }
    if (best && best.cost <= lower && !ties) return { lower, best };
    if (!merged.complete || !complete) return { lower, best };
    if (best && best.cost <= bound + width) return { lower: best.cost, best };
    if (bound + width >= ceiling) return nothing;
    lower = Math.max(lower, Math.ceil(bound + width - 2 * slip));
    ceiling = Math.min(ceiling, best?.cost ?? Infinity);
    width *= widthFactor;
  }
}

/** The options of every cell within the width, and whether these are all. */
export function optionsInWindow(problem: Problem, multipliers: Float64Array, width: number) {
  const window = { multipliers, width, most: mostOptions };
  const options = problem.cells.map((cell) => optionsWithin(cell, problem.thresholds, window));
  return { options, complete: options.every(({ complete }) => complete) };
}
