import type { Quota, RateLimitState } from '../../provider/answer/exchange.ts';
import { type Ms, ms } from '../../units.ts';

/**
 * Watches what a provider says is left of its limits, so that the keys of production are spared:
 * arb uses no more of it than what is above `share`.
 */
export interface QuotaWatch {
  /** Notes the headers of an answer. */
  seen(state: RateLimitState, traffic: PendingLoad, now: Ms): void;
  /** Wait before one more request; `answer` = until the next answer tells. Changes nothing. */
  wait(inFlight: number, now: Ms): Ms | 'answer';
  /** Notes that a request goes. */
  take(): void;
}

export interface PendingLoad {
  /** Requests that the headers may not count yet. */
  readonly inFlight: number;
  /** Most tokens one request has taken so far. */
  readonly tokensEach: number;
}

/** Where the provider does not say when its quota is full again: most windows are a minute. */
const usualReset = ms(60_000);

export function createQuotaWatch(share: number): QuotaWatch {
  /** Requests that may still go; Infinity while nothing is known. */
  let room = Infinity;
  let resetAt = 0;
  return {
    seen(state, traffic, now) {
      const quotas = [
        { quota: state.requests, room: roomAbove(state.requests, share) },
        {
          quota: state.tokens,
          room: roomAbove(state.tokens, share) / Math.max(1, traffic.tokensEach),
        },
      ];
      const least = Math.floor(Math.min(...quotas.map((each) => each.room)));
      room = least - traffic.inFlight;
      if (least >= 1) return;
      const spent = quotas.filter((each) => each.room < 1);
      resetAt = now + Math.max(...spent.map((each) => each.quota?.resetAfter ?? usualReset));
    },
    wait(inFlight, now) {
      if (room >= 1) return ms(0);
      if (inFlight > 0) return 'answer';
      // Alone after the reset, one request asks how much there is now.
      return ms(Math.max(0, resetAt - now));
    },
    take() {
      room -= 1;
    },
  };
}

/** What is left above the share; without bounds where the provider does not say. */
function roomAbove(quota: Quota | undefined, share: number): number {
  if (quota?.limit === undefined || quota.remaining === undefined) return Infinity;
  return quota.remaining - share * quota.limit;
}
