import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { wrapWords } from './wrap.ts';

it('breaks a sentence between words, indents what follows, and keeps every word', () => {
  const line = '  saving on the tested requests 75.0 % (95 %: 72.7 % to 77.4 %)';
  const wrapped = wrapWords(line, 30);
  expect(wrapped).toEqual([
    '  saving on the tested',
    '    requests 75.0 % (95 %:',
    '    72.7 % to 77.4 %)',
  ]);
  expect(wrapWords(line, 63)).toEqual([line]);
});

it('measures wide characters, and leaves a path whole that is longer than the line', () => {
  const wrapped = wrapWords(
    '見積もり 費用 合計 金額 kept in reports/a-very-long-name-of-a-run',
    20,
  );
  expect(wrapped.filter((line) => stringWidth(line) > 20)).toEqual([
    '  reports/a-very-long-name-of-a-run',
  ]);
  expect(wrapped[0]).toBe('見積もり 費用 合計');
});

it('keeps a number with its unit', () => {
  expect(wrapWords('a rise of 10 % allowed', 12)).toEqual(['a rise of', '  10 %', '  allowed']);
  expect(wrapWords('after 250 ms at most', 10)).toEqual(['after', '  250 ms', '  at most']);
});
