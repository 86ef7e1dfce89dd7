import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/**
 * A name from outside (a target, a task, an app, a key of the metadata) may be `constructor` or
 * `__proto__`. Collections by such names are maps or objects without a prototype, and a name is
 * looked for among an object's own.
 */
const root = import.meta.dirname;
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.test(?:\.helper)?\.tsx?$/.test(name),
);

/** The code alone: strings and comments may say what they like. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/gm,
    '""',
  );
}

function find(pattern: RegExp): string[] {
  return sources.flatMap((file) =>
    [...codeOf(file).matchAll(pattern)].map(([found]) => `${file}: ${found}`),
  );
}

it('no collection by names starts as an object with a prototype', () => {
  expect(find(/(?:const|let|readonly) [#\w]+: (?:Partial<)?Record<string,[^=;]*> = \{\}/g)).toEqual(
    [],
  );
});

it('no name is looked for in the prototype of an object', () => {
  const lookups = find(
    /(?<!\bconst |\blet )\b(?!K\b|Key\b|Field\b|Part\b|kind\b)[a-z]\w* in [\w.]+/g,
  );
  expect(lookups).toEqual([]);
});

it('the patterns find what they are for', () => {
  const collection = /(?:const|let|readonly) [#\w]+: (?:Partial<)?Record<string,[^=;]*> = \{\}/;
  expect('const a: Record<string, number> = {};').toMatch(collection);
  expect('const a: Record<string, number> = Object.create(null);').not.toMatch(collection);
});
