import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { describeFaults, findLine } from '../../input.ts';
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
  default: share.describe('Share of right answers, 0 to 1.'),
  by_task: z.record(z.string(), share).default({}).describe('The same by task.'),
  above_tokens: z
    .array(
      z.strictObject({
        tokens: z.int().min(0),
        accuracy: share,
        tasks: z.array(z.string()).optional(),
      }),
    )
    .default([])
    .describe(
      'From this many input tokens on, at most this accuracy; for these tasks, or for all.',
    ),
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
  kind: z.enum(failureKinds).describe('How it fails.'),
  rate: share.default(1).describe('Share of the attempts that fail so.'),
  attempts: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Only the first n attempts at the same content fail: a retry helps (default: every attempt).',
    ),
});

const rateLimit = z.strictObject({
  rpm: z.int().min(1).optional().describe('Requests per minute.'),
  tpm: z.int().min(1).optional().describe('Tokens per minute.'),
  retry_after_s: z
    .number()
    .min(0)
    .optional()
    .describe('What Retry-After says, in s (default: the time until there is room).'),
  retry_after: z
    .enum(['seconds', 'date', 'none'])
    .default('seconds')
    .describe('How Retry-After is written.'),
  headers: z.boolean().default(true).describe('Whether x-ratelimit-* headers are sent.'),
});

const wire = z.strictObject({
  framing: z.enum(['lf', 'crlf']).default('lf').describe('Line ends of the stream.'),
  usage: z
    .enum(['own-chunk', 'with-choices', 'every-chunk', 'none'])
    .default('own-chunk')
    .describe('Where usage is sent when the client asks for it.'),
  comments: z
    .boolean()
    .default(false)
    .describe('Comment lines between events, as aggregators send to keep a connection open.'),
  split_bytes: z
    .int()
    .min(1)
    .optional()
    .describe('Writes of this many bytes, so that lines and UTF-8 characters are split.'),
  reasoning_field: z
    .enum(['reasoning_content', 'reasoning'])
    .default('reasoning_content')
    .describe('Field of a reasoning delta.'),
  served_by: z
    .string()
    .optional()
    .describe('The provider that an aggregator says served the request.'),
});

const price = z.strictObject({
  input: z.number().min(0).describe('USD per million input tokens.'),
  output: z.number().min(0).describe('USD per million output tokens.'),
  cached_input: z
    .number()
    .min(0)
    .optional()
    .describe('USD per million input tokens read from the prompt cache.'),
});

const target = z.strictObject({
  model: z.string().min(1).describe('The model name it serves and answers under.'),
  path: z.string().optional().describe('Path before /v1 (default: the name of the target).'),
  weights: z
    .string()
    .optional()
    .describe(
      'Targets with the same weights have the same answers right: one model by two routes.',
    ),
  price,
  fee_percent: z
    .number()
    .min(0)
    .default(0)
    .describe('Charged on top of the price, and not part of usage.cost.'),
  report_cost: z.boolean().default(false).describe('Whether usage.cost is sent.'),
  tokenizer: z
    .number()
    .positive()
    .default(1)
    .describe("Billed input tokens per token of arb's own count: tokenizers differ."),
  ttft: duration.describe('Time to the first token in ms: a number, or {p50_ms, p99_ms}.'),
  ttft_per_1k_tokens_ms: z
    .number()
    .min(0)
    .default(0)
    .describe('Further time per 1,000 input tokens, in ms.'),
  added_ms: duration
    .default(0)
    .describe('What an aggregator or a busy cluster adds before the first token, in ms.'),
  gap: duration.default(0).describe('Time between two chunks in ms.'),
  chunk_tokens: z.int().min(1).default(4).describe('Tokens in a chunk.'),
  output_tokens: z
    .strictObject({
      default: count,
      by_task: z.record(z.string(), count).default({}),
    })
    .describe('Length of answers in tokens: a number, or {p50, p99}.'),
  reasoning_tokens: count
    .default(0)
    .describe('Reasoning tokens before the answer, within the output limit.'),
  cached_share: share.default(0).describe('Share of the input tokens read from the prompt cache.'),
  accuracy,
  context_tokens: z.int().min(1).optional().describe('The context window.'),
  rate_limit: rateLimit.optional().describe('Requests over it get 429.'),
  concurrency: z
    .int()
    .min(1)
    .optional()
    .describe("Served at the same time; others wait in the provider's own queue."),
  stall: z
    .strictObject({ every_ms: z.number().positive(), for_ms: z.number().positive() })
    .optional()
    .describe('Nothing is written during the first for_ms of every every_ms.'),
  failures: z.array(failure).default([]).describe('Ways in which it fails.'),
  bills: z
    .enum(['sent', 'completed'])
    .default('sent')
    .describe('sent: a broken stream costs its input and what was sent; completed: it is free.'),
  wire: wire.default(wire.parse({})).describe('How its stream is written.'),
  judge: judgeSchema
    .optional()
    .describe("It judges what a judge's prompt asks, with these faults, instead of answering."),
});

/** Each has its own model of load: more are a mistake. */
const mostTargets = 1_000;

export const marketSchema = z.strictObject({
  seed: z.int().default(1).describe('Seed of everything random.'),
  time_scale: z
    .number()
    .positive()
    .default(1)
    .describe('Every time is multiplied by it: at 0.1 a demo takes a tenth of the time.'),
  correlation: share
    .default(0.6)
    .describe(
      "Probability that an answer is right or wrong by the request's difficulty, not by own luck.",
    ),
  authorization: z
    .enum(['none', 'required'])
    .default('none')
    .describe('required: a request without a bearer token gets 401.'),
  targets: z
    .record(z.string(), target)
    .refine((targets) => Object.keys(targets).length > 0, 'needs at least one target')
    .refine(
      (targets) => Object.keys(targets).length <= mostTargets,
      `has over ${mostTargets} targets`,
    )
    .describe('The simulated providers, by name.'),
});

export type Market = z.infer<typeof marketSchema>;
export type MarketTarget = Market['targets'][string];
export type Count = z.infer<typeof count>;
export type FailureKind = (typeof failureKinds)[number];

/** Reads a market file's text. @throws UsageError with `where:line: what` for each fault */
export function parseMarket(text: string, where: string): Market {
  const lines = new LineCounter();
  const document = parseWithin(text, lines, where);
  const result = marketSchema.safeParse(readValue({ document, lines }, where));
  if (result.success) return result.data;
  const faults = describeFaults(marketSchema, result.error);
  throw new UsageError(
    faults.map((f) => `${where}:${findLine({ document, lines }, f)}: ${f.text}`).join('\n'),
  );
}

type Document = ReturnType<typeof parseDocument>;

function parseWithin(text: string, lineCounter: LineCounter, where: string): Document {
  try {
    // `<<` lets targets share what they have in common.
    return parseDocument(text, { merge: true, lineCounter, prettyErrors: false });
  } catch (cause) {
    // The parser recurses: some thousand brackets end its stack.
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(`${where}: nested too deep. Write it flatter.`, { cause });
  }
}

function readValue(
  { document, lines }: { readonly document: Document; readonly lines: LineCounter },
  where: string,
): unknown {
  const [fault] = document.errors;
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new UsageError(`${where}:${line}: not YAML: ${fault.message}. Correct the line.`, {
      cause: fault,
    });
  }
  try {
    return document.toJS({ maxAliasCount: mostTargets });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${where}: not YAML: ${what}`, { cause });
  }
}
