/**
 * The lines of UTF-8 bytes, as many at once as a piece of them holds. Only a line feed ends one: Node's
 * readline takes U+2028 for an end as well, which JSON leaves as it is in a text.
 * @param longest length at which a line is cut off, somewhere behind it, so that it is known by its own
 *   @default Infinity
 */
export async function* splitLines(
  pieces: AsyncIterable<Buffer>,
  longest = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8');
  let parts: string[] = [];
  let length = 0;
  for await (const bytes of pieces) {
    const text = decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf('\n');
    if (end < 0) {
      // Kept in parts: one string that grows with every piece would be copied each time.
      if (length <= longest) parts.push(text);
      length += text.length;
      continue;
    }
    const lines = text.slice(0, end).split('\n');
    lines[0] = parts.join('') + lines[0];
    yield lines;
    parts = [text.slice(end + 1)];
    length = text.length - end - 1;
  }
  const last = parts.join('') + decoder.decode();
  if (last !== '') yield [last];
}

/**
 * What separates lines or reorders a text, besides control characters: U+2028 and U+2029, and the marks,
 * embeddings, overrides and isolates of bidirectional text (UAX 9).
 */
const reordering = '\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069';
const driving = new RegExp(`[^\\P{Cc}\\n\\t]|[${reordering}]`, 'gu');
const breaking = new RegExp(`[\\p{Cc}${reordering}]+`, 'gu');

/** A text of somebody else's without what could drive a terminal; its line feeds and tabs stay. */
export const printable = (text: string): string => text.replaceAll(driving, '');

/** The same on one line: a name with a line break in it would make a line of its own. */
export const oneLine = (text: string): string => text.replaceAll(breaking, ' ');

/**
 * JSON on several lines that is read as the same value, and in which nothing drives a terminal or is a
 * command of a CI.
 */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .replaceAll(driving, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll(/##(?=\[|vso\[)/g, '#\\u0023');
