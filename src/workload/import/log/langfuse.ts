import type { Imported, ImportedLine, LogFormat } from '../record/format.ts';
import { readAnswer } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped, toMessages } from '../record/openai-body.ts';
import { fromParts } from '../record/part-messages.ts';
import {
  type Fields,
  fromJsonText,
  known,
  taskInTags,
  toAmount,
  toDuration,
  toFields,
  toInstant,
  toList,
  toMetadata,
  toText,
  toWord,
} from '../record/values.ts';

/**
 * Langfuse's observations: the blob export (JSON Lines, CSV, Parquet; snake_case), the API's JSON and
 * the interface's export (camelCase), traces with their observations inside (OpenRouter's Broadcast
 * writes those too). Only generations are model calls; spans and events are passed over.
 */
export const langfuse: LogFormat = {
  title: 'Langfuse observations',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row) return 0;
    if (toList(row.observations)) return row.id === undefined ? 0.6 : 0.9;
    const hasTrace = row.trace_id !== undefined || row.traceId !== undefined;
    const hasStart = row.start_time !== undefined || row.startTime !== undefined;
    return hasTrace && hasStart && toText(row.type) !== undefined ? 1 : 0;
  },
  createReader() {
    const seen = new Set<string>();
    return {
      read: (value) => observationsIn(value).flatMap((each) => readObservation(each, seen)),
    };
  },
};

/** The observations of a record, with what their trace says where it is around them. */
function observationsIn(value: unknown): readonly Fields[] {
  const row = toFields(value) ?? {};
  const inside = toList(row.observations);
  if (!inside) return [row];
  const trace = { sessionId: row.sessionId ?? row.session_id, userId: row.userId, tags: row.tags };
  return inside.map((each) => ({ ...trace, traceId: row.id, ...toFields(each) }));
}

function readObservation(row: Fields, seen: Set<string>): Imported[] {
  if (!/^generation$/i.test(toWord(row.type))) return [];
  const get = (snake: string, camel: string) => row[snake] ?? row[camel];
  const id = toText(row.id);
  if (id !== undefined && seen.has(id)) return [{ state: 'dropped', reason: 'duplicate' }];
  if (id !== undefined) seen.add(id);
  if (row.level === 'ERROR') return [{ state: 'dropped', reason: 'failure' }];
  const parameters = toFields(get('model_parameters', 'modelParameters')) ?? {};
  const tools = toTools(get('tool_definitions', 'toolDefinitions'));
  const body = toChatBody({ ...sendable(parameters), ...known({ tools }), ...askedIn(row.input) });
  if (body.state !== 'chat') {
    const why = 'the export leaves out input and output (field group io)';
    return [toDropped(body, row.input === undefined ? why : undefined)];
  }
  if (isTruncated(body.request)) return [{ state: 'dropped', reason: 'truncated' }];
  // A text may be kept as JSON text.
  const output = /^\s*"/.test(toText(row.output) ?? '') ? fromJsonText(row.output) : row.output;
  const start = get('start_time', 'startTime');
  const latency = toDuration(start, get('end_time', 'endTime'));
  const usage = toFields(get('usage_details', 'usageDetails')) ?? toFields(row.usage);
  const cost = toFields(get('cost_details', 'costDetails'))?.total;
  const recorded = known({
    target: toText(get('provided_model_name', 'providedModelName')) ?? toText(row.model),
    ...readAnswer(output),
    input_tokens: inputTokens(usage) ?? toAmount(row.inputTokens),
    output_tokens: toAmount(
      usage?.output ?? usage?.completionTokens ?? usage?.completion_tokens ?? row.outputTokens,
    ),
    latency_ms: latency,
    ttft_ms:
      toDuration(start, get('completion_start_time', 'completionStartTime')) ??
      firstToken(row, latency),
    cost_usd: toAmount(get('total_cost', 'totalCost') ?? row.calculatedTotalCost ?? cost),
  });
  const metadata = {
    ...toMetadata(row.metadata),
    ...known({ user: toText(get('user_id', 'userId')) }),
  };
  const task = taskInTags(row.tags) ?? toText(get('prompt_name', 'promptName'));
  const line: ImportedLine = {
    ...known({
      id,
      at_ms: toInstant(start),
      task,
      session: toText(get('session_id', 'sessionId')),
    }),
    ...(Object.keys(metadata).length > 0 && { metadata: metadata as Record<string, string> }),
    request: body.request,
    ...(recorded && { recorded }),
  };
  return [{ state: 'request', line }];
}

/** Input is a list of messages, one message, a body of any API, a text, or any of these as JSON text. */
function askedIn(input: unknown): Fields {
  const value = fromJsonText(input);
  const body = toFields(value);
  if (body?.messages !== undefined) return sendable(body);
  const isBody = (body?.contents ?? body?.input ?? toText(body?.prompt)) !== undefined;
  if (body && isBody) return body;
  const given = body?.role === undefined ? value : [body];
  const messages = toList(given) ? (fromParts(given) ?? toMessages(given)) : toMessages(given);
  return messages ? { messages } : {};
}

/** Parameters as SDKs write them, without what is not sent. */
function sendable(parameters: Fields): Fields {
  const entries = Object.entries(parameters).filter(
    ([key, value]) =>
      value !== null && value !== '' && !/^(?:callbacks|verbose|_type|n_jobs)$/.test(key),
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      typeof value === 'string' ? (toAmount(value) ?? value) : value,
    ]),
  );
}

function toTools(value: unknown): readonly Fields[] | undefined {
  const list = toList(value)?.map((each) => toFields(each) ?? {});
  if (!list || list.length === 0) return undefined;
  return list.map((tool) => (tool.function ? tool : { type: 'function', function: tool }));
}

/** Langfuse counts cached input apart, under several names. */
function inputTokens(usage: Fields | undefined): number | undefined {
  const whole = toAmount(usage?.prompt_tokens);
  if (whole !== undefined) return whole;
  const fresh = toAmount(usage?.input ?? usage?.promptTokens);
  if (fresh === undefined || !usage) return undefined;
  const apart = [
    'input_cached_tokens',
    'cache_read_input_tokens',
    'input_cache_read',
    'input_cache_creation',
    'cache_creation_input_tokens',
  ];
  return apart.reduce((sum, name) => sum + (toAmount(usage[name]) ?? 0), fresh);
}

/**
 * `time_to_first_token` in ms: exports write it, as `latency`, in seconds since April 2026 and in
 * milliseconds before. The latency between the two instants says which.
 */
function firstToken(row: Fields, latency: number | undefined): number | undefined {
  const first = toAmount(row.time_to_first_token ?? row.timeToFirstToken);
  const said = toAmount(row.latency);
  if (first === undefined || said === undefined || latency === undefined) return undefined;
  const asSeconds = Math.abs(said * 1_000 - latency);
  return asSeconds <= Math.abs(said - latency) ? first * 1_000 : first;
}
