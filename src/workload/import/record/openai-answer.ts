import type { ImportedRecord } from './format.ts';
import { known, toAmount, toFields, toList, toText } from './values.ts';

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
    input_tokens: toAmount(usage?.prompt_tokens ?? usage?.input_tokens),
    output_tokens: toAmount(usage?.completion_tokens ?? usage?.output_tokens),
  });
}

/** The text of an answer in the shapes that logs keep: a response, a message, or the text itself. */
export function answerIn(value: unknown): string | undefined {
  const response = toFields(value);
  if (!response) return toText(value);
  const message = toFields(toFields(toList(response.choices)?.[0])?.message) ?? response;
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
