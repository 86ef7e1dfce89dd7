import { withPart } from '../../problem/budget.ts';
import { floatAt } from '../../rows/at.ts';
import type { Problem } from '../bound/cells.ts';
import { bestMultipliers, type Dual } from '../bound/multipliers.ts';
import { merge, mergeTied } from '../front/merge.ts';
import { type CellPlan, comparePlans, countPlanRules, toPlan } from '../front/plan.ts';
import { mergeByRules } from '../front/ties.ts';
import {
  nothing,
  optionsInWindow,
  type SearchLimits,
  type SearchResult,
  searchWindows,
  type WindowSearch,
} from './window-search.ts';

/** States kept at once by a merge: some 100 bytes each. */
const most = { plain: 1 << 19, labelled: 1 << 14, tied: 1 << 15 } as const;
/** Of the effort, for one set of targets, so that one hard set leaves something for the others. */
const eachEffort = 3_000_000;
/** Of that, for one look at solutions of equal cost. */
const tieEffort = 500_000;
/** The search starts with this part of the gap. */
const firstPart = 1 / 64;
/** First width where no feasible solution is known, as a part of the terms of the bound. */
const blindPart = 1e-5;
/** Rounding errors of sums of doubles, as a part of the sum of their sizes. */
const slipPart = 1e-12;

/** The cheapest solution with any targets of the problem, ties broken. */
export function search(problem: Problem, limits: SearchLimits): SearchResult {
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  const dual = bestMultipliers(problem);
  const found = withPart(limits.effort, eachEffort, (effort) =>
    searchFrom(problem, { ...limits, effort }, dual),
  );
  return { ...found, multipliers: dual.multipliers };
}

function searchFrom(problem: Problem, limits: SearchLimits, dual: Dual): SearchResult {
  const plain = searchPlain(problem, limits, dual);
  if (plain.best === undefined) return plain;
  const { isOver, effort } = limits;
  const slip = roundingSlip(problem, dual);
  const width = plain.best.cost - dual.relaxed.lower;
  const run = { run: mergeByRules, ties: true, states: most.labelled, first: width };
  const look = { problem, dual, slip, isOver, effort, ...run };
  const tied = breakTies({ ...look, upper: plain.best.cost }, plain.best);
  if (tied) return { ...plain, best: tied };
  if (problem.maxRules === Infinity) return plain;
  const ruled = searchWindows({ ...look, upper: Math.min(limits.upper, dearest(problem)) });
  return { lower: Math.max(plain.lower, ruled.lower), best: ruled.best };
}

/**
 * The first of the plans that cost the same. Where they are too many to look at all, as when
 * targets are free, those with one rule are looked at, then those with two, and so on.
 */
function breakTies(look: WindowSearch, plain: CellPlan): CellPlan | undefined {
  const { problem, effort } = look;
  const every = tiedPlans(look);
  if (every) {
    const allowed = every.filter(
      (plan) => plan.cost === plain.cost && countPlanRules(plan) <= problem.maxRules,
    );
    return allowed.toSorted(comparePlans)[0];
  }
  const most = Math.min(problem.maxRules, countPlanRules(plain));
  for (let maxRules = 1; maxRules <= most && effort.left > 0; maxRules++) {
    const { best } = withPart(effort, tieEffort, (part) =>
      searchWindows({ ...look, problem: { ...problem, maxRules }, effort: part }),
    );
    if (best?.cost === plain.cost) return best;
  }
  return undefined;
}

/** All plans of least cost; undefined where they are too many. */
function tiedPlans({
  problem,
  dual,
  slip,
  first,
  isOver,
  effort,
}: WindowSearch): CellPlan[] | undefined {
  const width = first + slip;
  const { options, complete } = optionsInWindow(problem, dual.multipliers, width);
  if (!complete) return undefined;
  const merged = mergeTied({ problem, options, width, most: most.tied, isOver, effort });
  return merged?.map((combination) => toPlan(problem, options, combination));
}

/** The cheapest solution whatever its rules; ties are left as they fall. */
export function searchPlain(problem: Problem, limits: SearchLimits, known?: Dual): SearchResult {
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  const dual = known ?? bestMultipliers(problem);
  const slip = roundingSlip(problem, dual);
  const lower = Math.ceil(dual.relaxed.lower - slip);
  if (lower > limits.upper) return nothing;
  const upper = Math.min(limits.upper, dearest(problem), dual.upper);
  const first = Number.isFinite(dual.upper)
    ? (upper - dual.relaxed.lower) * firstPart
    : dual.relaxed.scale * blindPart;
  const { isOver, effort } = limits;
  const run = { run: merge, ties: false, states: most.plain, first };
  return searchWindows({ problem, dual, slip, isOver, effort, ...run, upper });
}

/**
 * What rounding may have added to the bound: by the size of its terms, and of the amounts that a
 * multiplier was applied to on the way. Where a constraint is met by one solution alone its multiplier
 * is large, its terms cancel, and the bound came out 4e-10 above the optimum: "infeasible".
 */
function roundingSlip({ cells }: Problem, { relaxed, multipliers }: Dual): number {
  let size = relaxed.scale;
  for (const { prefix, dims, targets } of cells) {
    for (const [d, k] of dims.entries()) {
      const sums = prefix[d + 1];
      if (!sums) continue;
      let most = 0;
      for (let i = sums.length - targets.length; i < sums.length; i++) {
        most = Math.max(most, Math.abs(floatAt(sums, i)));
      }
      size += Math.abs(floatAt(multipliers, k)) * most;
    }
  }
  return slipPart * size;
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
        step = Math.max(step, floatAt(cost, t + width) - floatAt(cost, t));
      }
      total += step;
    }
  }
  return total;
}
