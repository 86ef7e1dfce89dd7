import type { Mutable } from '../../provider/answer/answer-event.ts';
import type { CompletedExchange, FailedExchange } from '../../provider/answer/exchange.ts';
import type { Usage } from '../../provider/usage/usage.ts';
import { type Ms, roundMs } from '../../units.ts';
import type { Attempt, AttemptBase, CompletedAttempt, FailedAttempt } from '../event/attempt.ts';
import { mayBeBilled } from '../event/billing.ts';
import { tokenFigures } from '../event/token-figures.ts';
import type { MostTokens } from '../load/worst-case.ts';
import type { Pricing } from './context.ts';
import type { Trial } from './task.ts';

/** The row of one try; times count from `startedAt`. */
export function toAttempt(trial: Trial, startedAt: Ms, pricing: Pricing): Attempt {
  const { exchange } = trial;
  const base = toBase(trial, startedAt);
  Object.assign(base, toTokens(exchange.usage));
  if (exchange.rawUsage !== undefined) base.usage = exchange.rawUsage;
  if (exchange.servedModel !== undefined) base.served_model = exchange.servedModel;
  if (exchange.servedBy !== undefined) base.served_by = exchange.servedBy;
  const sentAt = exchange.sentAt ?? trial.calledAt;
  const row =
    exchange.state === 'completed'
      ? completed(base, exchange, sentAt)
      : failed(base, exchange, { sentAt, redact: trial.task.state.redact });
  return Object.assign(row, toCost(trial, row, pricing));
}

function completed(base: AttemptBase, exchange: CompletedExchange, sentAt: Ms): CompletedAttempt {
  const row: Mutable<CompletedAttempt> = {
    ...base,
    status: 'ok',
    http_status: exchange.httpStatus,
    first_byte_ms: roundMs(exchange.firstByteAt - sentAt),
    ttft_ms: roundMs(exchange.firstTokenAt - sentAt),
    latency_ms: roundMs(exchange.lastContentAt - sentAt),
    chunks: exchange.chunks,
    finish_reason: exchange.finishReason,
  };
  if (exchange.firstAnswerAt !== undefined) row.ttfo_ms = roundMs(exchange.firstAnswerAt - sentAt);
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
    latency_ms: roundMs(exchange.failedAt - sentAt),
  };
  if (exchange.sentAt === undefined) row.unsent = true;
  const { httpStatus, firstByteAt, firstTokenAt, chunks, finishReason, retryAfter } = exchange;
  if (httpStatus !== undefined) row.http_status = httpStatus;
  if (firstByteAt !== undefined) row.first_byte_ms = roundMs(firstByteAt - sentAt);
  if (firstTokenAt !== undefined) row.ttft_ms = roundMs(firstTokenAt - sentAt);
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
    intended_ms: roundMs(intendedAt - startedAt),
    sent_ms: roundMs(sentAt - startedAt),
    lag_ms: roundMs(Math.max(0, sentAt - intendedAt - waited)),
    queue_ms: roundMs(waits.queue),
    limit_ms: roundMs(waits.limit),
    backoff_ms: roundMs(waits.backoff),
    connect_ms: roundMs(exchange.connect ?? 0),
  };
  const warmingUp = intendedAt - startedAt < task.state.warmup;
  if (warmingUp || trial.number === 0) base.warmup = true;
  return base;
}

function toTokens(usage: Usage | undefined): Partial<AttemptBase> {
  const tokens: Partial<Mutable<AttemptBase>> = {};
  if (!usage) return tokens;
  for (const { field, usage: name } of tokenFigures) {
    const count = usage[name];
    if (count !== undefined) tokens[field] = count;
  }
  return tokens;
}

/** What it cost; where that is not known, why, and what counts as spent. */
function toCost(
  { task, exchange }: Trial,
  row: Attempt,
  pricing: Pricing,
): Partial<AttemptBase> | undefined {
  const { target } = task.state;
  const { usage } = exchange;
  const price = usage && pricing.price(target, usage);
  // A provider may claim more tokens than there are numbers: a cost without an end is not known.
  if (usage && price && price.cost !== undefined && Number.isFinite(price.cost)) {
    const computed =
      task.worst !== undefined && price.source === 'reported' && pricing.computed(target, usage);
    const known: Partial<Mutable<AttemptBase>> = {
      cost_usd: price.cost,
      cost_source: price.source,
    };
    if (usage.assumed !== undefined && price.source !== 'reported') {
      known.cost_assumed = usage.assumed;
    }
    // Under a cap the larger of reported and computed counts.
    if (computed && computed > price.cost && Number.isFinite(computed))
      known.reserved_usd = computed;
    return known;
  }
  if (!mayBeBilled(row)) return undefined;
  // Without a budget nothing was reserved: then the dearest price of the tokens that were counted.
  const reserved = task.worst ?? (usage && pricing.worstCaseCost(target, mostOf(usage)));
  return {
    cost_unknown: price && 'unknown' in price ? price.unknown : usage ? 'price' : 'usage',
    ...(reserved !== undefined && Number.isFinite(reserved) && { reserved_usd: reserved }),
  };
}

const mostOf = ({ inputTokens, outputTokens, units = [] }: Usage): MostTokens => ({
  input: inputTokens,
  output: outputTokens,
  units: units.map(({ unit }) => unit),
});

function largest(gaps: readonly number[]): number {
  let max = 0;
  for (const gap of gaps) if (gap > max) max = gap;
  return max;
}
