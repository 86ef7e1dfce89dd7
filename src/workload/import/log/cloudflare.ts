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

/**
 * Events of Cloudflare's AI Gateway as Logpush delivers them. Bodies come encrypted; they are read once
 * they were decrypted with the team's own key.
 */
export const cloudflare: LogFormat = {
  title: 'events of Cloudflare AI Gateway',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || row.Gateway === undefined || row.Provider === undefined) return 0;
    return row.RequestBody !== undefined || row.StatusCode !== undefined ? 1 : 0.5;
  },
  createReader: () => ({ read: (value) => [readEvent(toFields(value) ?? {})] }),
};

function readEvent(row: Fields): Imported {
  const status = toAmount(row.StatusCode);
  if (/^true$/i.test(toWord(row.Cached))) return { state: 'dropped', reason: 'cache hit' };
  if (/^true$/i.test(toWord(row.RateLimited)) || (status !== undefined && status >= 400)) {
    return { state: 'dropped', reason: 'failure' };
  }
  const asked = toFields(row.RequestBody);
  // The simple requests of the gateway hold the provider's own body.
  const body = toChatBody(toFields(asked?.query) ?? asked);
  if (body.state !== 'chat') {
    const why = 'bodies are encrypted: decrypt them with the key of the Logpush job';
    return toDropped(body, /^encrypt/.test(toWord(asked?.type)) ? why : undefined);
  }
  if (isTruncated(body.request)) return { state: 'dropped', reason: 'truncated' };
  const metrics = toFields(row.Metrics);
  const { task, session, ...metadata } = toMetadata(row.Metadata);
  return {
    state: 'request',
    line: {
      ...known({
        at_ms: toInstant(row.Timestamp),
        task: toLabel(task),
        session: toLabel(session),
        metadata: filled(metadata),
        recorded: known({
          ...toImportedRecord(row.ResponseBody),
          ...known({
            target: toText(row.Model) ?? body.model,
            latency_ms: toAmount(metrics?.durationMs),
            cost_usd: toAmount(metrics?.cost),
          }),
        }),
      }),
      request: body.request,
    },
  };
}
