import type { FailureReason } from '../../provider/answer/failure.ts';
import { type Ms, ms } from '../../units.ts';

/** How a target is doing; `given-up` is for good. */
export type Health =
  | {
      readonly state: 'well';
      /** Whether it ever answered. */
      readonly proven: boolean;
      /** Failures in a row that are the target's fault. */
      readonly failures: number;
    }
  | {
      readonly state: 'ailing';
      /** The first failure of the outage. */
      readonly since: Ms;
      readonly failures: number;
      /** One request at a time goes, and not before this. */
      readonly probeAt: Ms;
    }
  | { readonly state: 'given-up'; readonly reason: FailureReason; readonly error: string };

export type Observation =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: FailureReason; readonly error: string };

export const unproven: Health = { state: 'well', proven: false, failures: 0 };

/** Failures in a row after which a target that never answered is given up. */
const hopelessAfter = {
  // A wrong key stays wrong.
  auth: 3,
  connect: 5,
  // An HTML page, a model name nobody knows: rare requests are at fault themselves, so wait longer.
  malformed: 12,
  refused: 12,
  'bad-request': 24,
  'server-error': 24,
  timeout: 24,
  'cut-off': 24,
} as const satisfies Partial<Record<FailureReason, number>>;

/** Failures in a row after which a target that did answer is left to rest. */
const restAfter = 10;
const firstRest = 1_000;
const longestRest = 15_000;
/** An outage of this length is not waited for any longer. */
const outageLimit = 120_000;

/** The circuit breaker's rule: health after one more observation at `now`. */
export function observe(health: Health, seen: Observation, now: Ms): Health {
  if (health.state === 'given-up') return health;
  if (seen.ok) {
    return health.state === 'well' && health.proven && health.failures === 0
      ? health
      : { state: 'well', proven: true, failures: 0 };
  }
  const { reason, error } = seen;
  const hopeless = hopelessAfter[reason as keyof typeof hopelessAfter];
  // Rate limits, filters and long prompts say nothing about the target's health.
  if (hopeless === undefined) return health;
  const failures = health.failures + 1;
  const proven = health.state === 'ailing' || health.proven;
  if (failures >= hopeless && (!proven || reason === 'auth')) {
    return { state: 'given-up', reason, error: `given up after ${failures} failures: ${error}` };
  }
  if (!proven || failures < restAfter || reason === 'bad-request') {
    return { ...health, failures };
  }
  const since = health.state === 'ailing' ? health.since : now;
  if (now - since >= outageLimit) {
    const length = Math.round((now - since) / 1_000);
    return {
      state: 'given-up',
      reason,
      error: `given up after an outage of ${length} s: ${error}`,
    };
  }
  const rest = Math.min(longestRest, firstRest * 2 ** (failures - restAfter));
  return { state: 'ailing', since, failures, probeAt: ms(now + rest) };
}
