import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wires } from '../wire/wires.ts';
import { chatUsage } from './chat-usage.ts';
import { mergeUsage } from './merge-usage.ts';
import { messagesUsage } from './messages-usage.ts';
import { readReportedCost } from './reported-cost.ts';
import { findMeaning, usageFields } from './usage-fields.ts';

const plain = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };

describe('a field of a usage that arb does not know', () => {
  it('makes the cost not known under its name, however deep it lies', () => {
    const name = fc.stringMatching(/^[a-z_]{3,20}$/);
    fc.assert(
      fc.property(name, name, fc.integer({ min: 1, max: 1e6 }), (outer, inner, value) => {
        const path = `${outer}.${inner}`;
        fc.pre(findMeaning(usageFields['openai-chat'], path) === undefined && !/cost/.test(outer));
        expect(chatUsage({ ...plain, [outer]: { [inner]: value } })?.unknown).toBe(path);
      }),
    );
  });

  it('that is zero, null, false or empty says nothing', () => {
    const empty = { a: 0, b: null, c: false, d: '', e: [], f: {}, g: { h: 0 } };
    expect(chatUsage({ ...plain, ...empty })).toEqual(chatUsage(plain));
  });
});

describe('a total is a check of its parts', () => {
  const parts = fc.record({
    prompt: fc.integer({ min: 0, max: 5_000 }),
    completion: fc.integer({ min: 0, max: 5_000 }),
    cached: fc.integer({ min: 0, max: 5_000 }),
    reasoning: fc.integer({ min: 0, max: 5_000 }),
    total: fc.integer({ min: 1, max: 20_000 }),
  });

  it('whatever is read explains it, or it is said', () => {
    fc.assert(
      fc.property(parts, ({ prompt, completion, cached, reasoning, total }) => {
        const usage = chatUsage({
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: total,
          prompt_tokens_details: { cached_tokens: cached },
          completion_tokens_details: { reasoning_tokens: reasoning },
        });
        if (!usage || usage.unknown === 'total_tokens') return;
        const hidden = [usage.inputTokens + usage.outputTokens, prompt + completion];
        const beside = [usage.inputTokens + completion, prompt + usage.outputTokens];
        expect([...hidden, ...beside]).toContain(total);
        expect(usage.cachedTokens ?? 0).toBeLessThanOrEqual(usage.inputTokens);
        expect(usage.reasoningTokens ?? 0).toBeLessThanOrEqual(usage.outputTokens);
      }),
    );
  });

  it('of two readings that nobody documents the dearer is taken and said', () => {
    const usage = { ...plain, total_tokens: undefined, cache_read_input_tokens: 400 };
    expect(chatUsage(usage)).toMatchObject({
      inputTokens: 1_400,
      cachedTokens: 400,
      assumed: 'total_tokens (absent)',
    });
    expect(chatUsage(usage, { provider: 'openrouter' })).toMatchObject({ inputTokens: 1_000 });
  });
});

describe('counts never shrink within one answer', () => {
  it('a later smaller number, null or missing field is a placeholder', () => {
    const counts = fc.record({ a: fc.nat(), b: fc.record({ c: fc.nat() }) }, { requiredKeys: [] });
    fc.assert(
      fc.property(counts, counts, (before, after) => {
        const merged = mergeUsage(before, after) as typeof before;
        expect(merged.a ?? 0).toBe(Math.max(before.a ?? 0, after.a ?? 0));
        expect(merged.b?.c ?? 0).toBe(Math.max(before.b?.c ?? 0, after.b?.c ?? 0));
      }),
    );
  });

  it('the modalities of Gemini grow by their names', () => {
    const usage = (audio: number) => ({
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: audio }],
    });
    expect(mergeUsage(usage(900), usage(0))).toEqual(usage(900));
    expect(mergeUsage(usage(900), usage(1_000))).toEqual(usage(1_000));
  });

  // sgl-project/sglang#20830 and many gateways: usage in every chunk, the last one empty.
  it('a chat stream whose last chunk counts nothing keeps what was counted', () => {
    const reader = wires['openai-chat'].reader();
    const says = (usage: object) => reader.event(JSON.stringify({ choices: [], usage }), undefined);
    says({ prompt_tokens: 900, completion_tokens: 40, total_tokens: 940 });
    const last = says({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
    expect(last.usage).toMatchObject({ inputTokens: 900, outputTokens: 40 });
  });
});

describe('a reported cost is read in its unit', () => {
  it.each([
    [{ cost: 0.5 }, 0.5],
    [{ cost: '0.5' }, 0.5],
    [{ cost: 0 }, 0],
    [{ cost: { total: 0.5 } }, 0.5],
    [{ cost: { total_cents: 50, currency: 'USD' } }, 0.5],
    [{ cost_in_usd_ticks: 5_000_000_000 }, 0.5],
    [{ total_cost_usd: 0.5 }, 0.5],
    [{ cost_cents: 50 }, 0.5],
    [{ cost: 0.1, is_byok: true, cost_details: { upstream_inference_cost: 0.4 } }, 0.5],
  ])('%j is %s USD', (usage, usd) => {
    const read = readReportedCost(usage);
    expect(read.state === 'read' && read.usd).toBeCloseTo(usd, 12);
  });

  it.each([
    [{ cost: { input: 1, output: 2 } }, 'cost'],
    [{ cost: 'free' }, 'cost'],
    [{ cost: -1 }, 'cost'],
    [{ cost: { total: 1, currency: 'EUR' } }, 'cost in EUR'],
    [{ cost: 0, is_byok: true }, 'cost_details.upstream_inference_cost'],
  ])('%j cannot be read, and is named', (usage, field) => {
    expect(readReportedCost(usage)).toEqual({ state: 'unreadable', field });
  });
});

describe('faults seen in public threads', () => {
  it('cached prefix counted twice by OpenAI-compatible clients (adolfousier/opencrabs#1636)', () => {
    const usage = { ...plain, prompt_tokens_details: { cached_tokens: 900 } };
    expect(chatUsage(usage)).toMatchObject({ inputTokens: 1_000, cachedTokens: 900 });
  });

  it('cache writes left out, 163 times too little (vibe-cafe/vibe-usage#8)', () => {
    const raw = { input_tokens: 4, cache_creation_input_tokens: 648, output_tokens: 1 };
    expect(messagesUsage(raw)).toMatchObject({ inputTokens: 652, cacheWriteTokens: 648 });
  });

  it('writes billed as input and as writes (diegosouzapw/OmniRoute#2522)', () => {
    const raw = {
      ...plain,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 300,
      prompt_tokens_details: { cached_tokens: 200 },
    };
    expect(chatUsage(raw)).toMatchObject({
      inputTokens: 1_000,
      cachedTokens: 200,
      cacheWriteTokens: 300,
    });
  });
});
