import { isDeepStrictEqual } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { sameToolCalls } from './tool-calls.ts';
import type { AnswerText } from './verdict.ts';

/** How near an answer is to a reference without a judge: 0 nothing in common, 1 the same. */
export type Measure = (answer: AnswerText, reference: AnswerText) => number;

/** Measures by the names that arb.yaml uses. They know words, not meaning: no substitute for a judge. */
export const measures = {
  token_f1: (answer, reference) => tokenF1(answer.answer, reference.answer),
  rouge_l: (answer, reference) => rougeL(answer.answer, reference.answer),
  edit_similarity: (answer, reference) => editSimilarity(answer.answer, reference.answer),
  json_fields: (answer, reference) => jsonFields(answer.answer, reference.answer),
  tool_calls: (answer, reference) =>
    sameToolCalls(answer.tool_calls ?? [], reference.tool_calls ?? []) ? 1 : 0,
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

/** Harmonic mean of precision and recall over words, counted with multiplicity (as SQuAD does). */
export function tokenF1(answer: string, reference: string): number {
  const [given, wanted] = [toWords(answer), toWords(reference)];
  const open = new Map<string, number>();
  for (const word of wanted) open.set(word, (open.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of given) {
    const left = open.get(word) ?? 0;
    if (left === 0) continue;
    open.set(word, left - 1);
    common += 1;
  }
  return f1(common, given.length, wanted.length);
}

/** F1 of the longest common subsequence of words (Lin, ROUGE, 2004). */
export function rougeL(answer: string, reference: string): number {
  const [given, wanted] = [toWords(answer), toWords(reference)].map((words) =>
    words.slice(0, longestCompared),
  );
  if (!given || !wanted) return 0;
  let previous = new Uint32Array(wanted.length + 1);
  for (const word of given) {
    const row = new Uint32Array(wanted.length + 1);
    for (let j = 1; j <= wanted.length; j++) {
      row[j] =
        word === wanted[j - 1]
          ? (previous[j - 1] ?? 0) + 1
          : Math.max(previous[j] ?? 0, row[j - 1] ?? 0);
    }
    previous = row;
  }
  return f1(previous[wanted.length] ?? 0, given.length, wanted.length);
}

/**
 * Levenshtein's distance in characters: insertions, deletions and replacements. A character beyond
 * U+FFFF is two units of a JavaScript string; each such character gets one unit of its own from the
 * private use area, so that it counts once.
 */
export function editDistance(one: string, other: string): number {
  const units = new Map<string, string>();
  const flat = (text: string) =>
    text.replaceAll(/[\u{10000}-\u{10FFFF}]/gu, (character) => {
      const unit = units.get(character) ?? String.fromCharCode(0xe000 + units.size);
      units.set(character, unit);
      return unit;
    });
  return distance(flat(one), flat(other));
}

/** The time of both grows with the square of the length: 5,000 words by 5,000 take a tenth of a second. */
const longestCompared = 5_000;

/** 1 - distance / longer length, over at most the first 5,000 characters of each. */
function editSimilarity(answer: string, reference: string): number {
  const [a, b] = [answer.slice(0, longestCompared), reference.slice(0, longestCompared)];
  const longer = Math.max([...a].length, [...b].length);
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer;
}

/**
 * F1 over the leaves of two JSON values, each by its path and value: a field that is missing, wrong
 * or too many counts against. 0 where either is not JSON.
 */
export function jsonFields(answer: string, reference: string): number {
  const [given, wanted] = [readLeaves(answer), readLeaves(reference)];
  if (!given || !wanted) return 0;
  let common = 0;
  for (const [path, value] of given) {
    if (wanted.has(path) && isDeepStrictEqual(wanted.get(path), value)) common += 1;
  }
  return f1(common, given.size, wanted.size);
}

function readLeaves(text: string): Map<string, unknown> | undefined {
  const leaves = new Map<string, unknown>();
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    const inner =
      typeof value === 'object' && value !== null ? Object.entries(value) : ([] as const);
    if (inner.length === 0) leaves.set(JSON.stringify(path), value);
    for (const [key, each] of inner) walk(each, [...path, key]);
  };
  try {
    walk(JSON.parse(text), []);
  } catch {
    return undefined;
  }
  return leaves;
}

function f1(common: number, given: number, wanted: number): number {
  if (given === 0 && wanted === 0) return 1;
  return (2 * common) / (given + wanted);
}

/** Letters and digits, in one case; a script without spaces gives its characters. */
function toWords(text: string): string[] {
  const words =
    text
      .toLowerCase()
      .normalize('NFKC')
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.flatMap((word) =>
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word)
      ? [...word]
      : [word],
  );
}
