import type { Problem } from './cells.ts';
import { optionsWithin } from './choices.ts';
import { type Candidates, type Merged, merge } from './merge.ts';
import { bestMultipliers, type Dual } from './multipliers.ts';
import { type Plan, planOf } from './plan.ts';
import { mergeByRules } from './ties.ts';

/** What a search may use up, and what it need not look for. */
export interface Limits {
  /** Only solutions at most this dear are of interest. */
  readonly upper: number;
  readonly isOver: () => boolean;
}

/** `lower`: nothing in the class is cheaper; Infinity where nothing of interest exists. */
export interface Found {
  readonly lower: number;
  readonly best: Plan | undefined;
  /** Those of the Lagrange bound, where there was one. */
  readonly multipliers?: Float64Array;
}

export const nothing: Found = { lower: Infinity, best: undefined };

/** States kept at once by a merge, and options per cell: some 100 bytes each. */
const most = { states: 1 << 19, options: 1 << 20, labelled: 1 << 14 } as const;
/** The search starts with this part of the gap and widens it by the factor. */
const firstPart = 1 / 64;
const widening = 8;
/** First width where no feasible solution is known, as a part of the terms of the bound. */
const blindPart = 1e-5;
/** Rounding errors of sums of doubles, as a part of the sum of their sizes. */
const slipPart = 1e-12;

/** The cheapest solution with any targets of the problem, ties broken. */
export function search(problem: Problem, limits: Limits): Found {
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  const dual = bestMultipliers(problem);
  return { ...searchFrom(problem, limits, dual), multipliers: dual.multipliers };
}

function searchFrom(problem: Problem, limits: Limits, dual: Dual): Found {
  const slip = slipPart * dual.relaxed.scale;
  const lower = Math.ceil(dual.relaxed.lower - slip);
  if (lower > limits.upper) return nothing;
  const effort = { problem, dual, slip, isOver: limits.isOver };
  const upper = Math.min(limits.upper, dearest(problem));
  const known = Math.min(upper, dual.upper);
  const first = Number.isFinite(dual.upper)
    ? (known - dual.relaxed.lower) * firstPart
    : dual.relaxed.scale * blindPart;
  const plain = widen({ ...effort, first, upper: known, run: merge, states: most.states });
  if (plain.best === undefined) return plain;
  const width = plain.best.cost - dual.relaxed.lower;
  const ties = { ...effort, first: width, run: mergeByRules, states: most.labelled };
  const tied = widen({ ...ties, upper: plain.best.cost });
  if (tied.best?.cost === plain.best.cost) return { ...plain, best: tied.best };
  if (problem.maxRules === Infinity) return plain;
  const ruled = widen({ ...ties, upper });
  return { lower: Math.max(plain.lower, ruled.lower), best: ruled.best };
}

interface Widening {
  readonly problem: Problem;
  readonly dual: Dual;
  readonly slip: number;
  readonly isOver: () => boolean;
  /** First width. */
  readonly first: number;
  /** Inclusive. */
  readonly upper: number;
  readonly run: (candidates: Candidates) => Merged;
  readonly states: number;
}

/**
 * Looks at every solution within a width of the Lagrange bound. The best one seen is accepted only
 * when it lies within that width itself, for a cheaper one may lie outside a narrow look; else the
 * look is widened, at most to the upper bound.
 */
function widen({ problem, dual, slip, isOver, first, upper, run, states }: Widening): Found {
  const bound = dual.relaxed.lower;
  let lower = Math.ceil(bound - slip);
  let best: Plan | undefined;
  let ceiling = upper;
  let width = first;
  for (;;) {
    width = Math.min(Math.max(width, slip), ceiling - bound) + slip;
    const window = { multipliers: dual.multipliers, width, most: most.options };
    const options = problem.cells.map((cell) => optionsWithin(cell, problem.thresholds, window));
    const merged = run({ problem, options, width, most: states, isOver });
    const { found } = merged;
    if (found && found.cost <= upper && found.cost < (best?.cost ?? Infinity)) {
      best = planOf(problem, options, found);
    }
    if (best && best.cost <= lower) return { lower, best };
    if (!merged.complete || options.some(({ complete }) => !complete)) return { lower, best };
    if (best && best.cost <= bound + width) return { lower: best.cost, best };
    if (bound + width >= ceiling) return nothing;
    lower = Math.max(lower, Math.ceil(bound + width - 2 * slip));
    ceiling = Math.min(ceiling, best?.cost ?? Infinity);
    width *= widening;
  }
}

/** No solution costs more. */
function dearest({ cells }: Problem): number {
  let total = 0;
  for (const { prefix, targets } of cells) {
    const [cost] = prefix;
    const width = targets.length;
    if (!cost) continue;
    for (let from = 0; from + width < cost.length; from += width) {
      let step = -Infinity;
      for (let t = from; t < from + width; t++) {
        step = Math.max(step, (cost[t + width] ?? 0) - (cost[t] ?? 0));
      }
      total += step;
    }
  }
  return total;
}
