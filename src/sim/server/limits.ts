import type { MarketTarget } from '../market/market.ts';
import { retryAfterHeader } from './script.ts';

/** A provider's limit per minute over a sliding window; told the time, it never looks. */
export interface RateLimiter {
  /** Whether a request of this size may pass at `now`, and the headers that say so. */
  admit(now: number, tokens: number): Admission;
}

export interface Admission {
  readonly admitted: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export function createRateLimiter(target: MarketTarget, timeScale: number): RateLimiter {
  const limit = target.rate_limit;
  if (!limit) return { admit: () => ({ admitted: true, headers: {} }) };
  const windowMs = 60_000 * timeScale;
  let seen: { at: number; tokens: number }[] = [];
  return {
    admit(now, tokens) {
      seen = seen.filter(({ at }) => at > now - windowMs);
      const used = seen.reduce((sum, entry) => sum + entry.tokens, 0);
      const roomFor = (limit.rpm ?? Infinity) - seen.length;
      const tokensLeft = (limit.tpm ?? Infinity) - used;
      const admitted = roomFor >= 1 && tokensLeft >= tokens;
      if (admitted) seen.push({ at: now, tokens });
      const resetMs = Math.max(0, (seen[0]?.at ?? now) + windowMs - now);
      const left = {
        requests: Math.max(0, roomFor - (admitted ? 1 : 0)),
        tokens: Math.max(0, tokensLeft - (admitted ? tokens : 0)),
      };
      return {
        admitted,
        headers: {
          ...(limit.headers ? remaining(limit, left, resetMs) : {}),
          ...(admitted
            ? {}
            : retryAfterHeader(limit.retry_after, limit.retry_after_s ?? resetMs / 1000)),
        },
      };
    },
  };
}

function remaining(
  limit: NonNullable<MarketTarget['rate_limit']>,
  left: { requests: number; tokens: number },
  resetMs: number,
): Record<string, string> {
  const reset = `${(resetMs / 1000).toFixed(3)}s`;
  const lines = (name: 'requests' | 'tokens', most: number | undefined) =>
    most === undefined
      ? {}
      : {
          [`x-ratelimit-limit-${name}`]: String(most),
          [`x-ratelimit-remaining-${name}`]: String(left[name]),
          [`x-ratelimit-reset-${name}`]: reset,
        };
  return { ...lines('requests', limit.rpm), ...lines('tokens', limit.tpm) };
}

/** ConcurrencyLimit at a provider that serves only so many at once; the others wait in order. */
export interface ConcurrencyLimit {
  readonly full: boolean;
  /** Calls `begin` when there is a place; the returned function gives it back, or leaves the queue. */
  take(begin: () => void): () => void;
}

export function createConcurrencyLimit(most = Number.POSITIVE_INFINITY): ConcurrencyLimit {
  const waiting: (() => void)[] = [];
  let taken = 0;
  const next = () => {
    while (taken < most) {
      const begin = waiting.shift();
      if (!begin) return;
      taken += 1;
      begin();
    }
  };
  return {
    get full() {
      return taken >= most;
    },
    take(begin) {
      let state: 'waiting' | 'serving' | 'gone' = 'waiting';
      const started = () => {
        state = 'serving';
        begin();
      };
      waiting.push(started);
      next();
      return () => {
        if (state === 'waiting') waiting.splice(waiting.indexOf(started), 1);
        if (state === 'serving') taken -= 1;
        state = 'gone';
        next();
      };
    },
  };
}
