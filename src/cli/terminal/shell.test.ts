import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { say, sayJson } from './shell.ts';

function written(write: (out: PassThrough) => void): string {
  const out = new PassThrough();
  write(out);
  return String(out.read());
}

describe('what stands in the log of a CI', () => {
  it.each([
    ['::error::x', ': :error::x\n'],
    ['  ::set-output name=a::b', '  : :set-output name=a::b\n'],
    ['a table\n::add-mask::x', 'a table\n: :add-mask::x\n'],
    ['target ##[error]x ##vso[task.complete]', 'target # #[error]x # #vso[task.complete]\n'],
    ['a\u2028b\u061c\u009b31m', 'ab31m\n'],
    ['std::vector and ## 2', 'std::vector and ## 2\n'],
  ])('is no command: %j', (line, shown) => {
    expect(written((out) => say(out, line))).toBe(shown);
  });

  it('is JSON that is read as the same value', () => {
    const value = { '##[error]x': 'a\u2028b\u202e\u009b31m\u007f ##vso[x]' };
    const text = written((out) => sayJson(out, value));
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).not.toMatch(/##(?:\[|vso)/);
  });
});
