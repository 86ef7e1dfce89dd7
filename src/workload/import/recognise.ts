import { type FormatName, formats } from './formats.ts';
import { refused } from './refused.ts';

/** What a file is taken for, and what it might have been. */
export type Recognised =
  | { readonly state: 'known'; readonly name: FormatName; readonly runnerUp?: RunnerUp }
  | { readonly state: 'refused'; readonly title: string; readonly instead: string }
  | { readonly state: 'unknown' };

export interface RunnerUp {
  readonly name: FormatName;
  /** Share of the first records that it would have read, from 0 to 1. */
  readonly score: number;
}

/** A format must fit at least this share of the first records, weighed by how sure each one is. */
const LEAST_SCORE = 0.25;

/** The format of a file by its first records: the one with the largest mean score. */
export function recognise(values: readonly unknown[]): Recognised {
  const names = Object.keys(formats) as FormatName[];
  const scored = names
    .map((name) => {
      const scores = values.map((value) => formats[name].recognise(value));
      const score = scores.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
      return { name, score };
    })
    .toSorted((a, b) => b.score - a.score);
  const [best, second] = scored;
  const no = refused.find((each) => values.some(each.recognise));
  if (no && (best === undefined || best.score < 0.9)) {
    return { state: 'refused', title: no.title, instead: no.instead };
  }
  if (!best || best.score < LEAST_SCORE) return { state: 'unknown' };
  return {
    state: 'known',
    name: best.name,
    ...(second && second.score > 0 && { runnerUp: second }),
  };
}
