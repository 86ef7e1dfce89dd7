import { z } from 'zod';
import { describeFaults } from '../input.ts';
import { isDeeperThan } from '../table/depth.ts';
import { type Ms, ms, tokens, usd } from '../units.ts';
import { type Expectation, expectationSchema } from './expectation.ts';
import { defaultReadingLimits, type ReadingLimits } from './limits.ts';
import type { ChatBody, Recorded, WorkloadRequest } from './request.ts';

/** One line of a workload file as it may be written; null is read as not known. */
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const orNull = <T extends z.ZodType>(schema: T) => schema.nullish();

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(part)]).nullish(),
});
const body = z.looseObject({
  messages: z.array(message).min(1, 'needs at least one message'),
  tools: z.array(z.unknown()).nullish(),
  max_tokens: z.number().int().positive().nullish(),
});

const recorded = z.strictObject({
  target: orNull(z.string()).describe('What answered then.'),
  answer: orNull(z.string()).describe('The text of the answer.'),
  tool_calls: orNull(z.array(z.strictObject({ name: z.string(), arguments: z.string() }))).describe(
    'The tools that it called; arguments are JSON text.',
  ),
  input_tokens: orNull(z.number().min(0)).describe('Input tokens that were billed.'),
  output_tokens: orNull(z.number().min(0)).describe('Output tokens that were billed.'),
  latency_ms: orNull(z.number().min(0)).describe('Time to the last token, in ms.'),
  ttft_ms: orNull(z.number().min(0)).describe('Time to the first token, in ms.'),
  cost_usd: orNull(z.number().min(0)).describe('What it cost, in USD.'),
});

const controls = /\p{Cc}/u;

/**
 * A name with half of a surrogate pair is another one when it was written and read again; one with control
 * characters is refused by the table of outcomes, after the run was paid for.
 */
const wholeText = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'holds half of a character')
  .refine((text) => !controls.test(text), 'has control characters');

export const workloadLineSchema = z
  .strictObject({
    id: orNull(wholeText).describe(
      'Name of the request, unique in the file (default: line-<number>).',
    ),
    at_ms: orNull(z.number().min(0)).describe(
      'When it was sent, in ms from any start; recorded arrivals and money per month need it.',
    ),
    task: orNull(wholeText).describe('What kind of request it is; rules may split on it.'),
    session: orNull(wholeText).describe(
      'The conversation that it belongs to; its requests are sent in order.',
    ),
    group: orNull(wholeText).describe(
      'Near-duplicates that it is one of; a certificate counts them as one unit.',
    ),
    weight: orNull(z.number().positive()).describe(
      'How many requests of the traffic it stands for (default: 1).',
    ),
    metadata: orNull(z.record(z.string(), scalar.nullable())).describe(
      'Further features: text, numbers or booleans by name, e.g. {region: eu, data_class: pii}.',
    ),
    request: orNull(body).describe('The body as an OpenAI chat completion, without the model.'),
    prompt: orNull(z.string()).describe(
      'Short for a request of one user message; give this or request.',
    ),
    expect: orNull(z.union([expectationSchema, z.array(expectationSchema)])).describe(
      'Checks of the answer, or what a judge is told; one object, or a list of which all must hold.',
    ),
    recorded: orNull(recorded).describe('What the log says of the answer given then.'),
    extensions: orNull(z.record(z.string(), z.unknown())).describe(
      'For other tools; arb reads nothing in it.',
    ),
  })
  .refine((line) => line.request != null || line.prompt != null, 'needs "request" or "prompt"');

/** OpenAI's Batch format, a workload as it stands. */
const batchLineSchema = z.looseObject({ custom_id: wholeText, body });

type Line = z.infer<typeof workloadLineSchema>;
type BatchLine = z.infer<typeof batchLineSchema>;

export type ParsedLine =
  | { readonly state: 'request'; readonly request: WorkloadRequest }
  | { readonly state: 'header' }
  | { readonly state: 'invalid'; readonly what: string };

/** Reads line number `line` of a workload. */
export function parseLine(
  text: string,
  line: number,
  { depth }: Pick<ReadingLimits, 'depth'> = defaultReadingLimits,
): ParsedLine {
  if (isDeeperThan(depth, text)) {
    return invalid(`nested more than ${depth} deep (limits.workload_depth)`);
  }
  // A quote inside a text is escaped, so this is a key.
  if (/"__proto__"\s*:/.test(text)) return invalid('the key "__proto__" is no name');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return invalid(`not valid JSON (${(error as Error).message})`);
  }
  if (line === 1 && isHeader(value)) return { state: 'header' };
  if (isBatchLine(value)) {
    const result = batchLineSchema.safeParse(value);
    if (!result.success) return invalid(faultTexts(batchLineSchema, result.error));
    return { state: 'request', request: fromBatch(result.data, line) };
  }
  const result = workloadLineSchema.safeParse(value);
  if (!result.success) return invalid(faultTexts(workloadLineSchema, result.error));
  return { state: 'request', request: fromLine(result.data, line) };
}

/** Reads again a line that `parseLine` let pass; nothing where it is the header. */
export function parseKnownLine(text: string, line: number): WorkloadRequest | undefined {
  const value: unknown = JSON.parse(text);
  if (line === 1 && isHeader(value)) return undefined;
  return isBatchLine(value) ? fromBatch(value as BatchLine, line) : fromLine(value as Line, line);
}

/** What is wrong with a line that is about to be written; nothing where it would be read. */
export function findFault(line: object): string | undefined {
  const result = workloadLineSchema.safeParse(line);
  return result.success ? undefined : faultTexts(workloadLineSchema, result.error);
}

function faultTexts(schema: z.ZodType, error: z.ZodError): string {
  return describeFaults(schema, error)
    .map((fault) => fault.text)
    .join('; ');
}

function invalid(what: string): ParsedLine {
  return { state: 'invalid', what };
}

function isHeader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && 'version' in value;
}

function isBatchLine(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'custom_id' in value;
}

function fromBatch(line: BatchLine, number: number): WorkloadRequest {
  return fromLine({ id: line.custom_id, request: line.body }, number);
}

function fromLine(line: Line, number: number): WorkloadRequest {
  const { model, ...request } = line.request ?? {
    messages: [{ role: 'user', content: line.prompt ?? '' }],
  };
  const recordedThen = toRecorded(line, model);
  return {
    id: line.id ?? `line-${number}`,
    line: number,
    ...(line.at_ms != null && { at: ms(line.at_ms) }),
    ...(line.task != null && { task: line.task }),
    ...(line.session != null && { session: line.session }),
    ...(line.group != null && { group: line.group }),
    ...(line.weight != null && { weight: line.weight }),
    metadata: withoutNulls(line.metadata ?? {}),
    body: toBody(request),
    expect: toExpectations(line),
    ...(recordedThen && { recorded: recordedThen }),
  };
}

/** arb streams and asks for usage itself; nulls at the top of a body mean "not set". */
function toBody(request: Record<string, unknown>): ChatBody {
  const { stream: _, stream_options: __, ...rest } = request;
  return withoutNulls(rest) as unknown as ChatBody;
}

function toExpectations(line: Line): readonly Expectation[] {
  if (line.expect == null) return [];
  return (Array.isArray(line.expect) ? line.expect : [line.expect]) as Expectation[];
}

function toRecorded(line: Line, model: unknown): Recorded | undefined {
  const then = withoutNulls(line.recorded ?? {});
  const target = then.target ?? (typeof model === 'string' ? model : undefined);
  const known: Recorded = {
    ...(target !== undefined && { target }),
    ...(then.answer !== undefined && { answer: then.answer }),
    ...(then.tool_calls !== undefined && { tool_calls: then.tool_calls }),
    ...(then.input_tokens !== undefined && { input_tokens: tokens(then.input_tokens) }),
    ...(then.output_tokens !== undefined && { output_tokens: tokens(then.output_tokens) }),
    ...(then.latency_ms !== undefined && { latency: ms(then.latency_ms) }),
    ...(then.ttft_ms !== undefined && { ttft: ms(then.ttft_ms) as Ms }),
    ...(then.cost_usd !== undefined && { cost: usd(then.cost_usd) }),
  };
  return Object.keys(known).length > 0 ? known : undefined;
}

function withoutNulls<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  const hasNulls = Object.values(value).some((field) => field == null);
  const kept = hasNulls ? Object.entries(value).filter(([, field]) => field != null) : undefined;
  return (kept ? Object.fromEntries(kept) : value) as { [K in keyof T]: NonNullable<T[K]> };
}
