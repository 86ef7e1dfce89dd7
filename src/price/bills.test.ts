import { describe, expect, it } from 'vitest';
import { plainTarget } from '../provider/scripted.test.helper.ts';
import type { Usage } from '../provider/usage/usage.ts';
import { wires } from '../provider/wire/wires.ts';
import { findMismatch } from './cost.ts';
import {
  billOf,
  bills,
  pricedOf,
  usageOf,
  type WorkedBill,
  worked,
} from './worked-bill.test.helper.ts';

const named = (name: string): WorkedBill =>
  bills.find((bill) => bill.name.startsWith(name)) ?? expect.unreachable(name);
const microsOf = (bill: WorkedBill): number => (billOf(bill)?.cost ?? Number.NaN) * 1e6;

describe('a bill', () => {
  it.each(bills)('is right to the micro-dollar: $name', (bill) => {
    const cost = billOf(bill);
    if (bill.micro_usd_by_hand === null) {
      expect(cost?.cost).toBeUndefined();
      if (bill.unknown !== undefined) expect(cost).toEqual({ unknown: bill.unknown });
      return;
    }
    expect((cost?.cost ?? Number.NaN) * 1e6).toBeCloseTo(worked(bill.micro_usd_by_hand), 6);
    expect(cost?.source).toBe(bill.source ?? 'catalogue');
  });

  it('is worked out for at least a hundred payloads, each with its rule', () => {
    expect(bills.length).toBeGreaterThanOrEqual(100);
    expect(bills.filter(({ rule }) => rule === '')).toEqual([]);
    expect(new Set(bills.map(({ name }) => name)).size).toBe(bills.length);
  });
});

describe('what users complain of', () => {
  const chunk = (fields: object) =>
    wires['openai-chat'].reader().event(JSON.stringify(fields), undefined);

  it('1. cached tokens are billed once: neither twice nor not at all', () => {
    const subset = named('OpenAI, cached tokens');
    const asFresh = { ...subset, usage: { prompt_tokens: 2006, completion_tokens: 300 } };
    expect(microsOf(subset)).toBeLessThan(microsOf(asFresh));
    // Twice would be 2,006 fresh and 1,920 cached.
    expect(microsOf(asFresh) - microsOf(subset)).toBeCloseTo(1920 * (2.5 - 1.25), 6);
    const disjoint = named('Anthropic, a cache read');
    const dropped = { ...disjoint, usage: { input_tokens: 50, output_tokens: 503 } };
    expect(microsOf(disjoint) - microsOf(dropped)).toBeCloseTo(100_000 * 0.3, 6);
  });

  it('2. usage in a stream is asked for, and taken from whichever chunk it comes in', () => {
    const asked = wires['openai-chat'].encode({ messages: [] }, plainTarget('http://127.0.0.1'));
    expect(asked.stream_options).toEqual({ include_usage: true });
    const usage = { prompt_tokens: 20, completion_tokens: 4 };
    const expected: Usage | object = { inputTokens: 20, outputTokens: 4 };
    const choices = [{ index: 0, delta: { content: 'a' }, finish_reason: null }];
    expect(chunk({ choices: [], usage }).usage).toEqual(expected);
    expect(chunk({ choices, usage }).usage).toEqual(expected);
    expect(chunk({ choices: [{ ...choices[0], usage }] }).usage).toEqual(expected);
    expect(chunk({ choices, x_groq: { usage } }).usage).toEqual(expected);
  });

  it('3. reasoning tokens are billed once, inside the output or beside it', () => {
    for (const [name, out] of [
      ['OpenAI, reasoning', 1186],
      ['xAI, reasoning', 763],
      ['Gemini, thoughts', 217],
      ["Gemini's compatible", 120],
    ] as const) {
      const bill = named(name);
      expect(usageOf(bill)?.outputTokens).toBe(out);
    }
  });

  it('4. a wrong or stale price is seen: by its day, by an override, by what was reported', () => {
    const before = named('OpenAI, a price that changed');
    const after = { ...before, at: '2026-11-20T12:00:00Z' };
    expect(microsOf(before)).toBeCloseTo(5 * microsOf(after), 6);
    expect(billOf({ ...after, price: { input: 1, output: 1 } })?.source).toBe('override');
    const reported = named('OpenRouter');
    const usage = usageOf(reported);
    const wrong = { ...pricedOf(reported), price: { input: 1_000, output: 1_000 } };
    const mismatch = usage && findMismatch({ target: wrong, usage, at: new Date(reported.at) });
    expect(mismatch?.computed).toBeGreaterThan(mismatch?.reported ?? Infinity);
  });
});
