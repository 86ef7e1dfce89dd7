import type { SettledEvent } from '../replay/event.ts';
import { clopperPearson, type Interval } from '../statistics/proportion.ts';

/** A limit that a request must keep to be of use, in the user's view: waits and retries are in. */
export interface Slo {
  readonly metric: 'ttft_ms' | 'latency_ms';
  readonly at_most: number;
  /** Whether it concerns this request; absent = all. */
  readonly applies?: (event: SettledEvent) => boolean;
}

/** Requests that were answered within every SLO that concerns them; a failed request never is. */
export interface Goodput {
  readonly good: number;
  /** All requests that are over, the failed ones included. */
  readonly of: number;
  readonly share: number;
  /** 95 % limits of the share, exact. */
  readonly interval: Interval;
  readonly per_s?: number;
}

/** True where the request was answered in time. */
export function isGood(event: SettledEvent, slos: readonly Slo[]): boolean {
  const first = event.attempts[0];
  const last = event.attempts.at(-1);
  if (first === undefined || last?.status !== 'ok') return false;
  const before = last.sent_ms - first.intended_ms;
  return slos.every(
    ({ metric, at_most, applies }) =>
      before + last[metric] <= at_most || (applies !== undefined && !applies(event)),
  );
}

export function goodputOf(good: number, of: number, span: number): Goodput | undefined {
  if (of === 0) return undefined;
  return {
    good,
    of,
    share: good / of,
    interval: clopperPearson(good, of),
    ...(span > 0 && { per_s: (good * 1_000) / span }),
  };
}
