import type { Imported, ImportedLine, LogFormat } from '../record/format.ts';
import { readAnswer, toImportedRecord } from '../record/openai-answer.ts';
import { toChatBody, toDropped, toMessages } from '../record/openai-body.ts';
import {
  type Fields,
  known,
  toAmount,
  toFields,
  toInstant,
  toList,
  toMetadata,
  toText,
} from '../record/values.ts';

/**
 * Plain bodies of chat completions or responses, one a record; with the response beside it where a
 * logger keeps both (`{request, response}`).
 */
export const openaiChatLog: LogFormat = {
  title: 'chat bodies',
  makes: 'workload',
  recognise(value) {
    const { body } = split(value);
    if (!body || body.object !== undefined) return 0;
    // Of Gemini and of Converse the model stands in the address.
    if (body.contents !== undefined || body.inferenceConfig !== undefined) return 0.7;
    if (toText(body.model) === undefined) return 0;
    return toMessages(body.messages) || body.input !== undefined ? 0.7 : 0;
  },
  createReader: () => ({ read: (value) => [readPair(value)] }),
};

function split(value: unknown): { body?: Fields; response?: unknown } {
  const row = toFields(value);
  const body = toFields(row?.request ?? row?.request_body ?? row?.request_json) ?? row;
  const response = row?.response ?? row?.response_body ?? row?.response_json;
  return { ...(body && { body }), response: body === row ? undefined : response };
}

function readPair(value: unknown): Imported {
  const row = toFields(value);
  const { body, response } = split(value);
  const read = toChatBody(body);
  if (read.state !== 'chat') return toDropped(read);
  const recorded = {
    ...known({ target: read.model }),
    ...toImportedRecord(response),
    // What loggers of a team's own write beside the two bodies, where the name has the unit.
    ...known({
      latency_ms: toAmount(row?.latency_ms ?? row?.duration_ms),
      ttft_ms: toAmount(row?.ttft_ms),
      cost_usd: toAmount(row?.cost_usd),
    }),
  };
  const metadata = toMetadata(body?.metadata);
  const at = toInstant(row?.timestamp ?? row?.ts ?? row?.created_at);
  const isPair = body !== row;
  const line: ImportedLine = {
    ...(isPair && known({ id: toText(row?.id ?? row?.request_id), session: toText(row?.session) })),
    ...known({ task: isPair ? toText(row?.task) : undefined }),
    request: read.request,
    ...(at !== undefined && { at_ms: at }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(Object.keys(recorded).length > 0 && { recorded }),
  };
  return { state: 'request', line };
}

/** Fine-tuning lines: a whole chat whose last message of the assistant is the answer. */
export const openaiFineTuning: LogFormat = {
  title: 'fine-tuning lines',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    const messages = toMessages(row?.messages);
    if (!row || !messages || row.model !== undefined || row.request !== undefined) return 0;
    return messages.at(-1)?.role === 'assistant' ? 0.6 : 0;
  },
  createReader: () => ({ read: (value) => [readExample(value)] }),
};

function readExample(value: unknown): Imported {
  const row = toFields(value) ?? {};
  const messages = toMessages(row.messages) ?? [];
  const answer = messages.at(-1);
  const asked = messages.slice(0, -1).map(({ weight: _, ...message }) => message);
  if (asked.length === 0) return { state: 'dropped', reason: 'no prompt' };
  const recorded = known(readAnswer(answer));
  const request = { ...known({ tools: row.tools }), messages: asked };
  return { state: 'request', line: { request, ...(recorded && { recorded }) } };
}

/**
 * Stored completions as the API lists them: `chat.completion` objects with the messages that were
 * asked under `messages` (from `/messages` of each), or in an `item`/`input` beside it.
 */
export const openaiStored: LogFormat = {
  title: 'stored chat completions',
  makes: 'workload',
  recognise: (value) => (toFields(value)?.object === 'chat.completion' ? 1 : 0),
  createReader: () => ({ read: (value) => [readStored(value)] }),
};

function readStored(value: unknown): Imported {
  const row = toFields(value) ?? {};
  const messages = toMessages(toFields(row.messages)?.data ?? row.messages ?? row.input);
  if (!messages) {
    const why = 'the list holds answers alone: fetch /v1/chat/completions/{id}/messages of each';
    return { state: 'dropped', reason: 'no prompt', why };
  }
  const id = toText(row.id);
  const at = toInstant(row.created);
  const metadata = toMetadata(row.metadata);
  const parameters = ['temperature', 'top_p', 'seed', 'tools', 'response_format', 'tool_choice'];
  const set = Object.fromEntries(
    parameters.filter((key) => row[key] != null).map((key) => [key, row[key]]),
  );
  const asked = messages.map(({ id: _, ...message }) => message);
  const recorded = toImportedRecord(row);
  const line: ImportedLine = {
    ...(id !== undefined && { id }),
    ...(at !== undefined && { at_ms: at }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    request: { ...set, messages: asked },
    ...(recorded && { recorded }),
  };
  const choices = toList(row.choices) ?? [];
  return choices.length > 1
    ? { state: 'dropped', reason: 'other endpoint', why: 'several answers to one request (n)' }
    : { state: 'request', line };
}
