import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { judgeSchema } from './judge-schema.ts';

/**
 * A market file: providers with known truth. All times are as a real provider would have them;
 * `time_scale` shortens every one of them, so that a demo at 0.1 takes a tenth of the time.
 */
const percentilesMs = z
  .strictObject({ p50_ms: z.number().min(0), p99_ms: z.number().min(0) })
  .refine((spread) => spread.p99_ms >= spread.p50_ms, 'p99_ms must not be below p50_ms');

/** A duration: fixed, or log-normal through these percentiles. */
const duration = z.union([z.number().min(0), percentilesMs]);

const count = z.union([
  z.int().min(0),
  z
    .strictObject({ p50: z.number().min(0), p99: z.number().min(0) })
    .refine((spread) => spread.p99 >= spread.p50, 'p99 must not be below p50'),
]);

const share = z.number().min(0).max(1);

const accuracy = z.strictObject({
  default: share,
  by_task: z.record(z.string(), share).default({}),
  /** From this many `input_tokens` on, at most this accuracy; for these tasks, or for all. */
  above_tokens: z
    .array(
      z.strictObject({
        tokens: z.int().min(0),
        accuracy: share,
        tasks: z.array(z.string()).optional(),
      }),
    )
    .default([]),
});

/** Ways in which real providers fail, each by its own name in the audit. */
export const failureKinds = [
  'server-error',
  'rate-limited',
  'unauthorized',
  'bad-request',
  'html',
  'reset',
  'hang',
  'stall',
  'cut-off',
  'no-finish',
  'error-event',
  'malformed',
  'endless',
  'empty',
  'content-filter',
  'length',
] as const;

const failure = z.strictObject({
  kind: z.enum(failureKinds),
  /** Share of the attempts that fail so. */
  rate: share.default(1),
  /** Only the first n attempts at the same content fail: a retry helps. Absent = every attempt. */
  attempts: z.int().min(1).optional(),
});

const rateLimit = z.strictObject({
  rpm: z.int().min(1).optional(),
  tpm: z.int().min(1).optional(),
  /** What `Retry-After` says; absent = the time until the window has room. */
  retry_after_s: z.number().min(0).optional(),
  retry_after: z.enum(['seconds', 'date', 'none']).default('seconds'),
  /** Whether x-ratelimit-* headers are sent. */
  headers: z.boolean().default(true),
});

const wire = z.strictObject({
  framing: z.enum(['lf', 'crlf']).default('lf'),
  /** Where usage is sent when the client asks for it. */
  usage: z.enum(['own-chunk', 'with-choices', 'every-chunk', 'none']).default('own-chunk'),
  /** Comment lines between events, as aggregators send to keep a connection open. */
  comments: z.boolean().default(false),
  /** Writes of this many bytes, so that lines and UTF-8 characters are split. */
  split_bytes: z.int().min(1).optional(),
  /** Field of a reasoning delta. */
  reasoning_field: z.enum(['reasoning_content', 'reasoning']).default('reasoning_content'),
  /** The `provider` that an aggregator says served the request. */
  served_by: z.string().optional(),
});

const price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cached_input: z.number().min(0).optional(),
});

const target = z.strictObject({
  /** The name it serves and answers under. */
  model: z.string().min(1),
  /** Path before `/v1`; absent = the target's name. */
  path: z.string().optional(),
  /** Targets with the same weights share their luck: one model behind two routes. */
  weights: z.string().optional(),
  price,
  /** Charged on top of the price, and not part of `usage.cost`, as with a top-up fee. */
  fee_percent: z.number().min(0).default(0),
  report_cost: z.boolean().default(false),
  /** Billed input tokens per `input_tokens` (bytes / 4): tokenizers differ. */
  tokenizer: z.number().positive().default(1),
  ttft: duration,
  ttft_per_1k_tokens_ms: z.number().min(0).default(0),
  /** What an aggregator or a cheap cluster adds before the first token. */
  added_ms: duration.default(0),
  gap: duration.default(0),
  chunk_tokens: z.int().min(1).default(4),
  output_tokens: z.strictObject({
    default: count,
    by_task: z.record(z.string(), count).default({}),
  }),
  reasoning_tokens: count.default(0),
  /** Share of the input tokens read from the provider's prompt cache. */
  cached_share: share.default(0),
  accuracy,
  context_tokens: z.int().min(1).optional(),
  rate_limit: rateLimit.optional(),
  /** Served at the same time; others wait in the provider's own queue. */
  concurrency: z.int().min(1).optional(),
  /** Nothing is written during the first `for_ms` of every `every_ms` from the first request on. */
  stall: z
    .strictObject({ every_ms: z.number().positive(), for_ms: z.number().positive() })
    .optional(),
  failures: z.array(failure).default([]),
  /** `sent`: a broken stream costs its input and what was sent; `completed`: it is free. */
  bills: z.enum(['sent', 'completed']).default('sent'),
  wire: wire.default(wire.parse({})),
  /** It judges what a judge's prompt asks, with known faults, instead of answering. */
  judge: judgeSchema.optional(),
});

export const marketSchema = z.strictObject({
  seed: z.int().default(1),
  time_scale: z.number().positive().default(1),
  /** Probability that an answer is right or wrong by the request's difficulty, not by own luck. */
  correlation: share.default(0.6),
  /** `required`: a request without a bearer token gets 401. */
  authorization: z.enum(['none', 'required']).default('none'),
  targets: z
    .record(z.string(), target)
    .refine((targets) => Object.keys(targets).length > 0, 'needs at least one target'),
});

export type Market = z.infer<typeof marketSchema>;
export type MarketTarget = Market['targets'][string];
export type Count = z.infer<typeof count>;
export type FailureKind = (typeof failureKinds)[number];

/** Reads a market file's text; `where` names the file in errors. */
export function parseMarket(text: string, where: string): Market {
  return parseInput(marketSchema, parseYaml(text, where), where);
}

function parseYaml(text: string, where: string): unknown {
  try {
    // `<<` lets targets share what they have in common.
    return parse(text, { merge: true });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${where}: not YAML: ${what}`, { cause });
  }
}
