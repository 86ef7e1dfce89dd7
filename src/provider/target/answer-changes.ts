import { isDeepStrictEqual } from 'node:util';
import type { Target } from './target.ts';

/** What of a target decides its answers; its address, key, limits and timeouts do not. */
const decisive = ['provider', 'model', 'via', 'wire', 'params'] as const satisfies (keyof Target)[];

/** What differs between two forms of a target so that their answers are not one sample. */
export function listAnswerChanges(before: Target, now: Target): string[] {
  return decisive
    .filter((key) => !isDeepStrictEqual(before[key], now[key]))
    .map((key) => `${key} was ${asText(before[key])} and is ${asText(now[key])}`);
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
