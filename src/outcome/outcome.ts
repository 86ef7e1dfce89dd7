import type { Features } from '../workload/request.ts';

/**
 * What one target did with one request: a row of `outcomes.jsonl`, the door between the measuring
 * and the deciding wing. Anybody's table is welcome with as little as `request_id`, `target`,
 * `cost_usd` and `quality`.
 */
export interface Outcome {
  readonly request_id: string;
  readonly target: string;
  /** From 1; absent = 1. */
  readonly pass?: number;
  readonly task?: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly reason?: string;
  readonly attempts?: number;
  /** The feature: ceil(bytes / 4). */
  readonly input_tokens?: number;
  readonly billed_input_tokens?: number;
  readonly output_tokens?: number;
  /** All attempts together; what is not known at its reservation. Absent where that is not known. */
  readonly cost_usd?: number;
  /**
   * Why the cost is not known, though `cost_usd` may be a reservation: the field of the usage that has
   * no price, by the provider's name; `usage` or `price` where there is none.
   */
  readonly cost_unknown?: string;
  /** 0 to 1; absent = not judged. */
  readonly quality?: number;
  readonly quality_kind?: QualityKind;
  /** User view: waits and retries are in. */
  readonly ttft_ms?: number;
  readonly latency_ms?: number;
  /** When the first attempt was sent, from the start of the run; absent where none was. */
  readonly sent_ms?: number;
  readonly session?: string;
  /** Near-duplicates that the request is one of; they are one unit of a certificate. */
  readonly group?: string;
  readonly weight?: number;
  readonly features?: Features;
}

/** How a quality was found. */
export const qualityKinds = ['check', 'agreement', 'pairwise', 'rubric'] as const;

export type QualityKind = (typeof qualityKinds)[number];
