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
  const counts = (prompt: number, completion: number, total?: number) => ({
    prompt_tokens: prompt,
    completion_tokens: completion,
    ...(total !== undefined && { total_tokens: total }),
  });

  it.each([
    [
      'a cache beside the prompt and in the total (Portkey-AI/gateway#1210)',
      { ...counts(368, 19, 10_923), cache_read_input_tokens: 10_536 },
      { inputTokens: 10_904, cachedTokens: 10_536, outputTokens: 19 },
    ],
    [
      'no completion and 60 tokens of reasoning (router-for-me/CLIProxyAPI#5733)',
      { ...counts(21, 0, 81), completion_tokens_details: { reasoning_tokens: 60 } },
      { inputTokens: 21, outputTokens: 60, reasoningTokens: 60 },
    ],
    [
      'reasoning on top of the completion (UKGovernmentBEIS/inspect_ai#5528)',
      { ...counts(32, 9, 135), completion_tokens_details: { reasoning_tokens: 94 } },
      { inputTokens: 32, outputTokens: 103 },
    ],
    [
      'reasoning inside of the completion (browser-use/browser-use#4065)',
      { ...counts(32, 103, 135), completion_tokens_details: { reasoning_tokens: 94 } },
      { inputTokens: 32, outputTokens: 103 },
    ],
    [
      'reads and writes inside of the prompt (mindroom-ai/mindroom#2134)',
      {
        ...counts(2_600, 300, 2_900),
        prompt_tokens_details: { cached_tokens: 2_000, cache_write_tokens: 400 },
      },
      { inputTokens: 2_600, cachedTokens: 2_000, cacheWriteTokens: 400 },
    ],
    [
      'hits at the top and no total (vercel/ai#18905)',
      { ...counts(100, 20), prompt_cache_hit_tokens: 40 },
      { inputTokens: 100, cachedTokens: 40 },
    ],
  ])('%s', (_, usage, expected) => {
    const read = chatUsage(usage);
    expect(read).toMatchObject(expected);
    expect(read).not.toHaveProperty('unknown');
    expect(read).not.toHaveProperty('assumed');
  });

  it('the results of tools are input and thoughts output (QuantumNous/new-api#2935)', () => {
    const usageMetadata = {
      promptTokenCount: 151,
      candidatesTokenCount: 1_089,
      totalTokenCount: 20_689,
      toolUsePromptTokenCount: 18_329,
      thoughtsTokenCount: 1_120,
    };
    const { usage } = wires.gemini.reader().whole({ candidates: [], usageMetadata });
    expect(usage).toMatchObject({ inputTokens: 18_480, outputTokens: 2_209 });
  });

  it('a count in every chunk is the total so far (lemma-work/lemma-platform#564)', () => {
    const reader = wires['openai-chat'].reader();
    const says = (usage: object) => reader.event(JSON.stringify({ choices: [], usage }), undefined);
    says(counts(100, 1, 101));
    expect(says(counts(100, 2, 102)).usage).toMatchObject({ inputTokens: 100, outputTokens: 2 });
  });

  it('a system of several models and tools is not known (console.groq.com/docs/compound)', () => {
    const whole = { choices: [], usage: plain, usage_breakdown: { models: [] } };
    const { usage } = wires['openai-chat'].reader().whole(whole);
    expect(usage?.unknown).toBe('usage_breakdown');
  });

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
