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
  toList,
  toMetadata,
  toText,
} from '../record/values.ts';

/**
 * Bedrock's log of model invocations, from S3 (JSON Lines, gzip) or from CloudWatch (the record as text
 * in `message`, alone or in lists). It has token counts and no cost; the latency is the model's own.
 */
export const bedrock: LogFormat = {
  title: "Bedrock's log of model invocations",
  makes: 'workload',
  recognise(value) {
    const [row] = recordsIn(value);
    if (!row) return 0;
    if (row.schemaType === 'ModelInvocationLog') return 1;
    return toFields(row.input)?.inputBodyJson !== undefined && row.modelId !== undefined ? 0.9 : 0;
  },
  createReader: () => ({ read: (value) => recordsIn(value).map(readInvocation) }),
};

/** A record, or those in an answer of CloudWatch (`events`) or a message of its subscriptions. */
function recordsIn(value: unknown): readonly Fields[] {
  const row = toFields(value);
  const events = toList(row?.events ?? row?.logEvents);
  if (events) return events.flatMap(recordsIn);
  const record = toFields(row?.message ?? row?.['@message']) ?? row;
  return record ? [record] : [];
}

function readInvocation(row: Fields): Imported {
  if (row.errorCode !== undefined) return { state: 'dropped', reason: 'failure' };
  const [input, output] = [toFields(row.input), toFields(row.output)];
  const body = toChatBody(input?.inputBodyJson);
  if (body.state !== 'chat') {
    const apart = input?.inputBodyS3Path ?? output?.outputBodyS3Path;
    const why = 'text is not logged: switch on its delivery';
    return toDropped(body, apart === undefined ? why : 'the body is in an S3 object of its own');
  }
  if (isTruncated(body.request)) return { state: 'dropped', reason: 'truncated' };
  const answered = output?.outputBodyJson;
  const cached =
    (toAmount(input?.cacheReadInputTokenCount) ?? 0) +
    (toAmount(input?.cacheWriteInputTokenCount) ?? 0);
  const fresh = toAmount(input?.inputTokenCount);
  const recorded = known({
    ...toImportedRecord(answered),
    ...known({
      target: toText(row.modelId),
      input_tokens: fresh === undefined ? undefined : fresh + cached,
      output_tokens: toAmount(output?.outputTokenCount),
      latency_ms: toAmount(toFields(toFields(answered)?.metrics)?.latencyMs),
    }),
  });
  const { task, session, session_id, ...metadata } = toMetadata(row.requestMetadata);
  return {
    state: 'request',
    line: {
      ...known({
        id: toText(row.requestId),
        at_ms: toInstant(row.timestamp),
        task: toLabel(task),
        session: toLabel(session ?? session_id),
        metadata: filled(metadata),
        recorded,
      }),
      request: body.request,
    },
  };
}
