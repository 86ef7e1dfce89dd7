import type { Attempt } from './attempt.ts';

/** What decides whether an attempt may have been billed. */
export type Billable = Pick<Attempt, 'status' | 'http_status' | 'ttft_ms'> & {
  readonly unsent?: true;
};

/**
 * Whether a provider may have billed the attempt. Nothing is billed for what was never sent, and
 * nobody known bills for an error status instead of an answer; everything else may be.
 */
export function mayBeBilled({ status, http_status, ttft_ms, unsent }: Billable): boolean {
  if (status === 'ok' || ttft_ms !== undefined) return true;
  if (unsent || status === 'connect') return false;
  return (http_status ?? 0) < 400;
}

/**
 * What of an attempt counts under a budget, in USD: its cost or, where that is not known or less than
 * it may be, what stays reserved for it.
 */
export function countsAsSpent({ cost_usd = 0, reserved_usd = 0 }: Attempt): number {
  return Math.max(cost_usd, reserved_usd);
}
