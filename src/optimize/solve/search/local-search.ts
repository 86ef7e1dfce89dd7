import { at, floatAt } from '../../rows/at.ts';
import type { Problem } from '../bound/cells.ts';
import type { RuleIds } from '../bound/rule-ids.ts';
import type { CellPlan } from '../front/plan.ts';
import { RuleSetCosts } from './rule-set-costs.ts';
import { solveWithRules } from './solve-with-rules.ts';
import type { SearchLimits } from './window-search.ts';

/** Where a search for good sets of rules starts, and what it may use up. */
export interface LocalStart {
  /** Of the bound: what a unit of each constraint is worth. */
  readonly multipliers: Float64Array;
  /** Sets of rules to start from besides those that the multipliers name. */
  readonly sets: readonly (readonly number[])[];
  /** Sets of rules made exact per start that is improved. */
  readonly trials: number;
  readonly limits: SearchLimits;
}

/**
 * A good plan with at most R rules, for one threshold per cell at most. Sets of rules that are good
 * at several multipliers are made exact, then improved: a threshold is moved, a target changed, a
 * rule or two replaced, as long as the exact cost falls. It proves nothing.
 */
export function searchLocally(
  problem: Problem,
  ids: RuleIds,
  { multipliers, sets, trials, limits }: LocalStart,
): CellPlan | undefined {
  const views = stretches.map(
    (stretch) =>
      new RuleSetCosts(
        problem,
        ids,
        multipliers.map((value) => value * stretch),
      ),
  );
  const starts = new Map(
    [...sets, ...views.map((view) => view.goodRules(limits.isOver))].map((rules) => [
      rules.toSorted((a, b) => a - b).join(),
      rules,
    ]),
  );
  const search = new RuleSearch(problem, ids, { views, trials, limits });
  const found = [...starts.values()].flatMap((rules) => search.exact(rules, Infinity) ?? []);
  if (found.length === 0) {
    const far = farMultipliers(problem, multipliers).map((prices) =>
      new RuleSetCosts(problem, ids, prices).goodRules(limits.isOver),
    );
    found.push(...far.flatMap((rules) => search.exact(rules, Infinity) ?? []));
  }
  const best = found.toSorted((a, b) => a.plan.cost - b.plan.cost).slice(0, improvedStarts);
  const plans = best.map((start) => search.improve(start).plan);
  return plans.reduce<CellPlan | undefined>((a, b) => (a && a.cost <= b.cost ? a : b), undefined);
}

/** Multiples of the multipliers: the best for few rules are larger than those for many. */
const stretches = [1, 1.1, 1.3, 1.7];
/** Where no good set keeps the constraints, they count for so much more. */
const farStretches = [4, 32, 1_024];

/** A constraint that costs nothing without a limit on rules may cost much with one. */
function farMultipliers(problem: Problem, multipliers: Float64Array): Float64Array[] {
  const cost = problem.cells.reduce((sum, { prefix, values, targets }) => {
    const wholes = at(prefix, 0).subarray(values.length * targets.length);
    return sum + wholes.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  }, 1);
  return farStretches.map((stretch) =>
    multipliers.map((value, k) => {
      const unit = cost / Math.max(1, Math.abs(floatAt(problem.bounds, k)));
      return stretch * Math.max(value, unit);
    }),
  );
}

/** Starts that are improved. */
const improvedStarts = 3;
/** What a set costs in comparisons of two states. */
const trialEffort = 200;
/** A look at all rules that could be added costs as much as this many trials. */
const lookCost = 10;
/** Replacements looked at for each rule or two taken out. */
const replacements = 12;

interface Trial {
  readonly rules: readonly number[];
  readonly plan: CellPlan;
}

class RuleSearch {
  readonly #problem: Problem;
  readonly #ids: RuleIds;
  readonly #views: readonly RuleSetCosts[];
  readonly #limits: SearchLimits;
  readonly #mostTrials: number;
  #trials = 0;

  constructor(
    problem: Problem,
    ids: RuleIds,
    {
      views,
      trials,
      limits,
    }: Pick<LocalStart, 'trials' | 'limits'> & { readonly views: readonly RuleSetCosts[] },
  ) {
    this.#problem = problem;
    this.#ids = ids;
    this.#views = views;
    this.#mostTrials = trials;
    this.#limits = limits;
  }

  /** The best plan with these rules, where it is cheaper than `upper`. */
  exact(rules: readonly number[], upper: number): Trial | undefined {
    const { maxRules, maxTargets } = this.#problem;
    if (rules.length > maxRules || this.#ids.targetsOf(rules).size > maxTargets) return undefined;
    if (this.#views.some((view) => view.bound(rules) >= upper)) return undefined;
    this.#spend(1);
    const plan = solveWithRules(this.#problem, this.#ids, rules);
    return plan && plan.cost < upper ? { rules, plan } : undefined;
  }

  improve(start: Trial): Trial {
    this.#trials = 0;
    let best = start;
    for (;;) {
      const before = best;
      for (const moves of [this.#moved, this.#retargeted, this.#replaced]) {
        best = this.#bestOf(best, moves.call(this, best.rules));
      }
      if (best === before || this.#isSpent()) return best;
    }
  }

  #spend(trials: number): void {
    this.#trials += trials;
    this.#limits.effort.left -= trials * trialEffort;
  }

  #isSpent(): boolean {
    return (
      this.#trials > this.#mostTrials || this.#limits.effort.left <= 0 || this.#limits.isOver()
    );
  }

  #bestOf(start: Trial, moves: Iterable<readonly number[]>): Trial {
    let best = start;
    for (const rules of moves) {
      if (this.#isSpent()) break;
      best = this.exact(rules, best.plan.cost) ?? best;
    }
    return best;
  }

  /** All rules at one token value go to another. */
  *#moved(rules: readonly number[]): Generator<readonly number[]> {
    const parts = rules.map((id) => this.#ids.rule(id));
    const places = new Set(parts.flatMap(({ place }) => (place >= 0 ? [place] : [])));
    for (const from of places) {
      for (const to of this.#ids.values.keys()) {
        if (places.has(to)) continue;
        yield parts.map((part) =>
          this.#ids.id(part.place === from ? { ...part, place: to } : part),
        );
      }
    }
  }

  *#retargeted(rules: readonly number[]): Generator<readonly number[]> {
    for (const [i, id] of rules.entries()) {
      const part = this.#ids.rule(id);
      for (let target = 0; target < this.#ids.targets; target++) {
        const next = this.#ids.id({ ...part, target });
        if (!rules.includes(next)) yield rules.with(i, next);
      }
    }
    // One target for another wherever it is used: with few targets no smaller step may do.
    for (const from of this.#ids.targetsOf(rules)) {
      for (let target = 0; target < this.#ids.targets; target++) {
        const parts = rules.map((id) => this.#ids.rule(id));
        const ids = parts.map((rule) =>
          this.#ids.id(rule.target === from ? { ...rule, target } : rule),
        );
        if (target !== from) yield [...new Set(ids)];
      }
    }
  }

  /** One or two rules go, what saves most instead comes. */
  *#replaced(rules: readonly number[]): Generator<readonly number[]> {
    for (const [i, one] of rules.entries()) {
      for (const two of rules.slice(i)) {
        const rest = rules.filter((rule) => rule !== one && rule !== two);
        for (const view of this.#views) {
          this.#spend(lookCost);
          for (const addition of view.additions(rest, replacements)) yield [...rest, ...addition];
        }
      }
    }
  }
}
