import type { Imported, LogFormat } from '../record/format.ts';
import { toImportedRecord } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped } from '../record/openai-body.ts';
import {
  type Fields,
  filled,
  known,
  toAmount,
  toFields,
  toInstant,
  toLabel,
  toMetadata,
  toText,
  toWord,
} from '../record/values.ts';

/** Portkey counts money in cents. */
const CENTS = 100;

/** A nested object, or the same under a name with a dot, as a CSV has it. */
const inside = (row: Fields, outer: string, inner: string): unknown =>
  row[`${outer}.${inner}`] ?? toFields(row[outer])?.[inner];

/** Lines of Portkey's log export. Its costs are cents, its times milliseconds. */
export const portkeyLog: LogFormat = {
  title: "Portkey's log export",
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || (row.ai_org === undefined && row.ai_model === undefined)) return 0;
    return row.req_units !== undefined || row.response_status_code !== undefined ? 1 : 0.5;
  },
  createReader: () => ({ read: (value) => [readRow(toFields(value) ?? {})] }),
};

function readRow(row: Fields): Imported {
  const status = toAmount(row.response_status_code);
  if (/^(?:false|0)$/i.test(toWord(row.is_success)) || (status !== undefined && status >= 400)) {
    return { state: 'dropped', reason: 'failure' };
  }
  if (/^(?:hit|semantic hit)$/i.test(toWord(row.cache_status))) {
    return { state: 'dropped', reason: 'cache hit' };
  }
  const url = toText(row.request_url);
  if (
    url !== undefined &&
    !/\/(?:chat\/completions|completions|responses|messages)(?:\?|$)/.test(url)
  ) {
    return { state: 'dropped', reason: 'other endpoint', why: url };
  }
  const body = toChatBody(inside(row, 'request', 'body'));
  if (body.state !== 'chat') return toDropped(body, 'the export leaves out request and response');
  if (isTruncated(body.request)) return { state: 'dropped', reason: 'truncated' };
  const isUsd = /^usd$/i.test(toText(row.cost_currency) ?? 'usd');
  const cents = isUsd ? toAmount(row.cost) : undefined;
  const key = toText(inside(row, 'metadata', 'key'));
  const given = key === undefined ? row.metadata : { [key]: inside(row, 'metadata', 'value') };
  const { task, ...metadata } = toMetadata(given);
  return {
    state: 'request',
    line: {
      ...known({
        at_ms: toInstant(row.created_at),
        task: toLabel(task) ?? toText(row.prompt_slug),
        session: toText(row.trace_id),
        metadata: filled(metadata),
        recorded: known({
          ...toImportedRecord(inside(row, 'response', 'body')),
          ...known({
            target: toText(row.ai_model) ?? body.model,
            input_tokens: toAmount(row.req_units) || undefined,
            output_tokens: toAmount(row.res_units) || undefined,
            latency_ms: toAmount(row.response_time),
            cost_usd: cents === undefined ? undefined : cents / CENTS,
          }),
        }),
      }),
      request: body.request,
    },
  };
}
