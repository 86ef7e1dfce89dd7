import { type RecordedAnswer, readAnswer } from './openai-answer.ts';
import { toMessages } from './openai-body.ts';
import {
  createTurn,
  imagePart,
  textPart,
  toChatMessages,
  toDataUrl,
  toToolCall,
  toToolResult,
} from './turn.ts';
import { type Fields, toFields, toList, toWord } from './values.ts';

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
  const turn = createTurn(message.role === 'model' ? 'assistant' : message.role);
  for (const each of toList(message.parts) ?? []) {
    const part = toFields(each) ?? { type: 'text', content: each };
    if (part.type === 'text') turn.said.push(textPart(part.content ?? part.text));
    else if (part.type === 'tool_call') {
      turn.calls.push(toToolCall({ id: part.id, name: part.name, given: part.arguments }));
    } else if (part.type === 'tool_call_response') {
      turn.results.push(toToolResult(part.id, part.response ?? part.result ?? part.content));
    } else if (part.type === 'uri' && isImage(part)) turn.said.push(imagePart(part.uri));
    else if (part.type === 'blob' && isImage(part)) {
      turn.said.push(imagePart(toDataUrl(part.mime_type, part.content ?? part.data)));
    } else if (part.type !== 'reasoning') return undefined;
  }
  const messages = toChatMessages(turn);
  // An image that the instrumentation does not write leaves a message without parts.
  return messages.length > 0 ? messages : undefined;
}

const isImage = (part: Fields) =>
  part.modality === 'image' || toWord(part.mime_type ?? '').startsWith('image/');

/** What the last of output messages says, with parts or in any other shape. */
export function outputAnswer(value: unknown): RecordedAnswer {
  const last = toFields(toList(value)?.at(-1));
  if (!last?.parts) return readAnswer(value);
  // Parts that no chat carries stand beside the text.
  const known = (toList(last.parts) ?? []).filter((part) =>
    /^(?:text|tool_call)$/.test(toWord(toFields(part)?.type)),
  );
  const message = fromMessage({ ...last, parts: known })?.at(-1);
  return message ? readAnswer(message) : {};
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
