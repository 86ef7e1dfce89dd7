import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainTarget } from '../provider/scripted.test.helper.ts';
import type { PriceOverride, WireName } from '../provider/target/target.ts';
import type { Usage } from '../provider/usage/usage.ts';
import { wires } from '../provider/wire/wires.ts';
import { findMismatch, type Priced, priceOf } from './cost.ts';

/** A usage payload as its provider documents it, and its bill as worked out by hand. */
interface WorkedBill {
  readonly name: string;
  readonly wire: WireName;
  /** Name of the preset, where it is not the catalogue's own. */
  readonly provider?: string;
  readonly catalogue: string | null;
  readonly model: string;
  readonly at: string;
  readonly usage: object | null;
  readonly service_tier?: string;
  readonly price?: PriceOverride;
  readonly fee_percent?: number;
  readonly source?: string;
  /** Tokens times USD per million, term by term, in millionths of a dollar; null = not known. */
  readonly micro_usd_by_hand: string | null;
}

const bills: WorkedBill[] = JSON.parse(
  readFileSync(new URL('../../fixtures/provider/bills.json', import.meta.url), 'utf8'),
);

/** Sums the products of the arithmetic in the fixture. */
const worked = (sum: string): number =>
  sum.split('+').reduce((total, product) => {
    const [tokens, rate] = product.split('*').map(Number);
    return total + (tokens ?? Number.NaN) * (rate ?? Number.NaN);
  }, 0);

/** The payload inside the smallest whole answer of its wire. */
function answerWith({ usage, service_tier, wire }: WorkedBill): object {
  const answers: Partial<Record<WireName, object>> = {
    'openai-chat': {
      choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
      usage,
      service_tier,
    },
    'openai-responses': { status: 'completed', output: [], usage, service_tier },
    'anthropic-messages': { type: 'message', content: [], stop_reason: 'end_turn', usage },
    gemini: { candidates: [{ finishReason: 'STOP' }], usageMetadata: usage },
  };
  return answers[wire] ?? expect.unreachable(wire);
}

const pricedOf = ({ model, catalogue, price, fee_percent }: WorkedBill): Priced => ({
  model,
  feePercent: fee_percent ?? 0,
  ...(catalogue !== null && { catalogue }),
  ...(price && { price }),
});

/** Presets by their id in the price catalogue, where the two differ. */
const presetOf: Readonly<Record<string, string>> = { 'x-ai': 'xai', azure: 'azure-openai' };

function usageOf(bill: WorkedBill): Usage | undefined {
  const provider = bill.provider ?? presetOf[bill.catalogue ?? ''] ?? bill.catalogue ?? undefined;
  return wires[bill.wire].reader(provider).whole(answerWith(bill)).usage;
}

function billOf(bill: WorkedBill) {
  const usage = usageOf(bill);
  return usage && priceOf({ target: pricedOf(bill), usage, at: new Date(bill.at) });
}

const named = (name: string): WorkedBill =>
  bills.find((bill) => bill.name.startsWith(name)) ?? expect.unreachable(name);
const microsOf = (bill: WorkedBill): number => (billOf(bill)?.cost ?? Number.NaN) * 1e6;

describe('a bill', () => {
  it.each(bills)('is right to the micro-dollar: $name', (bill) => {
    const cost = billOf(bill);
    if (bill.micro_usd_by_hand === null) {
      expect(cost?.cost).toBeUndefined();
      return;
    }
    expect((cost?.cost ?? Number.NaN) * 1e6).toBeCloseTo(worked(bill.micro_usd_by_hand), 6);
    expect(cost?.source).toBe(bill.source ?? 'catalogue');
  });

  it('is worked out for at least thirty payloads', () => {
    expect(bills.length).toBeGreaterThanOrEqual(30);
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
