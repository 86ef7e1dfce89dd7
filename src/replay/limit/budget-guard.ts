import { nanoToUsd, type Usd, usd, usdToNano } from '../../units.ts';
import type { Budget } from '../load/plan.ts';

/**
 * The money of a run, for the run and by target. The worst case of a request is reserved before it
 * is sent and replaced by its cost afterwards, so what is spent and reserved never exceeds the cap.
 */
export interface BudgetGuard {
  /**
   * `room` for one more, or `wait` until a reservation is settled, or `run` / `target`: whose cap has
   * no room even though nothing is in flight under it. Changes nothing.
   */
  check(target: string, worst: Usd): 'room' | 'wait' | 'run' | 'target';
  reserve(target: string, worst: Usd): void;
  /** Replaces a reservation by what counts as spent. */
  settle(target: string, worst: Usd, cost: Usd): void;
  spent(): Usd;
}

interface Account {
  readonly cap: number;
  spent: number;
  reserved: number;
}

export function createBudgetGuard(budget: Budget): BudgetGuard {
  const already = Object.values(budget.spent).reduce<number>(
    (sum, cost) => sum + cost,
    budget.lost,
  );
  const run = account(budget.run, usd(already));
  const targets = new Map<string, Account>();
  const accountFor = (name: string): Account => {
    const known =
      targets.get(name) ??
      account(own(budget.targets, name), usd((own(budget.spent, name) ?? 0) + budget.lost));
    targets.set(name, known);
    return known;
  };
  return {
    check(name, worst) {
      const target = accountFor(name);
      const amount = reservation(worst);
      if (!fits(target, amount)) return target.reserved > 0 ? 'wait' : 'target';
      if (!fits(run, amount)) return run.reserved > 0 ? 'wait' : 'run';
      return 'room';
    },
    reserve(name, worst) {
      for (const each of [accountFor(name), run]) each.reserved += reservation(worst);
    },
    settle(name, worst, cost) {
      const amount = reservation(worst);
      const billed = usdToNano(cost);
      for (const each of [accountFor(name), run]) {
        each.reserved -= amount;
        each.spent += billed;
      }
    },
    spent: () => nanoToUsd(run.spent),
  };
}

function account(cap: Usd | undefined, spent: Usd): Account {
  return {
    cap: cap === undefined ? Infinity : usdToNano(cap),
    spent: usdToNano(spent),
    reserved: 0,
  };
}

/** In billionths; one more, so that rounding never hides money. */
const reservation = (worst: Usd) => usdToNano(worst) + 1;

const fits = (each: Account, amount: number) => each.spent + each.reserved + amount <= each.cap;

/** A target may be called `constructor`. */
const own = (amounts: Readonly<Record<string, Usd>>, name: string) =>
  Object.hasOwn(amounts, name) ? amounts[name] : undefined;
