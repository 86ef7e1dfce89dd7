import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { inferMaker } from './makers.ts';
import { presets } from './presets.ts';
import { resolveTarget } from './resolve-target.ts';
import { type TargetDefaults, targetConfigSchema } from './target-config.ts';

const resolve = (entry: object, defaults?: TargetDefaults) =>
  resolveTarget('t', parseInput(targetConfigSchema, entry, 'arb.yaml: targets.t'), defaults);
const refusal = (entry: object): string => {
  try {
    resolve(entry);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return expect.unreachable('it was taken');
};

describe('an entry under targets', () => {
  it('needs no more than a provider and a model', () => {
    expect(resolve({ provider: 'mistral', model: 'mistral-small-2506' })).toEqual({
      name: 't',
      provider: 'mistral',
      model: 'mistral-small-2506',
      maker: 'mistral',
      via: 'direct',
      wire: 'openai-chat',
      baseUrl: 'https://api.mistral.ai/v1',
      apiKeyEnv: 'MISTRAL_API_KEY',
      headers: {},
      params: {
        set: {},
        drop: [],
        rename: {
          developer: 'system',
          max_completion_tokens: 'max_tokens',
          functions: 'tools',
          seed: 'random_seed',
        },
      },
      timeouts: { connect: 10_000, firstToken: 120_000, attempt: 600_000 },
      limits: {},
      feePercent: 0,
      catalogue: 'mistral',
      regions: ['eu'],
      role: 'candidate',
    });
  });

  it('may say everything', () => {
    const target = resolve(
      {
        provider: 'openrouter',
        model: 'deepseek/deepseek-chat-v3-0324',
        region: ['us', 'eu'],
        routing: { only: ['fireworks', 'deepinfra'], quantizations: ['fp8'], zdr: true },
        params: { set: { temperature: 0 }, drop: ['logit_bias'] },
        fee_percent: 5.5,
        usd_per_month: 20,
        price: { input: 0.3, output: 0.88 },
        terms: { resale: 'allowed', source: 'contract-7', checked: '2026-11-01' },
        data: { classes: ['public', 'internal'] },
        limits: { concurrency: 4, rpm: 300 },
        timeouts: { first_token_ms: 3_000 },
        context_tokens: 128_000,
        role: 'judge',
      },
      { timeouts: { attempt_ms: 60_000, first_token_ms: 5_000 }, limits: { tpm: 90_000 } },
    );
    expect(target).toMatchObject({
      maker: 'deepseek',
      via: 'openrouter',
      regions: ['us', 'eu'],
      params: {
        set: {
          usage: { include: true },
          provider: { only: ['fireworks', 'deepinfra'], quantizations: ['fp8'], zdr: true },
          temperature: 0,
        },
        drop: ['logit_bias'],
      },
      feePercent: 5.5,
      usdPerMonth: 20,
      price: { input: 0.3, output: 0.88 },
      terms: { resale: 'allowed', source: 'contract-7', checked: '2026-11-01' },
      dataClasses: ['public', 'internal'],
      zeroDataRetention: true,
      limits: { concurrency: 4, requestsPerMinute: 300, tokensPerMinute: 90_000 },
      timeouts: { connect: 10_000, firstToken: 3_000, attempt: 60_000 },
      contextTokens: 128_000,
      role: 'judge',
    });
  });

  it('may name another wire, and what the target cannot do', () => {
    const entry = {
      provider: 'openai',
      model: 'gpt-5-mini',
      wire: 'openai-responses',
      supports: { vision: false, tools: true },
    };
    expect(resolve(entry)).toMatchObject({ wire: 'openai-responses', cannot: ['vision'] });
  });

  it('reads null as left out', () => {
    const entry = { provider: 'openai', model: 'gpt-4.1', price: null, limits: { rpm: null } };
    expect(resolve(entry)).not.toHaveProperty('price');
  });

  it('needs no key on loopback unless it names one', () => {
    const entry = { provider: 'openai', model: 'm', base_url: 'http://127.0.0.1:9/v1/' };
    expect(resolve(entry)).not.toHaveProperty('apiKeyEnv');
    expect(resolve(entry).baseUrl).toBe('http://127.0.0.1:9/v1');
    expect(resolve({ ...entry, api_key_env: 'MY_KEY' }).apiKeyEnv).toBe('MY_KEY');
  });

  it('sends Portkey’s key in its own header in the cloud, the provider’s key at home', () => {
    expect(resolve({ provider: 'portkey', model: 'm' }).auth).toBe('x-portkey-api-key');
    const home = { provider: 'portkey', model: 'm', base_url: 'http://127.0.0.1:8787/v1' };
    expect(resolve(home).auth).toBe('bearer');
  });

  it.each([
    [{ provider: 'opnai', model: 'm' }, 'did you mean "openai"?'],
    [{ provider: 'acme', model: 'm' }, 'is "openai-compatible" with a base_url'],
    [{ provider: 'openai-compatible', model: 'm' }, 'needs a base_url, for example http://'],
    [{ provider: 'openai', model: 'm', modle: 1 }, 'did you mean "model"?'],
    [{ provider: 'openai', model: 'm', limits: { rmp: 1 } }, 'did you mean "rpm"?'],
    [{ provider: 'openai', model: 'm', api_key_env: 'sk-live-123' }, 'never the key itself'],
    [{ provider: 'openai', model: 'm', headers: { Authorization: 'x' } }, 'api_key_env'],
    [{ provider: 'openai', model: 'm', base_url: 'https://u:p@host/v1' }, 'api_key_env'],
    [{ provider: 'openai', model: 'm', base_url: 'https://host/v1?key=1' }, 'api_key_env'],
    [{ provider: 'openai', model: 'm', base_url: 'ftp://host' }, 'base_url'],
    [{ provider: 'openai', model: 'm', routing: { zdr: true } }, 'only provider "openrouter"'],
    [{ provider: 'openai', model: 'm', params: { set: { model: 'x' } } }, 'own "model"'],
  ])('is refused with a next step: %j', (entry, words) => {
    expect(refusal(entry)).toContain(words);
  });

  it('does not show what was given in place of a variable’s name', () => {
    expect(refusal({ provider: 'openai', model: 'm', api_key_env: 'sk-live-9' })).not.toContain(
      'sk-live-9',
    );
  });
});

describe('the presets', () => {
  it('all resolve, with a base URL given where they need one', () => {
    for (const provider of Object.keys(presets)) {
      const target = resolve({ provider, model: 'm', base_url: 'https://example.com/v1' });
      expect(target.baseUrl).toBe('https://example.com/v1');
    }
  });

  it('know the maker of a model by its name', () => {
    expect(
      [
        'gpt-4.1-mini',
        'o3',
        'openai/gpt-oss-120b',
        'claude-haiku-4-5',
        'deepseek/deepseek-r1-distill-llama-70b',
        'Qwen/Qwen2.5-72B-Instruct',
        'accounts/fireworks/models/llama-v3p1-8b-instruct',
        'ministral-8b-latest',
        'my-finetune',
      ].map(inferMaker),
    ).toEqual([
      'openai',
      'openai',
      'openai',
      'anthropic',
      'deepseek',
      'alibaba',
      'meta',
      'mistral',
      'unknown',
    ]);
  });
});
