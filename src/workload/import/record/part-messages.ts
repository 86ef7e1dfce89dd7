import { answerIn } from './openai-answer.ts';
import { toMessages } from './openai-body.ts';
import { type Fields, fromJsonText, toFields, toList, toText } from './values.ts';

/** Messages with parts (`{role, parts: [{type, content}]}`) as chat messages; undefined where one has a part that chat cannot carry. */
export function fromParts(value: unknown): readonly Fields[] | undefined {
  const messages: Fields[] = [];
  for (const each of toList(value) ?? []) {
    const message = toFields(each);
    if (!message) return undefined;
    if (message.parts === undefined) {
      messages.push(message);
      continue;
    }
    const chat = fromMessage(message);
    if (!chat) return undefined;
    for (const each of chat) messages.push(each);
  }
  return messages.length > 0 ? toMessages(messages) : undefined;
}

function fromMessage(message: Fields): readonly Fields[] | undefined {
  const content: Fields[] = [];
  const calls: Fields[] = [];
  const results: Fields[] = [];
  for (const each of toList(message.parts) ?? []) {
    const part = toFields(each) ?? {};
    const text = part.content ?? part.text;
    if (part.type === 'text') content.push({ type: 'text', text });
    else if (part.type === 'tool_call') {
      calls.push({
        id: part.id ?? '',
        type: 'function',
        function: { name: part.name, arguments: asJson(part.arguments ?? {}) },
      });
    } else if (part.type === 'tool_call_response') {
      const result = part.response ?? part.result ?? part.content;
      results.push({ role: 'tool', tool_call_id: part.id, content: asJson(result) });
    } else if (part.type === 'uri' && isImage(part)) {
      content.push({ type: 'image_url', image_url: { url: part.uri } });
    } else if (part.type === 'blob' && isImage(part)) {
      const url = `data:${part.mime_type ?? 'image/png'};base64,${part.content ?? part.data}`;
      content.push({ type: 'image_url', image_url: { url } });
    } else if (part.type !== 'reasoning') return undefined;
  }
  if (results.length > 0) return results;
  // An image that the instrumentation does not write leaves a message without parts.
  if (content.length === 0 && calls.length === 0) return undefined;
  const role = message.role === 'model' ? 'assistant' : message.role;
  const only = content.length === 1 && content[0]?.type === 'text' ? content[0].text : content;
  const said = content.length > 0 ? only : null;
  return [{ role, content: said, ...(calls.length > 0 && { tool_calls: calls }) }];
}

const isImage = (part: Fields) =>
  part.modality === 'image' || String(part.mime_type ?? '').startsWith('image/');

const asJson = (value: unknown) =>
  typeof value === 'string' ? value : JSON.stringify(value ?? '');

/** The text of output messages in any of these shapes. */
export function outputText(value: unknown): string | undefined {
  const last = toList(value)?.at(-1);
  const message = toFields(last);
  if (!message) return answerIn(fromJsonText(value));
  const parts = toList(message.parts);
  if (!parts) return answerIn(message);
  const texts = parts.map(toFields).filter((part) => part?.type === 'text');
  return toText(texts.map((part) => toText(part?.content ?? part?.text) ?? '').join(''));
}

/** `prefix.0.message.role`, `prefix.0.message.content`, ... as a list (OpenInference, OpenLLMetry). */
export function unflatten(attributes: Fields, prefix: string): readonly Fields[] {
  const root: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith(`${prefix}.`)) continue;
    setIn(root, key.slice(prefix.length + 1).split('.'), value);
  }
  const found = listed(root);
  return Array.isArray(found) ? (found as Fields[]) : [];
}

function setIn(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) {
    if (typeof at[key] !== 'object' || at[key] === null) at[key] = Object.create(null);
    at = at[key] as Record<string, unknown>;
  }
  at[path.at(-1) ?? ''] = value;
}

/** Objects whose keys are 0, 1, 2 become lists, all the way down. */
function listed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))) {
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, each]) => listed(each));
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, listed(each)]));
}
