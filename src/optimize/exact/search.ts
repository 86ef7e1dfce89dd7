import type { Problem } from './cells.ts';
import { merge, withPart } from './merge.ts';
import { bestMultipliers, type Dual } from './multipliers.ts';
import { mergeByRules } from './ties.ts';
import { type Found, type Limits, nothing, widen } from './widen.ts';

/** States kept at once by a merge: some 100 bytes each. */
const most = { plain: 1 << 19, labelled: 1 << 14 } as const;
/** The search starts with this part of the gap. */
const firstPart = 1 / 64;
/** First width where no feasible solution is known, as a part of the terms of the bound. */
const blindPart = 1e-5;
/** Rounding errors of sums of doubles, as a part of the sum of their sizes. */
const slipPart = 1e-12;

/** The cheapest solution with any targets of the problem, ties broken. */
export function search(problem: Problem, limits: Limits): Found {
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  const dual = bestMultipliers(problem);
  const found = withPart(limits.effort, (effort) =>
    searchFrom(problem, { ...limits, effort }, dual),
  );
  return { ...found, multipliers: dual.multipliers };
}

function searchFrom(problem: Problem, limits: Limits, dual: Dual): Found {
  const plain = searchPlain(problem, limits, dual);
  if (plain.best === undefined) return plain;
  const { isOver, effort } = limits;
  const slip = slipOf(dual);
  const width = plain.best.cost - dual.relaxed.lower;
  const run = { run: mergeByRules, states: most.labelled, first: width };
  const look = { problem, dual, slip, isOver, effort, ...run };
  const tied = widen({ ...look, upper: plain.best.cost });
  if (tied.best?.cost === plain.best.cost) return { ...plain, best: tied.best };
  if (problem.maxRules === Infinity) return plain;
  const ruled = widen({ ...look, upper: Math.min(limits.upper, dearest(problem)) });
  return { lower: Math.max(plain.lower, ruled.lower), best: ruled.best };
}

/** The cheapest solution whatever its rules; ties are left as they fall. */
export function searchPlain(
  problem: Problem,
  limits: Limits,
  dual = bestMultipliers(problem),
): Found {
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  const slip = slipOf(dual);
  const lower = Math.ceil(dual.relaxed.lower - slip);
  if (lower > limits.upper) return nothing;
  const known = Math.min(limits.upper, dearest(problem), dual.upper);
  const first = Number.isFinite(dual.upper)
    ? (known - dual.relaxed.lower) * firstPart
    : dual.relaxed.scale * blindPart;
  const { isOver, effort } = limits;
  const run = { run: merge, states: most.plain, first };
  return widen({ problem, dual, slip, isOver, effort, ...run, upper: known });
}

function slipOf({ relaxed }: Dual): number {
  return slipPart * relaxed.scale;
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
