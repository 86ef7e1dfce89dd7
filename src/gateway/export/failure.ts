import type { Policy, PolicyFailure } from '../../policy/policy.ts';
import type { Failure } from './plan.ts';

/** What holds where a policy does not say: the kinds of failure that another target can cure. */
const defaultFailure = {
  retries: 0,
  retryOn: [],
  fallbackOn: ['rate-limited', 'server-error', 'timeout', 'connect'],
} as const satisfies Failure;

/** What a policy retries and moves on at, without what it never does. */
export function readFailure({ on_failure }: Policy): Failure {
  if (!on_failure) return defaultFailure;
  const { retry, fallback_on, never_on } = on_failure;
  const allowed = (kinds: readonly PolicyFailure[]) =>
    kinds.filter((kind) => !never_on.includes(kind));
  return {
    retries: retry?.max ?? 0,
    retryOn: allowed(retry?.on ?? []),
    fallbackOn: allowed(fallback_on),
  };
}
