import type { Problem } from '../bound/cells.ts';
import { bestMultipliers } from '../bound/multipliers.ts';
import { restrict, setBounds } from '../bound/pairs.ts';
import { greedySet, shortlist, type TargetSet } from '../bound/shortlist.ts';
import { type CellPlan, comparePlans } from '../front/plan.ts';
import { search } from './search.ts';
import { nothing, type SearchLimits, type SearchResult } from './window-search.ts';

/**
 * At most M distinct targets. Every set of M has a Lagrange bound at the multipliers of the whole
 * problem; the searches go in order of bound, and each lends its own multipliers to the bounds of
 * the sets that are left.
 */
export function searchSubsets(problem: Problem, limits: SearchLimits): SearchResult {
  if (problem.maxTargets >= problem.targets.length) return search(problem, limits);
  if (problem.cells.some(({ targets }) => targets.length === 0)) return nothing;
  return new SubsetSearch(problem, limits).run();
}

/** Multipliers lent to all sets: each costs a look at every set that is left. */
const lendings = 8;
/** Rounding errors of a bound, as a part of the terms in it. */
const boundSlip = 1e-12;
/**
 * Costs are whole: a set whose bound is less than one above the best may still cost the same. It
 * covers the rounding errors of lent multipliers too, whose terms are others.
 */
const leastSlip = 0.5;

class SubsetSearch {
  readonly #problem: Problem;
  readonly #limits: SearchLimits;
  #best: CellPlan | undefined;
  #lower = Infinity;

  constructor(problem: Problem, limits: SearchLimits) {
    this.#problem = problem;
    this.#limits = limits;
  }

  run(): SearchResult {
    const { multipliers, relaxed } = bestMultipliers(this.#problem);
    const slip = Math.max(leastSlip, boundSlip * relaxed.scale);
    const bounds = setBounds(this.#problem, multipliers);
    const first = greedySet(this.#problem, bounds);
    this.#searchWithin(first);
    const { sets, others } = shortlist(this.#problem, bounds, this.#upper() + slip);
    this.#lower = Math.min(this.#lower, others);
    let left: readonly TargetSet[] = sets.filter(({ ranks }) => ranks.join() !== first.join());
    for (let lent = 0; left.length > 0; lent++) {
      left = left
        .filter(({ bound }) => bound <= this.#upper() + slip)
        .toSorted((a, b) => a.bound - b.bound);
      const [next, ...rest] = left;
      if (!next) break;
      const isSpent = this.#problem.maxRules < Infinity && this.#limits.effort.left <= 0;
      if (this.#limits.isOver() || isSpent) {
        this.#lower = Math.min(this.#lower, next.bound);
        break;
      }
      const own = this.#searchWithin(next.ranks);
      left = rest;
      if (own && lent < lendings) this.#lend(rest, own);
    }
    // A bound that is over the best solution says no more than that solution does.
    return { lower: Math.min(this.#lower, this.#upper()), best: this.#best };
  }

  #upper(): number {
    return Math.min(this.#limits.upper, this.#best?.cost ?? Infinity);
  }

  /** Searches one set; returns its multipliers. */
  #searchWithin(ranks: readonly number[]): Float64Array | undefined {
    const part = restrict(this.#problem, ranks);
    const found = search(part, { ...this.#limits, upper: this.#upper() });
    this.#lower = Math.min(this.#lower, found.lower);
    const { best } = found;
    if (best && (!this.#best || comparePlans(best, this.#best) < 0)) this.#best = best;
    return found.multipliers;
  }

  #lend(sets: readonly TargetSet[], multipliers: Float64Array): void {
    const { bound } = setBounds(this.#problem, multipliers);
    for (const set of sets) set.bound = Math.max(set.bound, bound(set.ranks));
  }
}
