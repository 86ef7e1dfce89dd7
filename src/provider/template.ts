/**
 * The bytes of a content event with one hole in them. Streams repeat the same JSON around every
 * delta; an event that equals `before` + a JSON string body + `after` parses to the same object
 * but for that string, so it need not be parsed.
 */
export interface Template {
  readonly place: Place;
  /** Up to and with the opening quote, from the first byte of the event. */
  readonly before: Buffer;
  /** From the closing quote to the event's last line feed. */
  readonly after: Buffer;
}

/** Which string of the answer a delta adds to; `index` tells tool calls apart. */
export interface Place {
  readonly kind: 'text' | 'reasoning' | 'arguments';
  readonly index: number;
}

/** An event that matched a template. */
export interface Hit {
  readonly place: Place;
  readonly text: string;
  /** First byte after the event. */
  readonly end: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;

/** The hit where a whole event that matches `template` starts at `from`, else nothing. */
export function fits(template: Template, chunk: Buffer, from: number): Hit | undefined {
  const { before, after, place } = template;
  const start = from + before.length;
  if (start + after.length > chunk.length) return undefined;
  if (before.compare(chunk, from, start) !== 0) return undefined;
  let close = start;
  let escaped = false;
  for (; close < chunk.length; close++) {
    const byte = chunk[close] as number;
    if (byte === QUOTE) break;
    if (byte < SPACE) return undefined;
    if (byte === BACKSLASH) {
      escaped = true;
      close += 1;
    }
  }
  const end = close + after.length;
  if (end > chunk.length || after.compare(chunk, close, end) !== 0) return undefined;
  const body = chunk.toString('utf8', start, close);
  const text = escaped ? unescaped(body) : body;
  return text === undefined ? undefined : { place, text, end };
}

/** A string that no model writes; it takes the delta's place while a template is proved. */
const probe = 'arb-probe-7f3a91';

/**
 * Learns the template of an event whose only news is `text`, or nothing where that cannot be
 * proved: the candidate hole is filled with a probe and `newsOf` must find just the probe there.
 */
export function learn(
  raw: Buffer,
  news: { readonly place: Place; readonly text: string },
  newsOf: (raw: string) => string | undefined,
): Template | undefined {
  const whole = raw.toString();
  // A lossy decoding would make offsets in characters and in bytes disagree.
  if (Buffer.byteLength(whole) !== raw.length) return undefined;
  const quoted = JSON.stringify(news.text);
  let at = whole.indexOf(quoted);
  for (; at !== -1; at = whole.indexOf(quoted, at + 1)) {
    const [before, after] = [whole.slice(0, at + 1), whole.slice(at + quoted.length - 1)];
    if (newsOf(before + probe + after) !== probe) continue;
    return { place: news.place, before: Buffer.from(before), after: Buffer.from(after) };
  }
  return undefined;
}

function unescaped(body: string): string | undefined {
  try {
    return JSON.parse(`"${body}"`);
  } catch {
    return undefined;
  }
}
