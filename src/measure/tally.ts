import type { Attempt, CostSource } from '../replay/event/attempt.ts';
import { mayBeBilled } from '../replay/event/billing.ts';
import { type TokenTotal, tokenFigures } from '../replay/event/token-figures.ts';
import type { FailedStatus, Totals } from './summary.ts';

/** Running counts and sums of attempts and requests. */
export interface AttemptTally {
  requests: number;
  ok: number;
  skipped: number;
  attempts: number;
  retries: number;
  cacheHits: number;
  warmup: number;
  readonly failures: Map<FailedStatus, number>;
  /** Sums, by their names in the summary. */
  readonly tokens: Record<TokenTotal, number>;
  firstSent: number;
  lastEnd: number;
  cost: number;
  readonly costBySource: Map<CostSource, number>;
  retriesCost: number;
  failedCost: number;
  unknownCost: number;
  /** Of them, by the field of the usage that has no price. */
  readonly unknownFields: Map<string, number>;
  /** Attempts whose usage can be read in two ways, by the field. */
  readonly assumedFields: Map<string, number>;
}

export function emptyTally(): AttemptTally {
  return {
    requests: 0,
    ok: 0,
    skipped: 0,
    attempts: 0,
    retries: 0,
    cacheHits: 0,
    warmup: 0,
    failures: new Map(),
    tokens: emptyTokens(),
    firstSent: Infinity,
    lastEnd: 0,
    cost: 0,
    costBySource: new Map(),
    retriesCost: 0,
    failedCost: 0,
    unknownCost: 0,
    unknownFields: new Map(),
    assumedFields: new Map(),
  };
}

const emptyTokens = () =>
  Object.fromEntries(tokenFigures.map(({ total }) => [total, 0])) as Record<TokenTotal, number>;

export function countAttempt(tally: AttemptTally, attempt: Attempt): void {
  tally.attempts += 1;
  if (attempt.attempt > 1) tally.retries += 1;
  if (attempt.cache_hit) tally.cacheHits += 1;
  if (attempt.warmup) tally.warmup += 1;
  if (attempt.status !== 'ok') increase(tally.failures, attempt.status, 1);
  for (const { total, field } of tokenFigures) tally.tokens[total] += attempt[field] ?? 0;
  tally.firstSent = Math.min(tally.firstSent, attempt.sent_ms);
  tally.lastEnd = Math.max(tally.lastEnd, attempt.sent_ms + attempt.latency_ms);
  countCost(tally, attempt);
}

function countCost(tally: AttemptTally, attempt: Attempt): void {
  const { cost_usd: cost, cost_unknown, cost_assumed } = attempt;
  if (cost_unknown !== undefined) increase(tally.unknownFields, cost_unknown, 1);
  if (cost_assumed !== undefined) increase(tally.assumedFields, cost_assumed, 1);
  if (cost === undefined) {
    if (mayBeBilled(attempt)) tally.unknownCost += 1;
    return;
  }
  tally.cost += cost;
  if (attempt.cost_source) increase(tally.costBySource, attempt.cost_source, cost);
  if (attempt.attempt > 1) tally.retriesCost += cost;
  if (attempt.status !== 'ok') tally.failedCost += cost;
}

function increase<K>(sums: Map<K, number>, key: K, by: number): void {
  sums.set(key, (sums.get(key) ?? 0) + by);
}

/** The tallies of several targets as one. */
export function sumTallies(tallies: readonly AttemptTally[]): AttemptTally {
  const sum = emptyTally();
  for (const tally of tallies) {
    for (const name of additive) sum[name] += tally[name];
    for (const { total } of tokenFigures) sum.tokens[total] += tally.tokens[total];
    sum.firstSent = Math.min(sum.firstSent, tally.firstSent);
    sum.lastEnd = Math.max(sum.lastEnd, tally.lastEnd);
    for (const [reason, count] of tally.failures) increase(sum.failures, reason, count);
    for (const [source, cost] of tally.costBySource) increase(sum.costBySource, source, cost);
    for (const [field, count] of tally.unknownFields) increase(sum.unknownFields, field, count);
    for (const [field, count] of tally.assumedFields) increase(sum.assumedFields, field, count);
  }
  return sum;
}

const additive = [
  'requests',
  'ok',
  'skipped',
  'attempts',
  'retries',
  'cacheHits',
  'warmup',
  'cost',
  'retriesCost',
  'failedCost',
  'unknownCost',
] as const satisfies readonly (keyof AttemptTally)[];

export function toTotals(tally: AttemptTally): Totals {
  const span = tally.attempts === 0 ? 0 : tally.lastEnd - tally.firstSent;
  return {
    requests: tally.requests,
    ok: tally.ok,
    failed: tally.requests - tally.ok,
    skipped: tally.skipped,
    attempts: tally.attempts,
    retries: tally.retries,
    cache_hits: tally.cacheHits,
    warmup: tally.warmup,
    failures: Object.fromEntries(tally.failures),
    tokens: tally.tokens,
    span_ms: span,
    ...(span > 0 && {
      requests_per_s: (tally.ok * 1_000) / span,
      output_tokens_per_s: (tally.tokens.output * 1_000) / span,
    }),
    cost: {
      total_usd: tally.cost,
      by_source: Object.fromEntries(tally.costBySource),
      retries_usd: tally.retriesCost,
      failed_usd: tally.failedCost,
      ...(tally.ok > 0 && { per_completed_usd: tally.cost / tally.ok }),
      unknown_attempts: tally.unknownCost,
      ...(tally.unknownFields.size > 0 && {
        unknown_fields: Object.fromEntries(tally.unknownFields),
      }),
      ...(tally.assumedFields.size > 0 && {
        assumed_fields: Object.fromEntries(tally.assumedFields),
      }),
    },
  };
}
