import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { tokens, usd } from '../units.ts';
import { findMismatch, type Priced } from './cost.ts';
import { diffPrices, parsePriceList } from './price-list.ts';
import { knownContext, priceSheet } from './price-sheet.ts';

const at = new Date('2026-11-20T12:00:00Z');
const usage = { inputTokens: tokens(1_000), outputTokens: tokens(100) };
const target: Priced = { model: 'a/b', feePercent: 0 };

describe('a price list', () => {
  it.each([
    [
      'OpenRouter’s models, per token in text',
      {
        data: [
          {
            id: 'a/b',
            pricing: {
              prompt: '0.0000003',
              completion: '0.00000088',
              input_cache_read: '0.00000003',
              input_cache_write: '0.000000375',
            },
          },
          { id: 'openrouter/auto', pricing: { prompt: '-1', completion: '-1' } },
        ],
      },
    ],
    [
      'a bare list, per million',
      [
        {
          id: 'a/b',
          pricing: { input: 0.3, output: 0.88, cached_input: 0.03, cache_write: 0.375 },
        },
      ],
    ],
    [
      'LiteLLM’s price map',
      {
        sample_spec: { max_tokens: 'see docs' },
        'a/b': {
          input_cost_per_token: 3e-7,
          output_cost_per_token: 8.8e-7,
          cache_read_input_token_cost: 3e-8,
          cache_creation_input_token_cost: 3.75e-7,
        },
      },
    ],
    [
      'LiteLLM’s own models',
      {
        data: [
          {
            model_name: 'a/b',
            model_info: {
              input_cost_per_token: 3e-7,
              output_cost_per_token: 8.8e-7,
              cache_read_input_token_cost: 3e-8,
              cache_creation_input_token_cost: 3.75e-7,
            },
          },
        ],
      },
    ],
    [
      'arb’s own, with its date',
      {
        date: '2026-11-20',
        prices: { 'a/b': { input: 0.3, output: 0.88, cached_input: 0.03, cache_write: 0.375 } },
      },
    ],
  ])('may be %s', (_, json) => {
    const { prices } = parsePriceList(json, 'list.json');
    expect([...prices]).toEqual([
      ['a/b', { input: 0.3, output: 0.88, cached_input: 0.03, cache_write: 0.375 }],
    ]);
  });

  it('without any price is refused with the shapes that are read', () => {
    expect(() => parsePriceList({ data: [{ id: 'a' }] }, 'list.json')).toThrow(UsageError);
    expect(() => parsePriceList('hello', 'list.json')).toThrow(/list\.json: no prices found/);
  });

  it('is compared with another by model', () => {
    const list = (prices: object) => parsePriceList({ prices }, 'x');
    const before = list({ a: { input: 1, output: 2 }, b: { input: 1, output: 2 } });
    const after = list({ b: { input: 1, output: 3 }, c: { input: 0, output: 0 } });
    expect(diffPrices(before, after)).toEqual([
      { kind: 'removed', model: 'a', before: { input: 1, output: 2 } },
      {
        kind: 'changed',
        model: 'b',
        before: { input: 1, output: 2 },
        after: { input: 1, output: 3 },
      },
      { kind: 'added', model: 'c', after: { input: 0, output: 0 } },
    ]);
    expect(diffPrices(before, before)).toEqual([]);
  });
});

describe('a mismatch', () => {
  const price = { input: 2, output: 10 };

  it('is reported against computed, with the fee in both', () => {
    const reported = { ...usage, reportedCost: usd(0.004) };
    const priced = { ...target, price, feePercent: 50 };
    const mismatch = findMismatch({ target: priced, usage: reported, at });
    expect(mismatch?.reported).toBeCloseTo(0.006, 12);
    expect(mismatch?.computed).toBeCloseTo(0.0045, 12);
  });

  it('is none where they agree to a ten-thousandth, or one of them is not known', () => {
    const near = { ...usage, reportedCost: usd(0.00300001) };
    expect(findMismatch({ target: { ...target, price }, usage: near, at })).toBeUndefined();
    expect(findMismatch({ target: { ...target, price }, usage, at })).toBeUndefined();
    expect(findMismatch({ target, usage: near, at })).toBeUndefined();
  });
});

describe('a price sheet', () => {
  it('shows the catalogue’s price with its day and where long contexts begin', () => {
    const sonnet = { ...target, model: 'claude-sonnet-4-5-20250929', catalogue: 'anthropic' };
    expect(priceSheet(sonnet, at)).toEqual({
      price: {
        input: 3,
        output: 15,
        cached_input: 0.3,
        cache_write: 3.75,
        cache_write_1h: 6,
        web_search: 0.01,
        long_context: {
          above: 200_000,
          input: 6,
          output: 22.5,
          cached_input: 0.6,
          cache_write: 7.5,
        },
      },
      source: 'catalogue',
      date: '2026-09-23',
      longContextFrom: 200_000,
      contextTokens: 200_000,
      feePercent: 0,
    });
  });

  it('shows what the user’s own price hides', () => {
    const mini = { model: 'gpt-4o-mini', catalogue: 'openai', feePercent: 5 };
    expect(priceSheet({ ...mini, price: { input: 0, output: 0 } }, at)).toMatchObject({
      price: { input: 0, output: 0 },
      source: 'override',
      feePercent: 5,
      hides: { input: 0.15, output: 0.6 },
    });
  });

  it('knows the context window where the catalogue does', () => {
    const sonnet = { ...target, model: 'claude-sonnet-4-5-20250929', catalogue: 'anthropic' };
    expect(knownContext(sonnet)).toBe(200_000);
    expect(knownContext(target)).toBeUndefined();
    expect(knownContext({ ...target, catalogue: 'openai' })).toBeUndefined();
  });

  it('is nothing where nobody knows a price', () => {
    expect(priceSheet(target, at)).toBeUndefined();
    expect(priceSheet({ ...target, catalogue: 'openai' }, at)).toBeUndefined();
  });
});

describe('the parts of a price that are not input and output', () => {
  // HeyPuter/puter#2339: OpenRouter lists a price per request.
  it('a fee per request is read in USD each, and a change of it is a change', () => {
    const list = (request: string) =>
      parsePriceList(
        { data: [{ id: 'a/b', pricing: { prompt: '0.000001', completion: '0.000001', request } }] },
        'list',
      );
    expect(list('0.005').prices.get('a/b')).toEqual({ input: 1, output: 1, request: 0.005 });
    expect(list('0').prices.get('a/b')).toEqual({ input: 1, output: 1 });
    expect(diffPrices(list('0.012'), list('0.005'))).toMatchObject([
      { kind: 'changed', before: { request: 0.012 }, after: { request: 0.005 } },
    ]);
  });

  it('LiteLLM’s prices of long contexts and audio are read', () => {
    const map = {
      'a/b': {
        input_cost_per_token: 1.25e-6,
        output_cost_per_token: 1e-5,
        input_cost_per_audio_token: 1e-6,
        input_cost_per_token_above_200k_tokens: 2.5e-6,
        output_cost_per_token_above_200k_tokens: 1.5e-5,
      },
    };
    expect(parsePriceList(map, 'map').prices.get('a/b')).toEqual({
      input: 1.25,
      output: 10,
      input_audio: 1,
      long_context: { above: 200_000, input: 2.5, output: 15 },
    });
  });
});
