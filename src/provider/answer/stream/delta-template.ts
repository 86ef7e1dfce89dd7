import type { Extent, Span } from '../../../http/response-reader.ts';

/**
 * The bytes of a content event with one hole in them. Streams repeat the same JSON around every
 * delta; an event that equals `before` + a JSON string body + `after` parses to the same object
 * but for that string, so it need not be parsed.
 */
export interface DeltaTemplate {
  readonly place: AnswerPart;
  /** Up to and with the opening quote, from the first byte of the event. */
  readonly before: BytePattern;
  /** From the closing quote to the event's last line feed. */
  readonly after: BytePattern;
  /** The last match; one object for all of them, as there may be thousands in a second. */
  readonly hit: Hit;
}

/** Bytes to be compared four at a time; arrays, as typed ones live outside of the heap. */
interface BytePattern {
  readonly words: readonly number[];
  /** The bytes after the last whole word. */
  readonly rest: readonly number[];
  readonly length: number;
}

/** Which string of the answer a delta adds to; `index` tells tool calls apart. */
export interface AnswerPart {
  readonly kind: 'text' | 'reasoning' | 'arguments';
  readonly index: number;
}

/** Where in a chunk the string of a matching event stands. */
export interface Hit {
  /** First byte of the string's body. */
  from: number;
  /** Its closing quote. */
  to: number;
  /** Its text where it holds a backslash, so that its bytes are not its text. */
  text: string | undefined;
  /** First byte after the event. */
  end: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;

/**
 * Whether a whole event that matches `template` stands in `span` from `start` on; `template.hit` says
 * where.
 */
export function matchTemplate(template: DeltaTemplate, span: Span, start: number): boolean {
  const { before, after, hit } = template;
  const { bytes, to: limit } = span;
  const from = start + before.length;
  if (from + after.length > limit || !matchesPattern(before, span, start)) return false;
  let to = from;
  let escaped = false;
  for (; to < limit; to++) {
    const byte = bytes[to] as number;
    if (byte === QUOTE) break;
    if (byte < SPACE) return false;
    if (byte === BACKSLASH) {
      escaped = true;
      to += 1;
    }
  }
  const end = to + after.length;
  if (end > limit || !matchesPattern(after, span, to)) return false;
  hit.from = from;
  hit.to = to;
  hit.end = end;
  hit.text = escaped ? decodeJsonString(bytes.toString('utf8', from, to)) : undefined;
  return !escaped || hit.text !== undefined;
}

/** Four bytes at a time: some 100 bytes in a third of the time of `Buffer.compare`. */
function matchesPattern(
  { words, rest }: BytePattern,
  { bytes, view }: Span,
  start: number,
): boolean {
  const end = start + words.length * 4;
  // From the end, where what differs between two events is more likely.
  for (let i = rest.length - 1; i >= 0; i--) if (rest[i] !== bytes[end + i]) return false;
  for (let i = words.length - 1, at = end - 4; i >= 0; i--, at -= 4) {
    if (words[i] !== view.getInt32(at)) return false;
  }
  return true;
}

function toPattern({ bytes, from, to }: Extent): BytePattern {
  const words: number[] = [];
  const rest: number[] = [];
  let at = from;
  for (; at + 4 <= to; at += 4) words.push(bytes.readInt32BE(at));
  for (; at < to; at++) rest.push(bytes[at] as number);
  return { words, rest, length: to - from };
}

function decodeJsonString(body: string): string | undefined {
  try {
    return JSON.parse(`"${body}"`);
  } catch {
    return undefined;
  }
}

/** A string that no model writes; it takes the delta's place while a template is proved. */
const probe = 'arb-probe-7f3a91';

/** An event whose only news is one delta. */
export interface ContentEvent {
  readonly place: AnswerPart;
  readonly text: string;
  /** The event's own bytes, blank line included. */
  readonly raw: Extent;
  /** Its data, decoded. */
  readonly data: string;
}

/**
 * Learns the template of an event, or nothing where it cannot be proved: the candidate hole is
 * filled with a probe, and `newsOf` the data must then be just the probe.
 */
export function compileTemplate(
  { place, text, raw, data }: ContentEvent,
  newsOf: (data: string) => string | undefined,
): DeltaTemplate | undefined {
  const { bytes, from, to } = raw;
  const whole = bytes.toString('utf8', from, to);
  const offset = whole.indexOf(data);
  // It must be the one data line of the event, not the same words in a comment before it; and where
  // decoding lost something, offsets lie.
  const lead = whole.slice(0, Math.max(0, offset));
  if (data.includes('\n') || !/(?:^|[\r\n])data: ?$/.test(lead)) return undefined;
  if (Buffer.byteLength(whole) !== to - from) return undefined;
  const quoted = JSON.stringify(text);
  for (let at = data.indexOf(quoted); at !== -1; at = data.indexOf(quoted, at + 1)) {
    const [before, after] = [data.slice(0, at + 1), data.slice(at + quoted.length - 1)];
    if (newsOf(before + probe + after) !== probe) continue;
    const hole = from + Buffer.byteLength(lead) + Buffer.byteLength(before);
    return {
      place,
      before: toPattern({ bytes, from, to: hole }),
      after: toPattern({ bytes, from: hole + Buffer.byteLength(quoted) - 2, to }),
      hit: { from: 0, to: 0, text: undefined, end: 0 },
    };
  }
  return undefined;
}
