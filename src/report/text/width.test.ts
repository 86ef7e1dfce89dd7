import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { measureWidth } from './width.ts';

it('counts columns as string-width does, for each character of Western text alone and in a word', () => {
  for (let code = 0; code < 0x21_00; code += 1) {
    const char = String.fromCodePoint(code);
    for (const text of [char, `a${char}b`]) {
      expect([code, measureWidth(text)]).toEqual([code, stringWidth(text)]);
    }
  }
  expect(measureWidth('a 日本 👩‍💻 e\u0301')).toBe(11);
});
