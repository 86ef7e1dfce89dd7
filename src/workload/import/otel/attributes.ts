import { type Fields, toAmount, toFields, toInstant, toList, toWord } from '../record/values.ts';

/** One span in the words of its instrumentation, whatever way the exporter writes attributes. */
export interface OtelSpan {
  readonly name: string;
  readonly spanId?: string;
  readonly traceId?: string;
  readonly startedAt: unknown;
  readonly endedAt: unknown;
  readonly attributes: Fields;
  readonly failed: boolean;
}

/**
 * The spans in one record of OTLP JSON: a whole export (`resourceSpans`), one of its elements, a bare
 * span, a span as the SDKs' own JSON exporters, Tempo, Jaeger or Zipkin write it, a trace of MLflow
 * (`data.spans`), or a row of a table of spans (`attributes.*`, `customDimensions`). Content that an instrumentation puts into the span's events is
 * read as attributes of the span.
 */
export function spansIn(value: unknown): readonly OtelSpan[] {
  const row = toFields(value);
  if (!row) return [];
  const resources = toList(
    row.resourceSpans ?? row.resource_spans ?? row.batches ?? toFields(row.trace)?.resourceSpans,
  );
  if (resources) return resources.flatMap(spansIn);
  const scopes = toList(row.scopeSpans ?? row.scope_spans ?? row.instrumentationLibrarySpans);
  if (scopes) return scopes.flatMap(spansIn);
  const spans = toList(row.spans ?? toFields(row.data)?.spans);
  if (spans) return spans.flatMap(spansIn);
  const attributes = attributesOf(row);
  return attributes ? [toSpan(row, attributes)] : [];
}

const COLUMN = 'attributes.';

function attributesOf(row: Fields): Fields | undefined {
  if (row.attributes !== undefined) return toAttributes(row.attributes);
  // Application Insights; Jaeger and Zipkin, whose spans have a duration.
  if (row.customDimensions !== undefined) return toAttributes(row.customDimensions);
  if (row.tags !== undefined && row.duration !== undefined) return toAttributes(row.tags);
  const columns = Object.entries(row).filter(([key]) => key.startsWith(COLUMN));
  if (columns.length === 0) return undefined;
  const named = columns.map(([key, value]) => [key.slice(COLUMN.length), value] as const);
  return flattened(Object.fromEntries(named));
}

function toSpan(row: Fields, attributes: Fields): OtelSpan {
  const context = toFields(row.context) ?? toFields(row.spanContext);
  const status =
    toFields(row.status)?.code ??
    toFields(row.status)?.status_code ??
    row.status_code ??
    row.statusCode;
  const spanId = row.spanId ?? row.span_id ?? context?.span_id ?? context?.spanId;
  const id = spanId ?? row['context.span_id'] ?? row.spanID ?? row.id;
  const traceId = row.traceId ?? row.trace_id ?? context?.trace_id ?? context?.traceId;
  const trace = traceId ?? row['context.trace_id'] ?? row.traceID ?? row.operation_Id;
  const kind = row.span_kind ?? row.spanKind;
  return {
    name: toWord(row.name ?? ''),
    ...(typeof id === 'string' && { spanId: id }),
    ...(typeof trace === 'string' && { traceId: trace }),
    ...timesOf(row),
    attributes: {
      // Phoenix moves the kind out of the attributes.
      ...(kind === 'LLM' && { 'openinference.span.kind': kind }),
      ...eventAttributes(row.events),
      ...attributes,
    },
    failed: status === 2 || /^(?:STATUS_CODE_)?ERROR$/.test(toWord(status)),
  };
}

/**
 * What the events of a span say. Those of single messages (`gen_ai.user.message`, `gen_ai.choice`,
 * before the conventions had attributes for them) become the messages of the span.
 */
function eventAttributes(value: unknown): Fields {
  const messages: Fields[] = [];
  const choices: Fields[] = [];
  const others: [string, unknown][] = [];
  for (const each of toList(value) ?? []) {
    const event = toFields(each);
    const attributes = toAttributes(event?.attributes);
    const [, role] =
      /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(toWord(event?.name)) ?? [];
    const content = toFields(attributes['gen_ai.event.content'] ?? event?.body) ?? attributes;
    if (event?.name === 'gen_ai.choice') choices.push(toFields(content.message) ?? content);
    else if (role !== undefined) {
      const { id, ...said } = content;
      messages.push({ role, ...said, ...(role === 'tool' && { tool_call_id: id }) });
    } else others.push(...Object.entries(attributes));
  }
  return {
    ...Object.fromEntries(others),
    ...(messages.length > 0 && { 'gen_ai.input.messages': messages }),
    ...(choices.length > 0 && { 'gen_ai.output.messages': choices }),
  };
}

/** Under the names of OTLP, of the SDKs, of tables and of Logfire; else by a duration. */
function timesOf(row: Fields): Pick<OtelSpan, 'startedAt' | 'endedAt'> {
  const start = row.startTimeUnixNano ?? row.start_time_unix_nano ?? row.start_time;
  const startedAt = toTime(start ?? row.startTime ?? row.start_timestamp ?? row.timestamp);
  const end = row.endTimeUnixNano ?? row.end_time_unix_nano ?? row.end_time;
  const endedAt = toTime(end ?? row.endTime ?? row.end_timestamp);
  if (endedAt !== undefined || row.duration === undefined) return { startedAt, endedAt };
  // Jaeger and Zipkin count both in microseconds, Application Insights writes ms beside an ISO instant.
  const [from, took] = [toInstant(startedAt), toAmount(row.duration)];
  if (from === undefined || took === undefined) return { startedAt, endedAt };
  return { startedAt, endedAt: from + (typeof startedAt === 'number' ? took / 1_000 : took) };
}

/** JavaScript's SDK writes an instant as [seconds, nanoseconds]. */
function toTime(value: unknown): unknown {
  const pair = Array.isArray(value) ? value : undefined;
  return pair ? Number(toWord(pair[0])) * 1_000 + Number(toWord(pair[1])) / 1e6 : value;
}

/** Attributes as an object, from OTLP's list of typed values or from an object. */
function toAttributes(value: unknown): Fields {
  const list = toList(value);
  if (!list) return flattened(toFields(value) ?? {});
  const entries = list.map((each) => {
    const { key, value: inside } = toFields(each) ?? {};
    return [toWord(key), fromAnyValue(inside)] as const;
  });
  return Object.fromEntries(entries);
}

/** OTLP's AnyValue: one member that names the type (opentelemetry-proto, common.proto). */
function fromAnyValue(value: unknown): unknown {
  const any = toFields(value);
  if (!any) return value;
  if (any.intValue !== undefined) return Number(toWord(any.intValue));
  const array = toList(toFields(any.arrayValue)?.values);
  if (array) return array.map(fromAnyValue);
  const members = toList(toFields(any.kvlistValue)?.values);
  if (members) return toAttributes(members);
  return any.stringValue ?? any.doubleValue ?? any.boolValue ?? any.bytesValue;
}

/** Where exports write attributes within attributes: `{llm: {model_name}}` for `llm.model_name`. */
const NESTED = new Set(['llm', 'openinference', 'session', 'input', 'output', 'gen_ai', 'ai']);

/** Attributes under one name with dots, as they were sent. */
function flattened(attributes: Fields): Fields {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) => {
      const [root = ''] = key.split('.');
      return NESTED.has(root) ? flatEntries(key, value) : [[key, value] as const];
    }),
  );
}

function flatEntries(name: string, value: unknown): readonly (readonly [string, unknown])[] {
  // Of OpenInference lists are flattened too; elsewhere a list or a value is one attribute.
  const isOne = !name.startsWith('llm') && (Array.isArray(value) || name.endsWith('.value'));
  if (isOne || typeof value !== 'object' || value === null) return [[name, value]];
  return Object.entries(value).flatMap(([key, each]) => flatEntries(`${name}.${key}`, each));
}
