import type { Imported, LogFormat } from '../record/format.ts';
import { toImportedRecord } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped } from '../record/openai-body.ts';
import {
  type Fields,
  filled,
  known,
  taskInTags,
  toAmount,
  toFields,
  toInstant,
  toLabel,
  toMetadata,
  toText,
} from '../record/values.ts';

/**
 * Braintrust's spans, as its API, its SQL and its export have them. Only spans of the type `llm` are
 * model calls. Times are seconds; parameters stand beside the user's own keys in `metadata`.
 */
export const braintrust: LogFormat = {
  title: 'Braintrust spans',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || toFields(row.span_attributes)?.type === undefined) return 0;
    return row.root_span_id !== undefined || row.span_id !== undefined ? 1 : 0.6;
  },
  createReader: () => ({ read: (value) => readSpan(toFields(value) ?? {}) }),
};

function readSpan(row: Fields): Imported[] {
  if (toFields(row.span_attributes)?.type !== 'llm') return [];
  if (row.error != null) return [{ state: 'dropped', reason: 'failure' }];
  const { model, ...given } = toFields(row.metadata) ?? {};
  const asked = toFields(row.input) ?? { messages: row.input };
  const body = toChatBody({ ...known(pick(given, PARAMETERS)), ...asked, model });
  if (body.state !== 'chat') return [toDropped(body, 'the span has no input')];
  if (isTruncated(body.request)) return [{ state: 'dropped', reason: 'truncated' }];
  const metrics = toFields(row.metrics);
  const start = toAmount(metrics?.start);
  const end = toAmount(metrics?.end);
  const ttft = toAmount(metrics?.time_to_first_token);
  const recorded = known({
    ...toImportedRecord(row.output),
    target: body.model,
    ...known({
      input_tokens: toAmount(metrics?.prompt_tokens),
      output_tokens: toAmount(metrics?.completion_tokens),
      latency_ms: start === undefined || end === undefined ? undefined : toMs(end - start),
      ttft_ms: ttft === undefined ? undefined : toMs(ttft),
      cost_usd: toAmount(metrics?.cost ?? metrics?.estimated_cost),
    }),
  });
  const own = Object.entries(toMetadata(given)).filter(([key]) => !PARAMETERS.includes(key));
  const { task, session_id: session, ...metadata } = Object.fromEntries(own);
  return [
    {
      state: 'request',
      line: {
        ...known({
          id: toText(row.span_id) ?? toText(row.id),
          at_ms: toInstant(metrics?.start ?? row.created),
          task: taskInTags(row.tags) ?? toLabel(task),
          session: toLabel(session),
          metadata: filled(metadata),
          recorded,
        }),
        request: body.request,
      },
    },
  ];
}

/** To the microsecond, which is what the difference of two such numbers holds. */
const toMs = (seconds: number): number => Math.round(seconds * 1e6) / 1e3;

const PARAMETERS = [
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'response_format',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning_effort',
  'reasoning',
  'instructions',
  'system',
];

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, fields[name]]));
