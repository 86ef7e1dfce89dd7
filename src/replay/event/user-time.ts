import type { Attempt } from './attempt.ts';

/**
 * How requests come. In a closed loop what comes before the first send is arb's own doing; with open
 * arrivals it is the wait of a user behind a slow target.
 */
export type LoadKind = 'closed' | 'open';

/**
 * What a user has waited, in ms, when the last attempt of a request is sent: `ttft_ms` and
 * `latency_ms` of the last are added to it. 0 where there was no attempt.
 */
export function waitBefore(attempts: readonly Attempt[], load: LoadKind): number {
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (!first || !last) return 0;
  return last.sent_ms - (load === 'closed' ? first.sent_ms : first.intended_ms);
}
