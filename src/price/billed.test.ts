import { describe, expect, it } from 'vitest';
import { MismatchBook, type NamedPriced, priceAgain, readBilledUsage } from './billed.ts';
import { parsePriceList } from './price-list.ts';

const target: NamedPriced = { name: 'route', model: 'a/b', feePercent: 0 };
const tokens = { billed_input_tokens: 1_000, output_tokens: 100 };
const list = (prices: object) => parsePriceList({ prices }, 'new.json');

describe('an attempt on file', () => {
  it('is priced again by its tokens, whatever was reported then', () => {
    const reported = { ...tokens, cost_usd: 9, cost_source: 'reported' } as const;
    // 1,000 x 2 + 100 x 10 = 3,000 millionths
    const found = priceAgain(reported, target, list({ 'a/b': { input: 2, output: 10 } }));
    expect(found).toBeCloseTo(0.003, 12);
  });

  it('is priced with its cached tokens, and with the aggregator’s fee', () => {
    const row = { ...tokens, cached_tokens: 600, cache_write_tokens: 300 };
    const price = { input: 3, output: 15, cached_input: 0.3, cache_write: 3.75 };
    // 100 x 3 + 600 x 0.3 + 300 x 3.75 + 100 x 15 = 3,105 millionths, and 10 % of it
    const found = priceAgain(row, { ...target, feePercent: 10 }, list({ 'a/b': price }));
    expect(found).toBeCloseTo(0.0034155, 12);
  });

  it('is priced by its target’s own name before that of its model', () => {
    const both = list({ route: { input: 1, output: 0 }, 'a/b': { input: 2, output: 0 } });
    expect(priceAgain(tokens, target, both)).toBeCloseTo(0.001, 12);
  });

  it('has no new price without usage, or where the list lacks it', () => {
    expect(priceAgain({ cost_usd: 1 }, target, list({ 'a/b': { input: 2, output: 1 } }))).toBe(
      undefined,
    );
    expect(priceAgain(tokens, target, list({ c: { input: 2, output: 1 } }))).toBe(undefined);
    expect(readBilledUsage({ billed_input_tokens: 5 })).toBeUndefined();
  });
});

describe('mismatches', () => {
  const at = new Date('2026-11-20T12:00:00Z');
  const priced = { ...target, price: { input: 2, output: 10 }, feePercent: 50 };
  const row = { target: 'route', ...tokens, cost_source: 'reported' } as const;

  it('are added up by target, reported against computed, the fee in both', () => {
    const book = new MismatchBook([priced]);
    // Computed: 0.003 and half of it again.
    book.add({ ...row, cost_usd: 0.006 }, at);
    book.add({ ...row, cost_usd: 0.0045 }, at);
    book.add({ ...row, cost_usd: 0.009 }, at);
    const [found] = book.list();
    expect(found).toMatchObject({ target: 'route', attempts: 2 });
    expect(found?.reported_usd).toBeCloseTo(0.015, 12);
    expect(found?.computed_usd).toBeCloseTo(0.009, 12);
  });

  it('are none where nothing was reported or nothing can be computed', () => {
    const book = new MismatchBook([target]);
    book.add({ ...row, cost_usd: 0.006 }, at);
    book.add({ ...row, cost_usd: 0.006, cost_source: 'override' }, at);
    book.add({ ...row, target: 'nobody', cost_usd: 0.006 }, at);
    expect(book.list()).toEqual([]);
  });
});
