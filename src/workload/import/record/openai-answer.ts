import type { ImportedRecord, RecordedCall } from './format.ts';
import { type Fields, known, toAmount, toFields, toList, toText } from './values.ts';

/**
 * What a stored response of chat completions or of OpenAI's responses says: its text, its model and
 * its tokens. A refusal and tool calls leave the text absent.
 */
export function toRecord(value: unknown): ImportedRecord | undefined {
  const response = toFields(value);
  if (!response) return undefined;
  const usage = toFields(response.usage);
  return known({
    target: toText(response.model),
    answer: answerIn(value),
    tool_calls: callsIn(value),
    input_tokens: toAmount(usage?.prompt_tokens ?? usage?.input_tokens),
    output_tokens: toAmount(usage?.completion_tokens ?? usage?.output_tokens),
  });
}

/** What tells a response or a message from an answer that is JSON itself. */
const RESPONSE_KEYS = ['choices', 'content', 'output', 'role', 'tool_calls', 'error'] as const;

const messageIn = (response: Fields): Fields =>
  toFields(toFields(toList(response.choices)?.[0])?.message) ?? response;

/** The tools that an answer calls, in the same shapes; undefined where it calls none. */
export function callsIn(value: unknown): readonly RecordedCall[] | undefined {
  const response = toFields(value);
  if (!response) return undefined;
  const said = toList(messageIn(response).tool_calls) ?? [];
  const items = (toList(response.output) ?? []).map(toFields);
  const calls = [
    ...said.map((each) => toFields(toFields(each)?.function)),
    ...items.filter((each) => each?.type === 'function_call'),
  ].flatMap((call) => {
    const name = toText(call?.name);
    const given = call?.arguments ?? '';
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    return name === undefined ? [] : [{ name, arguments: text }];
  });
  return calls.length > 0 ? calls : undefined;
}

/** The text of an answer in the shapes that logs keep: a response, a message, or the text itself. */
export function answerIn(value: unknown): string | undefined {
  const response = toFields(value);
  if (!response) return toText(value);
  // An answer in JSON is no response of an API, whoever parsed it.
  if (!RESPONSE_KEYS.some((key) => response[key] !== undefined)) return toText(value);
  const message = messageIn(response);
  const content = toText(message.content) ?? partsText(message.content);
  if (content !== undefined) return content;
  const outputs = (toList(response.output) ?? []).map(toFields);
  const texts = outputs
    .filter((each) => each?.type === 'message')
    .map((each) => partsText(each?.content));
  return toText(texts.filter(Boolean).join(''));
}

function partsText(value: unknown): string | undefined {
  const texts = (toList(value) ?? []).map((part) => toText(toFields(part)?.text) ?? '');
  return toText(texts.join(''));
}
