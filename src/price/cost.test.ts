import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Usage } from '../provider/usage/usage.ts';
import { tokens, usd } from '../units.ts';
import { catalogueDate, catalogueVersion } from './catalogue.ts';
import { type Priced, priceBill } from './cost.ts';
import { worstCaseCost } from './worst-cost.ts';

const at = new Date('2026-11-20T12:00:00Z');
const usage: Usage = { inputTokens: tokens(1_000), outputTokens: tokens(100) };
const target = (changes: Partial<Priced>): Priced => ({
  model: 'gpt-4o-mini',
  feePercent: 0,
  ...changes,
});

describe('the price of an attempt', () => {
  it('is what the provider reports, before anything else', () => {
    const priced = target({ catalogue: 'openai', price: { input: 9, output: 9 } });
    const reported = { ...usage, reportedCost: usd(0.00014553) };
    expect(priceBill({ target: priced, usage: reported, at })).toEqual({
      cost: 0.00014553,
      source: 'reported',
    });
  });

  it('is the user’s own price, before the catalogue', () => {
    const priced = target({ catalogue: 'openai', price: { input: 2, output: 10 } });
    // 1,000 x $2/M + 100 x $10/M = $0.002 + $0.001
    expect(priceBill({ target: priced, usage, at })).toEqual({ cost: 0.003, source: 'override' });
  });

  it('is the catalogue’s for the target’s provider', () => {
    // gpt-4o-mini: 1,000 x $0.15/M + 100 x $0.60/M = $0.00015 + $0.00006
    const priced = priceBill({ target: target({ catalogue: 'openai' }), usage, at });
    expect(priced?.source).toBe('catalogue');
    expect(priced?.cost).toBeCloseTo(0.00021, 10);
  });

  it('is not known where no catalogue has the model', () => {
    expect(priceBill({ target: target({}), usage, at })).toEqual({ unknown: 'price' });
    const unknown = target({ catalogue: 'openai', model: 'my-finetune' });
    expect(priceBill({ target: unknown, usage, at })).toEqual({ unknown: 'price' });
  });

  it('has the aggregator’s fee in it, whoever says the price', () => {
    const reported = { ...usage, reportedCost: usd(0.001) };
    const fee = { feePercent: 5.5, price: { input: 2, output: 10 } };
    expect(priceBill({ target: target(fee), usage: reported, at })?.cost).toBeCloseTo(0.001055, 12);
    expect(priceBill({ target: target(fee), usage, at })?.cost).toBeCloseTo(0.003165, 12);
  });

  it('bills cached reads and writes once at their own rate, and without one is not known', () => {
    const cached = { ...usage, cachedTokens: tokens(600), cacheWriteTokens: tokens(300) };
    const price = { input: 3, output: 15, cached_input: 0.3, cache_write: 3.75 };
    // 100 x 3 + 600 x 0.3 + 300 x 3.75 + 100 x 15 = 3,105 millionths
    expect(priceBill({ target: target({ price }), usage: cached, at })?.cost).toBeCloseTo(
      0.003105,
      12,
    );
    const plain = { input: 3, output: 15 };
    const names = { cached: 'cached_tokens', cacheWrite: 'cache_creation_input_tokens' };
    const bill = (more: object) =>
      priceBill({
        target: target({ price: { ...plain, ...more } }),
        usage: { ...cached, names },
        at,
      });
    expect(bill({})).toEqual({ unknown: 'cached_tokens' });
    expect(bill({ cached_input: 0.3 })).toEqual({ unknown: 'cache_creation_input_tokens' });
    expect(bill({ input: 0 }).cost).toBeCloseTo(0.0015, 12);
  });
});

describe('the worst case of an attempt', () => {
  const forecast = { inputTokens: tokens(1_000), maxTokens: tokens(500) };

  it('has every allowed token in it, and no cached read', () => {
    const price = { input: 2, output: 10, cached_input: 0.2 };
    expect(worstCaseCost(target({ price, feePercent: 10 }), forecast, at)).toBeCloseTo(0.0077, 12);
  });

  it('has all input written to the cache where that is dearer', () => {
    const price = { input: 3, output: 15, cache_write: 3.75 };
    expect(worstCaseCost(target({ price }), forecast, at)).toBeCloseTo(0.01125, 12);
  });

  it('is not known where the price is not', () => {
    expect(worstCaseCost(target({}), forecast, at)).toBeUndefined();
  });
});

describe('the catalogue', () => {
  it('is dated by the version that is installed', () => {
    const manifest = new URL(
      '../../node_modules/@pydantic/genai-prices/package.json',
      import.meta.url,
    );
    expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(catalogueVersion);
    expect(catalogueDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });
});
