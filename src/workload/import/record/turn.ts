import { type Fields, toText, toWord } from './values.ts';

/** One turn of a conversation in the parts of another API, taken apart. */
export interface Turn {
  readonly role: unknown;
  /** What is said, as parts of a chat message. */
  readonly said: Fields[];
  /** Tools that are called, as `tool_calls` of a chat message. */
  readonly calls: Fields[];
  /** What tools gave back, as messages of the role `tool`. */
  readonly results: Fields[];
  /** Present where it holds something that a chat message cannot carry. */
  fault?: string;
}

export const createTurn = (role: unknown): Turn => ({ role, said: [], calls: [], results: [] });

/** The chat messages that say the same: results of tools first, as they answer the turn before. */
export function toChatMessages({ role, said, calls, results }: Turn): readonly Fields[] {
  if (said.length === 0 && calls.length === 0) return results;
  const [first] = said;
  const isText = said.length === 1 && first?.type === 'text' && first.cache_control === undefined;
  const content = said.length === 0 ? null : isText ? first.text : said;
  return [...results, { role, content, ...(calls.length > 0 && { tool_calls: calls }) }];
}

/**
 * A conversation as chat messages; the text of a fault where one of its turns cannot be said so, nothing
 * where a turn is none or nobody asks anything.
 */
export function toConversation(
  system: unknown,
  turns: Iterable<Turn | undefined>,
): readonly Fields[] | string | undefined {
  const asked: Fields[] = [];
  for (const turn of turns) {
    if (!turn) return undefined;
    if (turn.fault !== undefined) return turn.fault;
    for (const message of toChatMessages(turn)) asked.push(message);
  }
  if (!asked.some(({ role }) => role !== 'system')) return undefined;
  return system === undefined ? asked : [{ role: 'system', content: system }, ...asked];
}

/** A tool that is called; `given` are its arguments, as JSON or as JSON text. */
export const toToolCall = (call: { id: unknown; name: unknown; given: unknown }): Fields => ({
  id: toText(call.id) ?? '',
  type: 'function',
  function: { name: call.name, arguments: asText(call.given ?? {}) },
});

/** What a tool gave back. */
export const toToolResult = (id: unknown, given: unknown): Fields => ({
  role: 'tool',
  tool_call_id: id,
  content: asText(given),
});

/** A function that may be called. */
export const toTool = (tool: Fields): Fields => ({ type: 'function', function: tool });

export const textPart = (text: unknown): Fields => ({ type: 'text', text });

export const imagePart = (url: unknown): Fields => ({ type: 'image_url', image_url: { url } });

export const toDataUrl = (mediaType: unknown, data: unknown): string =>
  `data:${toWord(mediaType) || 'image/png'};base64,${toWord(data)}`;

/** A text as it is, anything else as JSON. */
export const asText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? '');

/** Parts of a body that say how it is delivered or kept, not what is asked. */
const TRANSPORT = ['model', 'stream', 'stream_options', 'store', 'user', 'metadata', 'background'];

/** What a body asks besides the fields that are translated and those that say how it is delivered. */
export function untranslated(body: Fields, translated: readonly string[]): Fields {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([key, value]) =>
        value != null &&
        !translated.includes(key) &&
        !TRANSPORT.includes(key) &&
        !(LIMITS.has(key) && isNoLimit(value)),
    ),
  );
}

const LIMITS = new Set(['max_tokens', 'max_completion_tokens']);

/** Loggers write `Infinity` or -1 for a limit that was not set. */
function isNoLimit(value: unknown): boolean {
  const limit = Number(toWord(value));
  return !Number.isFinite(limit) || limit <= 0;
}
