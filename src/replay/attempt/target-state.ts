import { redact } from '../../provider/answer/redact.ts';
import type { Target } from '../../provider/target/target.ts';
import type { Ms } from '../../units.ts';
import { type Health, unproven } from '../limit/breaker.ts';
import { InFlightMeter } from '../limit/in-flight-meter.ts';
import { createPacer, type Pacer } from '../limit/pacer.ts';
import { createQuotaWatch, type QuotaWatch } from '../limit/quota.ts';
import type { Wakers } from '../limit/stopper.ts';
import type { ReplayPlan } from '../load/plan.ts';

/** One target and what limits its requests at the moment. */
export interface TargetState {
  readonly target: Target;
  readonly key?: string;
  readonly pacer: Pacer;
  readonly quota: QuotaWatch;
  readonly warmup: Ms;
  health: Health;
  inFlight: number;
  readonly inFlightMeter: InFlightMeter;
  /** Most tokens that one request has used so far. */
  tokensEach: number;
  /** Answers and rate-limited attempts so far. */
  answers: number;
  limited: number;
  /** Why nothing more is sent to this target: its budget is used up, or its limit was found. */
  stopped?: 'budget' | 'limit';
  /** A limit, a quota, an outage or the budget has kept a request of this target waiting. */
  isHeldBack: boolean;
  /** Codes of the warnings already given. */
  readonly warned: Set<string>;
  /** Woken when any request of this target ends. */
  readonly answered: Wakers;
  /** Woken when the target is given up: waits for it end early. */
  readonly givenUp: Wakers;
  /** Removes the values of all keys from a text. */
  redact(text: string): string;
}

export function createTargetState(target: Target, plan: ReplayPlan): TargetState {
  const { load } = plan;
  const key = target.apiKeyEnv === undefined ? undefined : plan.keys[target.apiKeyEnv];
  const secrets = Object.values(plan.keys);
  return {
    target,
    ...(key !== undefined && { key }),
    pacer: createPacer(target.limits),
    // A search for the limit has to reach it.
    quota: createQuotaWatch(load.findLimit ? 0 : load.spareShare),
    warmup: load.warmup,
    health: unproven,
    inFlight: 0,
    inFlightMeter: new InFlightMeter(concurrencyLimit(target, plan)),
    tokensEach: 0,
    answers: 0,
    limited: 0,
    isHeldBack: false,
    warned: new Set(),
    answered: new Set(),
    givenUp: new Set(),
    redact: (text) => redact(text, secrets),
  };
}

/** How many requests may be in flight at this target at once. */
export function concurrencyLimit(target: Target, { load }: ReplayPlan): number {
  return Math.min(load.concurrency ?? Infinity, target.limits.concurrency ?? Infinity);
}
