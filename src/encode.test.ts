import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  fishWord,
  hashComment,
  headerText,
  jsonText,
  markdownText,
  pythonValue,
  shellWord,
  tomlString,
  typescriptValue,
  yamlText,
  zshSpecText,
} from './encode.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '\n', '`', '$', '#', '\u0085', '\u2028', '}'),
  }),
);
const plain = text.filter((value) => !value.includes('\0'));
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });

it('a value is the same in JavaScript, and JSON is printable ASCII', () => {
  fc.assert(
    fc.property(json, (value) => {
      const sent = JSON.stringify(value);
      expect(JSON.stringify(new Function(`return ${typescriptValue(value)}`)())).toBe(sent);
      expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(sent));
      expect(jsonText(value)).toMatch(/^[ -~]*$/);
    }),
  );
});

it('a key of the prototype is a key like any other in TypeScript', () => {
  const value = JSON.parse('{"__proto__": {"a": "__proto__"}, "b": "\\"__proto__\\":"}');
  const back = new Function(`return ${typescriptValue(value)}`)();
  expect(Object.keys(back)).toEqual(['__proto__', 'b']);
  expect(JSON.stringify(back)).toBe(JSON.stringify(value));
});

it('values are the same in Python and TOML, and words in a shell', () => {
  const values = fc.sample(json, 200);
  const texts = fc.sample(plain, 200).map((value) => value.toWellFormed());
  const script = [
    'import json, sys, tomllib',
    `values = [${values.map(pythonValue).join(',')}]`,
    'print(json.dumps(values))',
    'toml = tomllib.loads(sys.stdin.read())',
    'print(json.dumps(toml["a"]))',
  ].join('\n');
  const toml = `a = [${texts.map(tomlString).join(',')}]`;
  const [first = '', second = ''] = execFileSync('python3', ['-c', script], {
    input: toml,
    encoding: 'utf8',
  }).split('\n');
  expect(JSON.parse(first)).toEqual(JSON.parse(JSON.stringify(values)));
  expect(JSON.parse(second)).toEqual(texts);
  const words = execFileSync('sh', ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`]);
  expect(words.toString().split('\0').slice(0, -1)).toEqual(texts);
});

it('words of fish and texts of specs in zsh hold what their shell would read as its own', () => {
  expect(fishWord(`it's \\ $(touch x)`)).toBe(`'it\\'s \\\\ $(touch x)'`);
  expect(zshSpecText('a:b [c] \\')).toBe('a\\:b \\[c\\] \\\\');
});

it('YAML is read alike as 1.1 and 1.2, its comment is one line', () => {
  fc.assert(
    fc.property(fc.dictionary(text, text), text, (value, comment) => {
      const wellFormed = JSON.parse(JSON.stringify(value), (_, one) =>
        typeof one === 'string' ? one.toWellFormed() : one,
      );
      fc.pre(Object.keys(value).every((key) => key.isWellFormed() && key !== '__proto__'));
      const yaml = yamlText(value, comment);
      expect(parse(yaml)).toEqual(wellFormed);
      expect(parse(yaml, { version: '1.1', merge: false })).toEqual(wellFormed);
    }),
  );
});

it('a text of several lines with a tab is one that PyYAML reads', () => {
  const value = { when: ["\n\t\\\"'); x = 1; ('", 'a\n\tb\n', '\t'], '\n\tkey': 1 };
  const text = yamlText(value);
  expect(parse(text)).toEqual(value);
  expect(text).not.toContain('\t');
});

it('comments, headers and Markdown stay one line without markup', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(hashComment(value)).toMatch(/^# [ -~]*$/);
      expect(headerText(value)).toMatch(/^[ -~]*$/);
      expect(markdownText(value)).not.toMatch(/[\n\r\\`*_[\]<>|:]/);
    }),
  );
});
