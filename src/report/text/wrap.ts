import { measureWidth } from './width.ts';

/** A number and its unit are one word. */
const betweenWords = /(?<!\d) | (?!%|(?:ms|s|min|points?)\b)/;

/**
 * A line as lines of at most `width` columns of a terminal, broken between words; those after the first
 * are indented by two more than it. A word that is longer than a line, such as a path, stays whole.
 */
export function wrapWords(line: string, width: number): string[] {
  if (measureWidth(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(betweenWords)) {
    const isFresh = current.trim() === '';
    const longer = isFresh ? current + word : `${current} ${word}`;
    if (isFresh || measureWidth(longer) <= width) current = longer;
    else {
      lines.push(current);
      current = `${indent}  ${word}`;
    }
  }
  return [...lines, current];
}
