import type { Imported, ImportedLine, LogFormat } from '../record/format.ts';
import { isTruncated } from '../record/openai-body.ts';
import { known, toDuration, toInstant } from '../record/values.ts';
import { type OtelSpan, spansIn } from './attributes.ts';
import { readCall } from './dialects.ts';

/**
 * OpenTelemetry spans of model calls as OTLP JSON (the collector's file exporter, an SDK's own JSON),
 * in the GenAI conventions of any age, OpenInference or the Vercel AI SDK. Other spans are passed
 * over without a count: a trace is mostly those.
 */
export const otel: LogFormat = {
  title: 'OpenTelemetry spans',
  makes: 'workload',
  recognise(value) {
    const spans = spansIn(value);
    if (spans.length === 0) return 0;
    return spans.some((span) => readCall(span.attributes) !== undefined) ? 1 : 0.6;
  },
  createReader() {
    const seen = new Set<string>();
    return { read: (value) => spansIn(value).flatMap((span) => readSpan(span, seen)) };
  },
};

function readSpan(span: OtelSpan, seen: Set<string>): Imported[] {
  const call = readCall(span.attributes);
  if (!call) return [];
  const id = span.spanId === undefined ? undefined : `${span.traceId ?? ''}/${span.spanId}`;
  if (id !== undefined && seen.has(id)) return [{ state: 'dropped', reason: 'duplicate' }];
  if (id !== undefined) seen.add(id);
  if (span.failed || span.attributes['error.type'] !== undefined) {
    return [{ state: 'dropped', reason: 'failure' }];
  }
  if (call.fault !== undefined) {
    return [{ state: 'dropped', reason: 'other endpoint', why: call.fault }];
  }
  if (!call.messages) {
    const why = 'the instrumentation does not record content: switch it on';
    return [{ state: 'dropped', reason: 'no prompt', why }];
  }
  const request = { ...call.parameters, messages: call.messages };
  if (isTruncated(request)) return [{ state: 'dropped', reason: 'truncated' }];
  const at = toInstant(span.startedAt);
  const recorded = known({
    target: call.model,
    ...call.answered,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    latency_ms: toDuration(span.startedAt, span.endedAt),
    ttft_ms: call.ttftMs,
    cost_usd: call.cost,
  });
  const line: ImportedLine = {
    ...known({ id, at_ms: at, task: call.task, session: call.session }),
    request,
    ...(recorded && { recorded }),
  };
  return [{ state: 'request', line }];
}
