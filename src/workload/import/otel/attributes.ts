import { type Fields, toFields, toList } from '../record/values.ts';

/** One span in the words of its instrumentation, whatever way the exporter writes attributes. */
export interface Span {
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
 * span, or a span as the SDKs' own JSON exporters write it. Content that an instrumentation puts into
 * the span's events is read as attributes of the span.
 */
export function spansIn(value: unknown): readonly Span[] {
  const row = toFields(value);
  if (!row) return [];
  const resources = toList(row.resourceSpans ?? row.resource_spans);
  if (resources) return resources.flatMap(spansIn);
  const scopes = toList(row.scopeSpans ?? row.scope_spans ?? row.instrumentationLibrarySpans);
  if (scopes) return scopes.flatMap(spansIn);
  const spans = toList(row.spans);
  if (spans) return spans.flatMap(spansIn);
  if (row.attributes === undefined) return [];
  return [toSpan(row)];
}

function toSpan(row: Fields): Span {
  const context = toFields(row.context) ?? toFields(row.spanContext);
  const status = toFields(row.status)?.code ?? toFields(row.status)?.status_code;
  const events = (toList(row.events) ?? []).flatMap((event) => {
    const fields = toFields(event);
    return Object.entries(toAttributes(fields?.attributes));
  });
  const spanId = row.spanId ?? row.span_id ?? context?.span_id ?? context?.spanId ?? row.id;
  const traceId = row.traceId ?? row.trace_id ?? context?.trace_id ?? context?.traceId;
  return {
    name: String(row.name ?? ''),
    ...(typeof spanId === 'string' && { spanId }),
    ...(typeof traceId === 'string' && { traceId }),
    startedAt: toTime(row.startTimeUnixNano ?? row.start_time ?? row.startTime ?? row.timestamp),
    endedAt: toTime(row.endTimeUnixNano ?? row.end_time ?? row.endTime),
    attributes: { ...Object.fromEntries(events), ...toAttributes(row.attributes) },
    failed: status === 2 || status === 'STATUS_CODE_ERROR' || status === 'ERROR',
  };
}

/** JavaScript's SDK writes an instant as [seconds, nanoseconds]. */
function toTime(value: unknown): unknown {
  const pair = Array.isArray(value) ? value : undefined;
  return pair ? Number(pair[0]) * 1_000 + Number(pair[1]) / 1e6 : value;
}

/** Attributes as an object, from OTLP's list of typed values or from an object. */
function toAttributes(value: unknown): Fields {
  const list = toList(value);
  if (!list) return toFields(value) ?? {};
  const entries = list.map((each) => {
    const { key, value: inside } = toFields(each) ?? {};
    return [String(key), fromAnyValue(inside)] as const;
  });
  return Object.fromEntries(entries);
}

/** OTLP's AnyValue: one member that names the type (opentelemetry-proto, common.proto). */
function fromAnyValue(value: unknown): unknown {
  const any = toFields(value);
  if (!any) return value;
  if (any.intValue !== undefined) return Number(any.intValue);
  const array = toList(toFields(any.arrayValue)?.values);
  if (array) return array.map(fromAnyValue);
  const members = toList(toFields(any.kvlistValue)?.values);
  if (members) return toAttributes(members);
  return any.stringValue ?? any.doubleValue ?? any.boolValue ?? any.bytesValue;
}
