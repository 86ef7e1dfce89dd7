import type { FailureReason } from '../../provider/answer/failure.ts';
import { type Ms, ms } from '../../units.ts';
import type { RetryPolicy } from '../load/plan.ts';

/** What to do after a failed attempt. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly wait: Ms }
  | { readonly kind: 'stop'; readonly why: 'not-retryable' | 'retries-used' | 'wait-too-long' };

/** What a decision needs to know of the failure just seen and of those before it. */
export interface FailureSeen {
  readonly reason: FailureReason;
  /** As the provider asked, in seconds or as a date. */
  readonly retryAfter?: Ms;
  /** `rate-limited` attempts of this request so far, this one included. */
  readonly rateLimited: number;
  /** Other failed attempts so far, this one included. */
  readonly failed: number;
}

/**
 * Whether and when to try again. A Retry-After is waited for as it stands, and a failure where it is
 * longer than `maxWait`; otherwise exponential back-off, half of it jitter (`random` in [0, 1)).
 */
export function decideRetry(
  policy: RetryPolicy,
  failure: FailureSeen,
  random: number,
): RetryDecision {
  const limited = failure.reason === 'rate-limited';
  const count = limited ? failure.rateLimited : failure.failed;
  if (!policy.on.includes(failure.reason)) return { kind: 'stop', why: 'not-retryable' };
  if (count > (limited ? policy.maxRateLimited : policy.max)) {
    return { kind: 'stop', why: 'retries-used' };
  }
  if (failure.retryAfter !== undefined) {
    if (failure.retryAfter > policy.maxWait) return { kind: 'stop', why: 'wait-too-long' };
    return { kind: 'retry', wait: failure.retryAfter };
  }
  const wait = Math.min(policy.cap, policy.base * 2 ** (count - 1));
  return { kind: 'retry', wait: ms(wait / 2 + (wait / 2) * random) };
}
