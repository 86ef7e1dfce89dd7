import type { Problem } from '../bound/cells.ts';
import { bestMultipliers } from '../bound/multipliers.ts';
import { RuleIds } from '../bound/rule-ids.ts';
import { boundByRules } from '../bound/rule-limit-bound.ts';
import { countRules } from '../front/plan.ts';
import { searchLayouts } from './layout-search.ts';
import { searchLocally } from './local-search.ts';
import { searchPlain } from './search.ts';
import { searchSubsets } from './subsets.ts';
import { nothing, type SearchLimits, type SearchResult } from './window-search.ts';

/**
 * The cheapest solution with at most M targets and R rules. Without a limit on rules it is exact;
 * where that solution has too many, a good plan with few rules is the upper bound, and the search
 * below it is exact as far as the effort goes. Else the gap is to the better of two bounds: the
 * optimum without the limit, and the bound that knows it.
 */
export function searchLimited(problem: Problem, limits: SearchLimits): SearchResult {
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  const unruled = searchSubsets({ ...problem, maxRules: Infinity }, limits);
  if (problem.maxRules === Infinity || !unruled.best) return unruled;
  if (countRules(unruled.best) <= problem.maxRules) return unruled;
  const dual = bestMultipliers(problem);
  const ids = problem.thresholds <= 1 ? new RuleIds(problem) : undefined;
  const good = ids && searchLocally(problem, ids, { multipliers: dual.multipliers, ...limits });
  const handy =
    good ??
    searchLayouts(problem, { dual, upper: limits.upper }, (part, upper) =>
      searchPlain(part, { ...limits, upper }),
    );
  const upper = Math.min(limits.upper, handy?.cost ?? Infinity);
  const found = searchSubsets(problem, { ...limits, upper });
  const best = found.best ?? handy;
  if (found.lower >= (best?.cost ?? Infinity)) return { lower: best?.cost ?? Infinity, best };
  const prices = Float64Array.from(dual.relaxed.choices, ({ reduced }) => reduced);
  const climb = { multipliers: dual.multipliers, prices, upper };
  const ruled = ids && best ? Math.ceil(boundByRules(problem, ids, climb).lower) : -Infinity;
  return { lower: Math.max(unruled.lower, found.lower, ruled), best };
}
