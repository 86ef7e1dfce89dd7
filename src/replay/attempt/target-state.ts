import { redact } from '../../provider/answer/redact.ts';
import type { Target } from '../../provider/target/target.ts';
import type { Ms } from '../../units.ts';
import { type Health, unproven } from '../limit/breaker.ts';
import { createPacer, type Pacer } from '../limit/pacer.ts';
import { createQuotaWatch, type QuotaWatch } from '../limit/quota.ts';
import type { Wakers } from '../limit/stopper.ts';
import type { ReplayPlan } from '../load/plan.ts';

/** One target and everything arb knows about how to treat it at the moment. */
export interface Lane {
  readonly target: Target;
  readonly key?: string;
  readonly pacer: Pacer;
  readonly quota: QuotaWatch;
  readonly warmup: Ms;
  health: Health;
  inFlight: number;
  /** Most tokens that one request has taken. */
  tokensEach: number;
  /** Answers so far, and how often it said that it was too much. */
  answers: number;
  limited: number;
  /** No money is left for this target, or its limit was found: nothing more is sent to it. */
  broke: boolean;
  /** Codes of the warnings given. */
  readonly warned: Set<string>;
  /** Those who wait for an answer of this target. */
  readonly answered: Wakers;
  /** Those who wait for a time, and need not once the target is given up. */
  readonly gaveUp: Wakers;
  /** Takes the values of all keys out of a text. */
  redact(text: string): string;
}

export function createLane(target: Target, plan: ReplayPlan): Lane {
  const { load } = plan;
  const key = target.apiKeyEnv === undefined ? undefined : plan.keys[target.apiKeyEnv];
  const secrets = Object.values(plan.keys);
  return {
    target,
    ...(key !== undefined && { key }),
    pacer: createPacer(target.limits),
    // A search for the limit has to come near it.
    quota: createQuotaWatch(load.findLimit ? 0 : load.spareShare),
    warmup: load.warmup,
    health: unproven,
    inFlight: 0,
    tokensEach: 0,
    answers: 0,
    limited: 0,
    broke: false,
    warned: new Set(),
    answered: new Set(),
    gaveUp: new Set(),
    redact: (text) => redact(text, secrets),
  };
}

/** Requests that may be at this target at once. */
export function placesOf(target: Target, { load }: ReplayPlan): number {
  return Math.min(load.concurrency, target.limits.concurrency);
}
