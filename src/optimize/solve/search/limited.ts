import { withPart } from '../../problem/budget.ts';
import type { Problem } from '../bound/cells.ts';
import { bestMultipliers, type Dual } from '../bound/multipliers.ts';
import { RuleIds } from '../bound/rule-ids.ts';
import { boundByRules } from '../bound/rule-limit-bound.ts';
import { type CellPlan, collectTargets, comparePlans, countPlanRules } from '../front/plan.ts';
import { searchLayouts, withoutCuts } from './layout-search.ts';
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
  if (countPlanRules(unruled.best) <= problem.maxRules) return unruled;
  const search = new RuleLimitedSearch(problem, limits, unruled.lower);
  return problem.thresholds <= 1 ? search.byRules() : search.byLayouts();
}

/** Trials of a first look, and of the search that starts from the bound's own sets of rules. */
const trials = { first: 200, last: 4_000 } as const;
/** Of the time that is left at each: the bound must be had before the time is up. */
const timeShares = { look: 0.3, bound: 0.5, improve: 0.8 } as const;
/** Effort of a first exact search: small problems need no more. */
const firstEffort = 500_000;

/** Keeps the best plan and the best bound while one search after the other adds to them. */
class RuleLimitedSearch {
  readonly #problem: Problem;
  readonly #limits: SearchLimits;
  readonly #dual: Dual;
  #best: CellPlan | undefined;
  #lower: number;

  constructor(problem: Problem, limits: SearchLimits, lower: number) {
    this.#problem = problem;
    this.#limits = limits;
    this.#dual = bestMultipliers(problem);
    this.#lower = lower;
  }

  byRules(): SearchResult {
    const ids = new RuleIds(this.#problem);
    const { multipliers } = this.#dual;
    const { best: uncut } = searchSubsets(withoutCuts(this.#problem), this.#limits);
    this.#keep(uncut);
    // Without cuts a rule is known by its target.
    const sets = uncut ? [[...collectTargets(uncut)]] : [];
    const look = { multipliers, sets, trials: trials.first, limits: this.#within(timeShares.look) };
    this.#keep(searchLocally(this.#problem, ids, look));
    if (!this.#best) this.#keep(this.#layouts());
    if (this.#searchExactly(firstEffort)) return this.#result();
    if (this.#limits.proof === 'none' && this.#best) return this.#result();
    const again = {
      ...this.#bound(ids),
      trials: trials.last,
      limits: this.#within(timeShares.improve),
    };
    this.#keep(searchLocally(this.#problem, ids, again));
    this.#searchExactly(Infinity);
    return this.#result();
  }

  byLayouts(): SearchResult {
    this.#keep(this.#layouts());
    this.#searchExactly(Infinity);
    return this.#result();
  }

  #bound(ids: RuleIds) {
    const { choices } = this.#dual.relaxed;
    const climb = {
      multipliers: this.#dual.multipliers,
      prices: Float64Array.from(choices, ({ reduced }) => reduced),
      upper: this.#upper() === Infinity ? aimFrom(this.#lower) : this.#upper(),
      isOver: this.#limits.deadline(timeShares.bound),
    };
    const found = boundByRules(this.#problem, ids, climb);
    this.#lower = Math.max(this.#lower, Math.ceil(found.lower));
    return { multipliers: found.multipliers, sets: found.sets };
  }

  #within(share: number): SearchLimits {
    return { ...this.#limits, isOver: this.#limits.deadline(share) };
  }

  #layouts(): CellPlan | undefined {
    const start = { dual: this.#dual, upper: this.#upper() };
    return searchLayouts(this.#problem, start, (part, upper) =>
      searchPlain(part, { ...this.#limits, upper }),
    );
  }

  /** True where nothing better is left. */
  #searchExactly(most: number): boolean {
    if (this.#lower >= this.#upper()) return true;
    const found = withPart(this.#limits.effort, most, (effort) =>
      searchSubsets(this.#problem, { ...this.#limits, effort, upper: this.#upper() }),
    );
    this.#keep(found.best);
    this.#lower = Math.max(this.#lower, found.lower);
    return this.#lower >= this.#upper();
  }

  #keep(plan: CellPlan | undefined): void {
    if (!plan || plan.cost > this.#limits.upper) return;
    if (!this.#best || comparePlans(plan, this.#best) < 0) this.#best = plan;
  }

  #upper(): number {
    return Math.min(this.#limits.upper, this.#best?.cost ?? Infinity);
  }

  #result(): SearchResult {
    return {
      lower: this.#best ? Math.min(this.#lower, this.#best.cost) : this.#lower,
      best: this.#best,
    };
  }
}

/** Where no plan is known the bound aims a quarter above what it starts from. */
function aimFrom(lower: number): number {
  return lower + Math.max(1, Math.abs(lower)) / 4;
}
