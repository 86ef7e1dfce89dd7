import { type Ms, ms } from '../../units.ts';

/**
 * How long a target must be left alone: it is told the time and answers with a wait. At most so
 * many requests and tokens in any minute, none while a hold lasts.
 */
export interface Pacer {
  /** Wait before a request of `amount` tokens may go at `now`; 0 = it may go. Changes nothing. */
  wait(now: Ms, amount: number): Ms;
  /** Notes that it goes. */
  take(now: Ms, amount: number): void;
  /** Nothing goes before `until`: a Retry-After, a cool-down, a quota that is nearly used. */
  hold(until: Ms): void;
}

export interface Rates {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/**
 * One minute and a quarter of a second: two requests a minute apart here can arrive closer than a
 * minute there, by the jitter of the network.
 */
const windowLength = 60_250;

/**
 * Sliding windows rather than a token bucket: a full bucket lets nearly twice the limit through in a
 * minute, which a provider that counts by the minute answers with 429.
 */
export function createPacer(rates: Rates): Pacer {
  const requests = rates.requestsPerMinute && slidingWindow(rates.requestsPerMinute);
  const tokens = rates.tokensPerMinute && slidingWindow(rates.tokensPerMinute);
  let heldUntil = 0;
  return {
    wait(now, amount) {
      const waits = [heldUntil - now, 0];
      if (requests) waits.push(requests.wait(now, 1));
      if (tokens) waits.push(tokens.wait(now, amount));
      return ms(Math.max(...waits));
    },
    take(now, amount) {
      if (requests) requests.take(now, 1);
      if (tokens) tokens.take(now, amount);
    },
    hold(until) {
      heldUntil = Math.max(heldUntil, until);
    },
  };
}

function slidingWindow(limit: number) {
  let taken: { at: number; amount: number }[] = [];
  let first = 0;
  let sum = 0;
  const forget = (now: number) => {
    for (let oldest = taken[first]; oldest && oldest.at + windowLength <= now; ) {
      sum -= oldest.amount;
      oldest = taken[++first];
    }
    // Cut the forgotten half off, so that each entry is moved at most once.
    if (first > 64 && first * 2 > taken.length) {
      taken = taken.slice(first);
      first = 0;
    }
  };
  return {
    wait(now: number, amount: number): number {
      forget(now);
      // A request above the whole limit goes alone: never sending it would help nobody.
      const room = Math.max(0, limit - amount);
      let left = sum;
      for (let index = first; left > room; index++) {
        const entry = taken[index];
        if (!entry) break;
        left -= entry.amount;
        if (left <= room) return entry.at + windowLength - now;
      }
      return 0;
    },
    take(now: number, amount: number): void {
      taken.push({ at: now, amount });
      sum += amount;
    },
  };
}
