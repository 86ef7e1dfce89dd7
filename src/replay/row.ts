import type { Exchange, Usage } from '../provider/exchange.ts';
import { type Ms, ms } from '../units.ts';
import type { Attempt, AttemptBase } from './attempt.ts';
import type { Pricing } from './context.ts';
import type { Task } from './task.ts';

/** What was waited for before the bytes went out. */
export interface Waits {
  readonly queue: Ms;
  readonly limit: Ms;
  readonly backoff: Ms;
}

/** One try, timed on the clock of the thread. */
export interface Try {
  readonly task: Task;
  /** From 1. */
  readonly number: number;
  readonly intendedAt: Ms;
  /** The client was asked to send. */
  readonly calledAt: Ms;
  readonly waits: Waits;
  readonly exchange: Exchange;
}

/** The row of one try; times count from `startedAt`. */
export function attemptOf(tried: Try, startedAt: Ms, pricing: Pricing): Attempt {
  const { exchange, task } = tried;
  const base = baseOf(tried, startedAt, pricing);
  const sentAt = exchange.sentAt ?? tried.calledAt;
  if (exchange.state === 'completed') {
    const gapMax = largest(exchange.gaps);
    return {
      ...base,
      status: 'ok',
      http_status: exchange.httpStatus,
      first_byte_ms: round(exchange.firstByteAt - sentAt),
      ttft_ms: round(exchange.firstTokenAt - sentAt),
      ...(exchange.firstAnswerAt !== undefined && {
        ttfo_ms: round(exchange.firstAnswerAt - sentAt),
      }),
      latency_ms: round(exchange.lastContentAt - sentAt),
      chunks: exchange.chunks,
      ...(gapMax !== undefined && { gap_max_ms: gapMax / 1_000 }),
      finish_reason: exchange.finishReason,
      ...(exchange.cacheHit && { cache_hit: true as const }),
    };
  }
  const { firstByteAt, firstTokenAt } = exchange;
  return {
    ...base,
    status: exchange.reason,
    error: task.lane.redact(exchange.error),
    latency_ms: round(exchange.failedAt - sentAt),
    ...(exchange.httpStatus !== undefined && { http_status: exchange.httpStatus }),
    ...(firstByteAt !== undefined && { first_byte_ms: round(firstByteAt - sentAt) }),
    ...(firstTokenAt !== undefined && { ttft_ms: round(firstTokenAt - sentAt) }),
    ...(exchange.chunks !== undefined && { chunks: exchange.chunks }),
    ...(exchange.finishReason !== undefined && { finish_reason: exchange.finishReason }),
    ...(exchange.retryAfter !== undefined && { retry_after_ms: exchange.retryAfter }),
  };
}

function baseOf(tried: Try, startedAt: Ms, pricing: Pricing): AttemptBase {
  const { exchange, task, waits, intendedAt } = tried;
  const sentAt = exchange.sentAt ?? tried.calledAt;
  const connect = exchange.sentAt === undefined ? 0 : (exchange.connect ?? 0);
  const waited = waits.queue + waits.limit + waits.backoff + connect;
  const { usage } = exchange;
  const warm = intendedAt - startedAt < task.lane.warmup;
  return {
    request_id: task.request.id,
    target: task.lane.target.name,
    pass: task.pass,
    attempt: tried.number,
    intended_ms: round(intendedAt - startedAt),
    sent_ms: round(sentAt - startedAt),
    lag_ms: round(Math.max(0, sentAt - intendedAt - waited)),
    queue_ms: round(waits.queue),
    limit_ms: round(waits.limit),
    backoff_ms: round(waits.backoff),
    connect_ms: round(exchange.connect ?? 0),
    ...(usage && tokensOf(usage)),
    ...(exchange.rawUsage !== undefined && { usage: exchange.rawUsage }),
    ...costOf(tried, pricing),
    ...(exchange.servedModel !== undefined && { served_model: exchange.servedModel }),
    ...(exchange.servedBy !== undefined && { served_by: exchange.servedBy }),
    ...(warm && { warmup: true as const }),
  };
}

function tokensOf(usage: Usage) {
  return {
    billed_input_tokens: usage.inputTokens,
    ...(usage.cachedTokens !== undefined && { cached_tokens: usage.cachedTokens }),
    ...(usage.cacheWriteTokens !== undefined && { cache_write_tokens: usage.cacheWriteTokens }),
    output_tokens: usage.outputTokens,
    ...(usage.reasoningTokens !== undefined && { reasoning_tokens: usage.reasoningTokens }),
  };
}

function costOf({ task, exchange }: Try, pricing: Pricing) {
  const price = exchange.usage && pricing.priceOf(task.lane.target, exchange.usage);
  if (price) return { cost_usd: price.cost, cost_source: price.source };
  const reserved = task.worst !== undefined && mayBeBilled(exchange);
  return reserved ? { reserved_usd: task.worst } : undefined;
}

/** Neither what never went out nor an error status instead of an answer is billed by anyone known. */
function mayBeBilled(exchange: Exchange): boolean {
  if (exchange.state === 'completed') return true;
  if (exchange.sentAt === undefined) return false;
  return (exchange.httpStatus ?? 0) < 400 || exchange.firstTokenAt !== undefined;
}

function largest(gaps: Uint32Array): number | undefined {
  let max: number | undefined;
  for (const gap of gaps) if (max === undefined || gap > max) max = gap;
  return max;
}

/** To whole microseconds, the resolution of what is stored. */
const round = (value: number): Ms => ms(Math.round(value * 1_000) / 1_000);
