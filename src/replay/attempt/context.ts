import type { Client } from '../../provider/answer/exchange.ts';
import type { Target } from '../../provider/target/target.ts';
import type { Usage } from '../../provider/usage/usage.ts';
import type { Ms, Usd } from '../../units.ts';
import type { CostSource } from '../event/attempt.ts';
import type { ReplayEvent } from '../event/event.ts';
import type { Reservation } from '../event/reservation.ts';
import type { BudgetGuard } from '../limit/budget-guard.ts';
import type { Semaphore } from '../limit/semaphore.ts';
import type { Stopper, Wakers } from '../limit/stopper.ts';
import type { ReplayPlan } from '../load/plan.ts';
import type { MostTokens } from '../load/worst-case.ts';

/** What all parts of one run share. */
export interface Context extends Effects {
  readonly plan: ReplayPlan;
  readonly stopper: Stopper;
  /** Attempts in flight over all targets. */
  readonly inFlight: Semaphore;
  /** Present where there is a budget. */
  readonly budget?: BudgetGuard;
  /** Woken when a reservation is settled. */
  readonly reservationSettled: Wakers;
  /** The zero of every time in an event. */
  readonly startedAt: Ms;
  /** Ends the run for a fault of arb itself. */
  fail(error: unknown): void;
}

/** The world outside the engine; a test brings its own. */
export interface Effects {
  readonly client: Client;
  readonly pricing: Pricing;
  emit(event: ReplayEvent): void;
  /** Resolves when the reservation is kept and the attempt may be sent. */
  reserve(reservation: Reservation): Promise<void>;
  /** In [0, 1): jitter. */
  random(): number;
}

export interface Pricing {
  /** What the usage costs there; absent, or the name of what has no price, where it is not known. */
  price(
    target: Target,
    usage: Usage,
  ):
    | { readonly cost: Usd; readonly source: CostSource }
    | { readonly cost?: undefined; readonly unknown: string }
    | undefined;
  /** By tokens and prices alone, whatever the provider reports. */
  computed(target: Target, usage: Usage): Usd | undefined;
  worstCaseCost(target: Target, most: MostTokens): Usd | undefined;
}
