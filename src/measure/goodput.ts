import type { SettledEvent } from '../replay/event/event.ts';
import { type LoadKind, waitBefore } from '../replay/event/user-time.ts';
import { clopperPearson, type Interval } from '../statistics/proportion.ts';

/** At least `share` of the requests that it concerns take at most `at_most` ms, as a user sees them. */
export interface SloConfig {
  readonly metric: 'ttft_ms' | 'latency_ms';
  readonly at_most: number;
  /** 0.99 for a p99. */
  readonly share: number;
  /** Feature -> values; absent = it concerns every request. */
  readonly when?: Readonly<Record<string, readonly string[]>>;
}

/** What an SLO's `when` is matched with: feature -> value, as in a row of the outcomes. */
export type RequestFeatures = Readonly<Record<string, string | number | boolean>>;

/** A request that is over, with what is known of the request. */
export interface SettledRow {
  readonly event: SettledEvent;
  /** @default {} */
  readonly features?: RequestFeatures | undefined;
}

/** What is asked of the answers. */
export interface GoodputOptions {
  readonly slos: readonly SloConfig[];
  /** Whether the SLO's `when` holds for a request with these features. */
  readonly concerns: (slo: SloConfig, features: RequestFeatures) => boolean;
  readonly load: LoadKind;
}

/** Requests that were answered within every SLO that concerns them; a failed request never is. */
export interface Goodput {
  readonly good: number;
  /** All requests that are over, the failed ones included; warm-up and cache hits are out. */
  readonly of: number;
  readonly share: number;
  /** 95 % limits of the share, exact. */
  readonly interval: Interval;
  readonly per_s?: number;
}

/** How one SLO was kept. */
export interface KeptSlo {
  readonly slo: SloConfig;
  readonly good: number;
  /** Requests that it concerns, the failed ones included. */
  readonly of: number;
  /** With its exact 95 % limits and whether it is as large as promised; absent where `of` is 0. */
  readonly share?: number;
  readonly interval?: Interval;
  readonly met?: boolean;
}

/** Counts for one target as requests are settled. */
export interface GoodputBook {
  add(row: SettledRow): void;
  share(): number | undefined;
  goodput(): Goodput | undefined;
  slos(): readonly KeptSlo[];
}

interface Count {
  good: number;
  of: number;
}

export function openGoodput({ slos, concerns, load }: GoodputOptions): GoodputBook {
  const all: Count = { good: 0, of: 0 };
  const each = slos.map((slo) => ({ slo, count: { good: 0, of: 0 } }));
  const span = { from: Number.POSITIVE_INFINITY, to: 0 };
  return {
    add({ event, features = {} }) {
      const [first, last] = [event.attempts[0], event.attempts.at(-1)];
      if (last?.warmup || last?.cache_hit) return;
      if (first && last) {
        span.from = Math.min(span.from, first.sent_ms);
        span.to = Math.max(span.to, last.sent_ms + last.latency_ms);
      }
      let good = last?.status === 'ok';
      for (const { slo, count } of each) {
        if (!concerns(slo, features)) continue;
        count.of += 1;
        if (isKept(slo, event, load)) count.good += 1;
        else good = false;
      }
      all.of += 1;
      if (good) all.good += 1;
    },
    share: () => (all.of === 0 ? undefined : all.good / all.of),
    goodput() {
      if (all.of === 0) return undefined;
      const lasted = span.to - span.from;
      return { ...all, ...toShare(all), ...(lasted > 0 && { per_s: (all.good * 1_000) / lasted }) };
    },
    slos: () => each.map(({ slo, count }) => keptSlo(slo, count)),
  };
}

/** True where the request was answered in time. */
function isKept(
  { metric, at_most }: SloConfig,
  { attempts }: SettledEvent,
  load: LoadKind,
): boolean {
  const last = attempts.at(-1);
  return last?.status === 'ok' && waitBefore(attempts, load) + last[metric] <= at_most;
}

function keptSlo(slo: SloConfig, count: Count): KeptSlo {
  if (count.of === 0) return { slo, ...count };
  // Of 100 requests 99 % is 99, whatever 1 - 0.99 is in binary.
  const mayMiss = Math.floor((1 - slo.share) * count.of + 1e-6);
  return { slo, ...count, ...toShare(count), met: count.of - count.good <= mayMiss };
}

const toShare = ({ good, of }: Count) => ({
  share: good / of,
  interval: clopperPearson(good, of),
});
