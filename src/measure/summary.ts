import type { Attempt, CostSource } from '../replay/event/attempt.ts';
import type { TokenTotal } from '../replay/event/token-figures.ts';
import type { Goodput, KeptSlo } from './goodput.ts';
import type { MetricIn } from './metrics.ts';
import type { OverPasses } from './passes.ts';
import type { Percentiles } from './percentiles.ts';
import type { Steadiness } from './trend.ts';

/** What a run measured: `summary.json`. Durations in milliseconds, money in USD. */
export interface Summary {
  readonly targets: readonly TargetSummary[];
  readonly total: Totals;
}

/** The distributions of one section, as far as anything was measured. */
export type Distributions<Section> = { readonly [Name in MetricIn<Section>]?: Percentiles };

export interface TargetSummary extends Totals {
  readonly target: string;
  /** One attempt, from the moment it was sent: what the provider does. Warm-up and cache hits are out. */
  readonly service: Distributions<'service'>;
  /** One request, from the moment it was meant to start, with all waits and retries: what a user sees. */
  readonly user: Distributions<'user'>;
  /** Why requests went out later than meant. */
  readonly waits: Distributions<'waits'>;
  /** Present where SLOs were given. */
  readonly goodput?: Goodput;
  readonly slos?: readonly KeptSlo[];
  /** Whether TTFT was steady over the run; absent where the run is too short to say. */
  readonly ttft_trend?: Steadiness;
  /** Present where there were several passes. */
  readonly passes?: {
    readonly ttft_p50_ms: OverPasses;
    readonly latency_p50_ms: OverPasses;
    readonly latency_p95_ms: OverPasses;
  };
}

export interface Totals {
  /** Requests that are over: answered or failed. */
  readonly requests: number;
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
  readonly attempts: number;
  readonly retries: number;
  /** Answers that came from a response cache. */
  readonly cache_hits: number;
  readonly warmup: number;
  /** Attempts by the reason they failed for. */
  readonly failures: Readonly<Partial<Record<FailedStatus, number>>>;
  readonly tokens: { readonly [Total in TokenTotal]: number };
  /** From the first request sent to the last answer. */
  readonly span_ms: number;
  readonly requests_per_s?: number;
  readonly output_tokens_per_s?: number;
  readonly cost: CostSummary;
}

export type FailedStatus = Exclude<Attempt['status'], 'ok'>;

export interface CostSummary {
  /** All attempts whose cost is known. */
  readonly total_usd: number;
  readonly by_source: Readonly<Partial<Record<CostSource, number>>>;
  /** Of the total: attempts after the first. */
  readonly retries_usd: number;
  /** Of the total: attempts that failed and were billed. */
  readonly failed_usd: number;
  /** The headline: all money over the requests that were answered. */
  readonly per_completed_usd?: number;
  /** Attempts that may have cost something nobody knows. */
  readonly unknown_attempts: number;
  /**
   * Of them, by the field of the usage that has no price, by the provider's name; `usage` where none
   * was sent, `price` where the model has none.
   */
  readonly unknown_fields?: Readonly<Record<string, number>>;
  /** Attempts whose usage can be read in two ways, by the field; each counts in the dearer. */
  readonly assumed_fields?: Readonly<Record<string, number>>;
}
