import type { Attempt, CompletedAttempt, FailedAttempt } from './attempt.ts';
import type { SettledEvent } from './event.ts';

const first = {
  request_id: 'r',
  target: 'a',
  pass: 1,
  attempt: 1,
  intended_ms: 0,
  sent_ms: 0,
  lag_ms: 0,
  queue_ms: 0,
  limit_ms: 0,
  backoff_ms: 0,
  connect_ms: 0,
};

/** A first attempt of target `a`, sent at once and answered in 600 ms, with some fields of a test's own. */
export const completedAttempt = (own: Partial<CompletedAttempt> = {}): CompletedAttempt => ({
  ...first,
  status: 'ok',
  http_status: 200,
  first_byte_ms: 100,
  ttft_ms: 100,
  latency_ms: 600,
  chunks: 11,
  finish_reason: 'stop',
  ...own,
});

export const failedAttempt = (own: Partial<FailedAttempt> = {}): FailedAttempt => ({
  ...first,
  status: 'server-error',
  error: 'e',
  latency_ms: 50,
  ...own,
});

/** The end of request `r` at target `a`. */
export const settledAfter = (...attempts: readonly Attempt[]): SettledEvent => ({
  kind: 'settled',
  request_id: 'r',
  target: 'a',
  pass: 1,
  attempts,
});
