import { createHash } from 'node:crypto';

/** A piece of other people's text as a judge is shown it. */
export interface Part {
  /** What it is, in arb's words: "first answer". */
  readonly title: string;
  readonly text: string;
}

/** The longest text a judge is shown whole; about 10,000 tokens. */
export const longestShown = 40_000;

/** Of a longer one the beginning says more than the end, and an end is needed to see that it ends. */
const headShare = 0.75;

/**
 * Text as a judge is shown it: cut in the middle where it is too long, with the cut said, and with
 * every character that is not seen on paper written out, so that nothing hides.
 */
export function shownText(text: string, longest = longestShown): string {
  if (text.length <= longest) return visible(text);
  const head = text.slice(0, Math.floor(longest * headShare));
  const tail = text.slice(text.length - (longest - head.length));
  const left = text.length - longest;
  return `${visible(head)}\n[${left} characters are left out here by the one who asks you]\n${visible(tail)}`;
}

/**
 * C0 and C1 controls but newline and tab, marks that reorder or hide text (zero-width, bidirectional,
 * tag characters), and halves of surrogate pairs. A run of one character is written once.
 */
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is written out
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate})\1*/gu;

function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(hidden, (run, one: string) => {
    const code = (one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const times = run.length / one.length;
    return times === 1 ? `[U+${code}]` : `[U+${code} x ${times}]`;
  });
}

/**
 * A code that stands in the lines around each part. It is derived from all the parts, so the same
 * question gives the same bytes (and is found in the cache), and no text can hold it: a text that
 * did would have to contain its own hash.
 */
export function makeCode(parts: readonly Part[]): string {
  for (let turn = 0; ; turn++) {
    const hash = createHash('sha256').update(String(turn));
    for (const { title, text } of parts) hash.update(JSON.stringify([title, text]));
    const code = hash.digest('hex').slice(0, 16);
    if (parts.every(({ text }) => !text.includes(code))) return code;
  }
}

/** The parts one after another, each between two lines that carry the code. */
export function fenced(parts: readonly Part[], code: string): string {
  return parts
    .map(
      ({ title, text }) =>
        `=== ${title} ${code} begins ===\n${text}\n=== ${title} ${code} ends ===`,
    )
    .join('\n\n');
}
