import type { Imported, LogFormat } from '../record/format.ts';
import { toImportedRecord } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped } from '../record/openai-body.ts';
import {
  filled,
  known,
  toAmount,
  toFields,
  toInstant,
  toLabel,
  toMetadata,
  toText,
} from '../record/values.ts';

/** Requests as Helicone's API lists them: bodies whole, or behind a `signed_body_url` that nothing fetches. */
export const helicone: LogFormat = {
  title: 'Helicone requests',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || row.request_id === undefined || row.request_created_at === undefined) return 0;
    return row.request_body !== undefined || row.signed_body_url !== undefined ? 1 : 0.5;
  },
  createReader: () => ({ read: (value) => [readRow(toFields(value) ?? {})] }),
};

/** What is asked of other models than those that chat, whoever the provider is. */
const OTHER_PATHS =
  /\/(?:embeddings|images|audio|moderations|files|batches|rerank|threads|assistants)(?:[/?]|$)/;

function readRow(row: ReturnType<typeof toFields> & object): Imported {
  const status = toAmount(row.response_status);
  // Helicone writes negative codes for what it cancelled or answered itself.
  if (row.response_status != null && (status === undefined || status >= 400)) {
    return { state: 'dropped', reason: 'failure' };
  }
  if (toText(row.cache_reference_id)?.replaceAll(/[0-]/g, '')) {
    return { state: 'dropped', reason: 'cache hit' };
  }
  const path = toText(row.request_path);
  if (path !== undefined && OTHER_PATHS.test(path)) {
    return { state: 'dropped', reason: 'other endpoint', why: path };
  }
  const body = toChatBody(row.request_body);
  if (body.state !== 'chat') {
    const apart = row.signed_body_url != null && 'the bodies are behind signed_body_url';
    return toDropped(body, apart || undefined);
  }
  if (isTruncated(body.request)) return { state: 'dropped', reason: 'truncated' };
  const properties = toMetadata(row.request_properties ?? row.properties);
  const session = properties['Helicone-Session-Id'];
  const { task, ...metadata } = properties;
  const recorded = known({
    ...toImportedRecord(row.response_body),
    target: toText(row.response_model) ?? toText(row.model) ?? body.model,
    input_tokens: toAmount(row.prompt_tokens) || undefined,
    output_tokens: toAmount(row.completion_tokens) || undefined,
    latency_ms: toAmount(row.delay_ms),
    ttft_ms: toAmount(row.time_to_first_token) || undefined,
    cost_usd: toAmount(row.costUSD ?? row.cost),
  });
  return {
    state: 'request',
    line: {
      ...known({
        id: toText(row.request_id),
        at_ms: toInstant(row.request_created_at),
        task: toLabel(task),
        session: toLabel(session),
        metadata: filled(metadata),
        recorded,
      }),
      request: body.request,
    },
  };
}
