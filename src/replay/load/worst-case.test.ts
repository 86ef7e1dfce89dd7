import { describe, expect, it } from 'vitest';
import { fakeTarget } from '../attempt/fake.test.helper.ts';
import { boundTokens } from './worst-case.ts';

const target = fakeTarget('a');
const messages = [{ role: 'user', content: 'hi' }];
const outputOf = (body: Record<string, unknown>) => {
  const worst = boundTokens({ messages, ...body }, 100, target);
  return worst.kind === 'bounded' ? worst.output : worst.why;
};
const inputOf = (content: unknown, change = {}) => {
  const body = { messages: [{ role: 'user', content }], max_tokens: 1 };
  const worst = boundTokens(body, 100, { ...target, ...change });
  return worst.kind === 'bounded' ? worst.input : worst.why;
};

describe('the most that a request can be billed for', () => {
  it('takes the output limit under the name that each wire has for it, n times', () => {
    expect(outputOf({ max_tokens: 7 })).toBe(7);
    expect(outputOf({ max_completion_tokens: 7, n: 3 })).toBe(21);
    expect(outputOf({ max_output_tokens: 7 })).toBe(7);
    expect(outputOf({ generationConfig: { maxOutputTokens: 7, candidateCount: 2 } })).toBe(14);
  });

  it('counts a thinking budget beside the limit, as some servers do', () => {
    expect(outputOf({ max_tokens: 10, thinking: { budget_tokens: 90 } })).toBe(100);
    const thinkingConfig = { thinkingBudget: 90 };
    expect(outputOf({ generationConfig: { maxOutputTokens: 10, thinkingConfig } })).toBe(100);
  });

  it('has no bound where no limit goes out, or the provider adds content of its own', () => {
    expect(outputOf({})).toMatch(/max_tokens/);
    expect(outputOf({ max_tokens: 1, web_search_options: {} })).toMatch(/web_search_options/);
  });

  it.each([
    ['a search of OpenRouter by a suffix', {}, { model: 'x/y:online' }, /:online/],
    ['a search tool of Z.ai', { tools: [{ type: 'web_search' }] }, {}, /"web_search"/],
    ['a function of Moonshot’s own', { tools: [{ type: 'builtin_function' }] }, {}, /builtin/],
    ['a search of Alibaba’s', { enable_search: true }, {}, /enable_search/],
    ['a tier without a price', { service_tier: 'priority' }, {}, /priority/],
    ['an answer in audio without a price', { modalities: ['text', 'audio'] }, {}, /output_audio/],
  ])('has no bound for %s', (_, more, change, why) => {
    const body = { messages, max_tokens: 1, ...more };
    const price = { input: 1, output: 1 };
    const worst = boundTokens(body, 100, { ...target, price, ...change });
    expect(worst).toMatchObject({ kind: 'unbounded', why: expect.stringMatching(why) });
  });

  it('has a bound for functions, and for tiers and audio that have a price', () => {
    const price = { input: 1, output: 1, output_audio: 5, factors: { 'service_tier=priority': 2 } };
    const body = {
      messages,
      max_tokens: 1,
      tools: [{ type: 'function', function: { name: 'f' } }],
      service_tier: 'priority',
      modalities: ['text', 'audio'],
      enable_search: false,
    };
    expect(boundTokens(body, 100, { ...target, price })).toMatchObject({
      kind: 'bounded',
      units: ['output_audio'],
    });
  });

  it('refuses audio that the target has no price for', () => {
    const audio = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
    expect(inputOf([audio], { price: { input: 1, output: 1 } })).toMatch(/input_audio/);
    const priced = { price: { input: 1, output: 1, input_audio: 9 } };
    expect(inputOf([audio], priced)).toBeLessThan(300);
  });

  it('counts an image by what providers document at most, however short its address is', () => {
    const image = { type: 'image_url', image_url: { url: 'https://x/y.png' } };
    expect(inputOf([image])).toBeGreaterThan(36_000);
    expect(inputOf([image, image])).toBeGreaterThan(73_000);
  });

  it('bounds a file by the context window, and refuses it where that is not known', () => {
    const file = { type: 'file', file: { file_data: 'https://x/y.pdf' } };
    expect(inputOf([file])).toMatch(/context_tokens/);
    expect(inputOf([file], { contextTokens: 200_000 })).toBe(200_000);
  });

  it('does not end with a body of a depth that a recursion would not survive', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(typeof inputOf(deep)).toBe('number');
  });
});
