import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, jsonFields, measures, rougeL, tokenF1 } from './measures.ts';
import { sameToolCalls } from './tool-calls.ts';

describe('text measures', () => {
  it('count common words with multiplicity', () => {
    // 3 of 4 given and 3 of 5 wanted words in common: 2 x 3 / 9.
    expect(tokenF1('the cat sat down', 'The cat, the dog sat')).toBeCloseTo(6 / 9);
    expect(tokenF1('a a a', 'a')).toBeCloseTo(0.5);
    expect(tokenF1('', 'a')).toBe(0);
    expect(tokenF1('?!', '')).toBe(1);
    expect(tokenF1('東京都', '東京')).toBeCloseTo(4 / 5);
  });

  it('find the longest common subsequence of words', () => {
    // Lin 2004: "police kill the gunman" against "police killed the gunman": police the gunman.
    expect(rougeL('police kill the gunman', 'police killed the gunman')).toBeCloseTo(0.75);
    expect(rougeL('the gunman kill police', 'police killed the gunman')).toBeCloseTo(0.5);
  });

  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['flaw', 'lawn', 2],
    ['👍🏽', '👍', 1],
  ])('count the edits from %j to %j', (one, other, edits) => {
    expect(editDistance(one, other)).toBe(edits);
  });

  it('compare JSON by its leaves, in any order', () => {
    expect(jsonFields('{"b":2,"a":1}', '{"a":1,"b":2}')).toBe(1);
    expect(jsonFields('{"a":1,"b":3}', '{"a":1,"b":2}')).toBe(0.5);
    expect(jsonFields('{"a":1}', '{"a":1,"b":[1,2]}')).toBeCloseTo(0.5);
    expect(jsonFields('{"a":{}}', '{"a":{}}')).toBe(1);
    expect(jsonFields('a: 1', '{"a":1}')).toBe(0);
    expect(jsonFields('{"a.b":1}', '{"a":{"b":1}}')).toBe(0);
  });

  it('lie between 0 and 1, are symmetric, and are 1 for a text and itself', () => {
    const measured = Object.values(measures);
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (a, b) =>
        measured.every((measure) => {
          const value = measure({ answer: a }, { answer: b });
          const back = measure({ answer: b }, { answer: a });
          return value >= 0 && value <= 1 && Math.abs(value - back) < 1e-9;
        }),
      ),
    );
    for (const name of ['token_f1', 'rouge_l', 'edit_similarity'] as const) {
      expect(measures[name]({ answer: 'One, two.' }, { answer: 'One, two.' })).toBe(1);
    }
  });

  it('a text of a megabyte measured against itself is 1 by every measure that cuts it', () => {
    const long = 'word and another '.repeat(60_000);
    expect(rougeL(long, long)).toBe(1);
    expect(measures.edit_similarity({ answer: long }, { answer: long })).toBe(1);
  });
});

describe('tool calls', () => {
  const call = (name: string, given: string) => ({ name, arguments: given });

  it('are the same in any order and with any order of arguments', () => {
    const one = [call('f', '{"a":1,"b":[2]}'), call('g', '')];
    expect(sameToolCalls(one, [call('g', '{}'), call('f', '{"b":[2],"a":1}')])).toBe(true);
    expect(sameToolCalls(one, [call('g', '{}'), call('f', '{"b":[2],"a":2}')])).toBe(false);
  });

  it('are counted: twice is not once', () => {
    const f = call('f', '{}');
    expect(sameToolCalls([f, f], [f])).toBe(false);
    expect(sameToolCalls([f, f], [f, call('f', '{"x":1}')])).toBe(false);
    expect(sameToolCalls([call('f', 'not json')], [call('f', 'not json')])).toBe(true);
  });
});
