import type { ToolCall } from '../../provider/answer/exchange.ts';
import type { FailureReason } from '../../provider/answer/failure.ts';
import type { TokenCounts } from './token-figures.ts';

/**
 * One try of one request at one target: a row of `attempts.jsonl` as it stands. It crosses the
 * worker boundary and is written to disk in this shape, so the names carry their units. Durations
 * are milliseconds; `*_ms` after `sent_ms` count from the moment the request's bytes went out.
 * `sent_ms - intended_ms` is the sum of `lag_ms`, `queue_ms`, `limit_ms`, `backoff_ms` and
 * `connect_ms`.
 */
export type Attempt = CompletedAttempt | FailedAttempt;

export interface CompletedAttempt extends AttemptBase {
  readonly status: 'ok';
  readonly http_status: number;
  /** First byte of the body. */
  readonly first_byte_ms: number;
  /** First content, reasoning or tool-call delta that is not empty. */
  readonly ttft_ms: number;
  /** First answer token, reasoning excluded; absent where the answer is empty. */
  readonly ttfo_ms?: number;
  /** Last content chunk. */
  readonly latency_ms: number;
  readonly chunks: number;
  /** The longest pause between consecutive content chunks; absent where there was only one. */
  readonly gap_max_ms?: number;
  /** `stop`, `length`, `tool_calls`, ... as the provider said. */
  readonly finish_reason: string;
}

export interface FailedAttempt extends AttemptBase {
  readonly status: FailureReason;
  /** What was seen, in words, with no secret in it. */
  readonly error: string;
  readonly http_status?: number;
  readonly first_byte_ms?: number;
  readonly ttft_ms?: number;
  /** Until the failure was known. */
  readonly latency_ms: number;
  readonly chunks?: number;
  readonly finish_reason?: string;
  readonly retry_after_ms?: number;
  /** The request's bytes never went out. */
  readonly unsent?: true;
}

export interface AttemptBase extends TokenCounts {
  readonly request_id: string;
  readonly target: string;
  /** From 1. */
  readonly pass: number;
  /** From 1; a retry is an attempt of its own. 0 put the prompt into the provider's cache. */
  readonly attempt: number;
  /** When it should have been sent, from the start of the run; a retry: when the try before it ended. */
  readonly intended_ms: number;
  readonly sent_ms: number;
  /** arb's own lateness: sent later than intended for no reason of the target's or the plan's. */
  readonly lag_ms: number;
  /** Wait for a place under the concurrency of the target or of the run. */
  readonly queue_ms: number;
  /** Wait for a rate limit, a cool-down, or money in the budget. */
  readonly limit_ms: number;
  /** Wait before a retry. */
  readonly backoff_ms: number;
  /** To set up the connection, TLS and proxy included; 0 on a warm one. */
  readonly connect_ms: number;
  /** The provider's usage object as received. */
  readonly usage?: unknown;
  /** Absent where nothing is known of the price or the usage. */
  readonly cost_usd?: number;
  readonly cost_source?: CostSource;
  /**
   * Where it may be billed and the cost is not known: the field of the usage that has no price, by
   * the provider's name; `usage` where none was sent, `price` where the model has none.
   */
  readonly cost_unknown?: string;
  /** The field of the usage that can be read in two ways; the cost is that of the dearer. */
  readonly cost_assumed?: string;
  /**
   * What counts as spent where it may have been billed and the cost is not known and, under a
   * budget, where tokens and prices make more than was reported.
   */
  readonly reserved_usd?: number;
  readonly served_model?: string;
  readonly served_by?: string;
  /** The answer came from a response cache and is no measurement. */
  readonly cache_hit?: true;
  /** Sent while the load was warming up: kept and judged, but no measurement. */
  readonly warmup?: true;
}

/** `reported` by the provider, or computed from the user's `override` or the `catalogue`. */
export type CostSource = 'reported' | 'override' | 'catalogue';

/** The text of one answer: a row of `answers.jsonl`. */
export interface Answer {
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  readonly answer: string;
  readonly reasoning?: string;
  readonly tool_calls?: readonly ToolCall[];
  /** It is text of its own prompt, which a run does not keep. */
  readonly copied?: true;
}
