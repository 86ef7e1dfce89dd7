import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { FuzzTarget } from '../bench/fuzz/target.ts';
import { fuzzTargets } from '../bench/fuzz/targets.ts';

/** Inputs on which a reader failed once, and their kin: each is refused as it should be, or read right. */
interface Case {
  readonly target: string;
  readonly about: string;
  readonly text: string;
}

const file = new URL('../fixtures/fuzz/corpus.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];
const targets = new Map<string, FuzzTarget>(Object.entries(fuzzTargets));

it.each(cases)('$target: $about', ({ target, text }) => {
  expect(() => targets.get(target)?.check(text, isDeepStrictEqual)).not.toThrow();
});

it('every reader that is fuzzed has inputs here', () => {
  expect(new Set(cases.map(({ target }) => target))).toEqual(new Set(targets.keys()));
});
