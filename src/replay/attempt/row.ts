import type { Mutable } from '../../provider/answer/answer-event.ts';
import type {
  CompletedExchange,
  Exchange,
  FailedExchange,
  Usage,
} from '../../provider/answer/exchange.ts';
import { type Ms, ms } from '../../units.ts';
import type { Attempt, AttemptBase, CompletedAttempt, FailedAttempt } from '../event/attempt.ts';
import type { Pricing } from './context.ts';
import type { Trial } from './task.ts';

/** The row of one try; times count from `startedAt`. */
export function toAttempt(trial: Trial, startedAt: Ms, pricing: Pricing): Attempt {
  const { exchange } = trial;
  const base = toBase(trial, startedAt);
  Object.assign(base, toTokens(exchange.usage), toCost(trial, pricing));
  if (exchange.rawUsage !== undefined) base.usage = exchange.rawUsage;
  if (exchange.servedModel !== undefined) base.served_model = exchange.servedModel;
  if (exchange.servedBy !== undefined) base.served_by = exchange.servedBy;
  const sentAt = exchange.sentAt ?? trial.calledAt;
  return exchange.state === 'completed'
    ? completed(base, exchange, sentAt)
    : failed(base, exchange, { sentAt, redact: trial.task.state.redact });
}

function completed(base: AttemptBase, exchange: CompletedExchange, sentAt: Ms): CompletedAttempt {
  const row: Mutable<CompletedAttempt> = {
    ...base,
    status: 'ok',
    http_status: exchange.httpStatus,
    first_byte_ms: round(exchange.firstByteAt - sentAt),
    ttft_ms: round(exchange.firstTokenAt - sentAt),
    latency_ms: round(exchange.lastContentAt - sentAt),
    chunks: exchange.chunks,
    finish_reason: exchange.finishReason,
  };
  if (exchange.firstAnswerAt !== undefined) row.ttfo_ms = round(exchange.firstAnswerAt - sentAt);
  if (exchange.gaps.length > 0) row.gap_max_ms = largest(exchange.gaps) / 1_000;
  if (exchange.cacheHit) row.cache_hit = true;
  return row;
}

function failed(
  base: AttemptBase,
  exchange: FailedExchange,
  { sentAt, redact }: { readonly sentAt: Ms; readonly redact: (text: string) => string },
): FailedAttempt {
  const row: Mutable<FailedAttempt> = {
    ...base,
    status: exchange.reason,
    error: redact(exchange.error),
    latency_ms: round(exchange.failedAt - sentAt),
  };
  const { httpStatus, firstByteAt, firstTokenAt, chunks, finishReason, retryAfter } = exchange;
  if (httpStatus !== undefined) row.http_status = httpStatus;
  if (firstByteAt !== undefined) row.first_byte_ms = round(firstByteAt - sentAt);
  if (firstTokenAt !== undefined) row.ttft_ms = round(firstTokenAt - sentAt);
  if (chunks !== undefined) row.chunks = chunks;
  if (finishReason !== undefined) row.finish_reason = finishReason;
  if (retryAfter !== undefined) row.retry_after_ms = retryAfter;
  return row;
}

function toBase(trial: Trial, startedAt: Ms): Mutable<AttemptBase> {
  const { exchange, task, waits, intendedAt } = trial;
  const sentAt = exchange.sentAt ?? trial.calledAt;
  const connect = exchange.sentAt === undefined ? 0 : (exchange.connect ?? 0);
  const waited = waits.queue + waits.limit + waits.backoff + connect;
  const base: Mutable<AttemptBase> = {
    request_id: task.requestId,
    target: task.state.target.name,
    pass: task.pass,
    attempt: trial.number,
    intended_ms: round(intendedAt - startedAt),
    sent_ms: round(sentAt - startedAt),
    lag_ms: round(Math.max(0, sentAt - intendedAt - waited)),
    queue_ms: round(waits.queue),
    limit_ms: round(waits.limit),
    backoff_ms: round(waits.backoff),
    connect_ms: round(exchange.connect ?? 0),
  };
  const warmingUp = intendedAt - startedAt < task.state.warmup;
  if (warmingUp || trial.number === 0) base.warmup = true;
  return base;
}

function toTokens(usage: Usage | undefined): Partial<AttemptBase> | undefined {
  if (!usage) return undefined;
  const tokens: Partial<Mutable<AttemptBase>> = {
    billed_input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
  };
  if (usage.cachedTokens !== undefined) tokens.cached_tokens = usage.cachedTokens;
  if (usage.cacheWriteTokens !== undefined) tokens.cache_write_tokens = usage.cacheWriteTokens;
  if (usage.reasoningTokens !== undefined) tokens.reasoning_tokens = usage.reasoningTokens;
  return tokens;
}

function toCost({ task, exchange }: Trial, pricing: Pricing): Partial<AttemptBase> | undefined {
  const price = exchange.usage && pricing.price(task.state.target, exchange.usage);
  if (price) return { cost_usd: price.cost, cost_source: price.source };
  if (task.worst === undefined || !mayBeBilled(exchange)) return undefined;
  return { reserved_usd: task.worst };
}

/** Neither what never went out nor an error status instead of an answer is billed by anyone known. */
function mayBeBilled(exchange: Exchange): boolean {
  if (exchange.state === 'completed') return true;
  if (exchange.sentAt === undefined) return false;
  return (exchange.httpStatus ?? 0) < 400 || exchange.firstTokenAt !== undefined;
}

function largest(gaps: readonly number[]): number {
  let max = 0;
  for (const gap of gaps) if (gap > max) max = gap;
  return max;
}

/** To whole microseconds, the resolution of what is stored. */
const round = (value: number): Ms => ms(Math.round(value * 1_000) / 1_000);
