import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../workload/expectation.ts';
import { checkAnswer } from './check.ts';
import { firstChoice, lastNumber } from './text.ts';

const quality = (expectation: Expectation, answer: string) =>
  checkAnswer([expectation], { answer })?.quality;

describe('deterministic checks', () => {
  it.each([
    ['The answer is 1,234.50.', 1234.5],
    ['5 + 3 = 8', 8],
    ['-7', -7],
    ['from 3-5 it goes to −2', -2],
    ['$18.00', 18],
    ['between 10 and 2,000,000', 2_000_000],
    ['about 6e3 of them', 6_000],
    ['v2.1.3 is not it, .5 is', 0.5],
    ['in 1,2 or 3,45', 45],
    ['no number', undefined],
    ['GPT4', undefined],
  ])('reads the last number of %j as %j', (text, number) => {
    expect(lastNumber(text)).toBe(number);
  });

  it.each([
    [['A', 'B', 'C'], 'B', 'B'],
    [['A', 'B', 'C'], '**C**. Because A is wrong', 'C'],
    [['A', 'B', 'C'], 'Answer: (B)', 'B'],
    [['A', 'B', 'C'], 'ABC', undefined],
    [['up', 'down', 'none'], 'Down.', 'down'],
    [['up', 'down', 'none'], 'the upper end: down', 'down'],
    [['yes', 'yes, partly'], 'yes, partly', 'yes, partly'],
    [['1.5', '1'], '1.5', '1.5'],
    [['ja', 'nö'], 'nö, ja', 'nö'],
  ])('of %j finds in %j the first that stands alone: %j', (of, text, choice) => {
    expect(firstChoice(of, text)).toBe(choice);
  });

  it('compares exactly after trimming, with case', () => {
    expect(quality({ exact: 'Paris' }, ' Paris\n')).toBe(1);
    expect(quality({ exact: 'Paris' }, 'paris')).toBe(0);
  });

  it('wants every part that must be contained', () => {
    expect(quality({ contains: ['a', 'b'] }, 'b a')).toBe(1);
    expect(quality({ contains: ['a', 'z'] }, 'b a')).toBe(0);
  });

  it('gives the same answer twice to a regex with the g flag', () => {
    const expectation = { regex: 'x', flags: 'g' };
    expect([1, 2, 3].map(() => quality(expectation, 'x'))).toEqual([1, 1, 1]);
  });

  it('keeps to the tolerance of a number', () => {
    expect(quality({ number: 0.3 }, '0.30000000000000004')).toBe(1);
    expect(quality({ number: 10, tolerance: 0.5 }, '10.5')).toBe(1);
    expect(quality({ number: 10, tolerance: 0.5 }, '10.6')).toBe(0);
  });

  it('validates JSON by its schema and says where it fails', () => {
    const schema = {
      type: 'object',
      properties: { email: { type: 'string', format: 'email' }, n: { type: 'integer' } },
      required: ['email'],
    };
    expect(quality({ json_schema: schema }, '{"email":"a@b.co","n":1}')).toBe(1);
    const wrong = checkAnswer([{ json_schema: schema }], { answer: '{"email":"a@b.co","n":1.5}' });
    expect(wrong).toEqual({
      quality: 0,
      by: 'json_schema',
      why: 'json_schema: /n must be integer',
    });
    expect(quality({ json_schema: schema }, '```json\n{"email":"a@b.co"}\n```')).toBe(0);
  });

  it('keeps two schemas of one $id apart, and says of a third that it is none', () => {
    const named = (type: string) => ({ $id: 'https://example.com/answer', type });
    expect(quality({ json_schema: named('integer') }, '1')).toBe(1);
    expect(quality({ json_schema: named('string') }, '1')).toBe(0);
    const broken = checkAnswer([{ json_schema: named('strin') }], { answer: '1' });
    expect(broken?.why).toContain('the schema itself cannot be read');
  });

  it('compares a tool call by name and arguments, whatever their order', () => {
    const expectation = { tool_call: { name: 'book', arguments: { from: 'A', to: ['B'] } } };
    const call = (name: string, args: string) =>
      checkAnswer([expectation], { answer: '', tool_calls: [{ name, arguments: args }] })?.quality;
    expect(call('book', '{"to":["B"],"from":"A"}')).toBe(1);
    expect(call('book', '{"to":["C"],"from":"A"}')).toBe(0);
    expect(call('look', '{"to":["B"],"from":"A"}')).toBe(0);
    expect(call('book', 'not json')).toBe(0);
  });

  it('wants all of a list, and leaves to a judge what only a judge can say', () => {
    const list: Expectation[] = [{ contains: 'x' }, { regex: 'y' }];
    expect(checkAnswer(list, { answer: 'x y' })).toEqual({ quality: 1, by: 'contains+regex' });
    expect(checkAnswer(list, { answer: 'x' })?.why).toBe('regex: no match');
    expect(checkAnswer([{ rubric: 'polite' }], { answer: 'x' })).toBeUndefined();
    expect(checkAnswer([], { answer: 'x' })).toBeUndefined();
  });
});
