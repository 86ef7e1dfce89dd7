import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnitName, Usage } from '../provider/usage/usage.ts';
import { tokens } from '../units.ts';
import { computedPrice } from './cost.ts';
import { pricesTier, pricesUnit, worstCaseCost } from './worst-cost.ts';

const at = new Date('2026-09-24T12:00:00Z');
const rate = fc.integer({ min: 0, max: 10_000 }).map((cents) => cents / 100);
const someRate = fc.option(rate, { nil: undefined });

const prices = fc
  .record({
    input: rate,
    output: rate,
    cached_input: someRate,
    cache_write: someRate,
    cache_write_1h: someRate,
    input_audio: someRate,
    output_audio: someRate,
    input_image: someRate,
    output_image: someRate,
    input_video: someRate,
    request: someRate,
    long_context: fc.option(
      fc.record({ above: fc.integer({ min: 1_000, max: 3_000 }), input: rate, output: rate }),
      { nil: undefined },
    ),
    factors: fc.option(
      fc.record({
        'service_tier=priority': fc.double({ min: 0.1, max: 5, noNaN: true }),
        'service_tier=flex': fc.double({ min: 0.1, max: 1, noNaN: true }),
        'speed=fast': fc.double({ min: 0.5, max: 6, noNaN: true }),
      }),
      { nil: undefined },
    ),
  })
  .map((price) => JSON.parse(JSON.stringify(price)));

const inputUnits: readonly UnitName[] = ['input_audio', 'input_image', 'input_video'];
const outputUnits: readonly UnitName[] = ['output_audio', 'output_image'];
const units = [...inputUnits, ...outputUnits];

/** What may come of a request of at most so many tokens, with shares of them of each class. */
const usages = fc
  .record({
    input: fc.integer({ min: 0, max: 5_000 }),
    output: fc.integer({ min: 0, max: 5_000 }),
    parts: fc.array(fc.nat(1_000), { minLength: 8, maxLength: 8 }),
    terms: fc.subarray(['service_tier=priority', 'speed=fast']),
  })
  .map(({ input, output, parts, terms }): Usage => {
    const share = (whole: number, at: number) => Math.floor((whole * (parts[at] ?? 0)) / 5_000);
    const unit = (name: UnitName, count: number) => ({ unit: name, count, field: name });
    const written = share(input, 1);
    return {
      inputTokens: tokens(input),
      outputTokens: tokens(output),
      cachedTokens: tokens(share(input, 0)),
      cacheWriteTokens: tokens(written),
      cacheWriteHourTokens: tokens(share(written, 2)),
      units: [
        ...inputUnits.map((name, i) => unit(name, share(input, 3 + i))),
        ...outputUnits.map((name, i) => unit(name, share(output, 6 + i))),
      ].filter(({ count }) => count > 0),
      terms: terms.map((term) => {
        const [field = '', value = ''] = term.split('=');
        return { field, value };
      }),
    };
  });

describe('the worst case of an attempt', () => {
  it('is never less than what any usage within it is billed, whatever the prices', () => {
    fc.assert(
      fc.property(
        prices,
        usages,
        fc.double({ min: 0, max: 20, noNaN: true }),
        (price, usage, fee) => {
          const target = { model: 'm', price, feePercent: fee };
          const billed = computedPrice({ target, usage, at }).cost;
          const most = { inputTokens: tokens(5_000), maxTokens: tokens(5_000), units };
          const reserved = worstCaseCost(target, most, at) ?? 0;
          expect(billed ?? 0).toBeLessThanOrEqual(reserved * (1 + 1e-9));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('of a text is not that of audio, though the target has a price for it', () => {
    const price = { input: 1, output: 2, input_audio: 40, output_audio: 80 };
    const target = { model: 'm', price, feePercent: 0 };
    const most = { inputTokens: tokens(1_000), maxTokens: tokens(1_000) };
    expect(worstCaseCost(target, most, at)).toBeCloseTo(0.003, 12);
    const spoken = { ...most, units: ['input_audio', 'output_audio'] as const };
    expect(worstCaseCost(target, spoken, at)).toBeCloseTo(0.12, 12);
  });
});

describe('content and tiers without a price', () => {
  const price = { input: 1, output: 2, input_audio: 40, factors: { 'service_tier=priority': 2 } };
  const target = { model: 'm', price, feePercent: 0 };

  it('are told from those with one', () => {
    expect(pricesUnit(target, 'input_audio', at)).toBe(true);
    expect(pricesUnit(target, 'output_audio', at)).toBe(false);
    expect(pricesTier(target, 'priority', at)).toBe(true);
    expect(pricesTier(target, 'scale-2', at)).toBe(false);
  });
});
