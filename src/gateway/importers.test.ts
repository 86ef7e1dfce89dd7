import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../policy/decide.ts';
import type { Policy, When } from '../policy/policy.ts';
import { makePolicy } from '../policy/write.ts';
import { gateways } from './gateways.ts';
import { importRouting } from './kit/import-routing.ts';

const target = (name: string) => ({
  ...{ provider: 'openai-compatible', model: `m-${name}`, api_key_env: 'K' },
  base_url: `http://127.0.0.1/${name}/v1`,
});
const targets = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, target(name)]));

const range = fc
  .tuple(fc.nat(500), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 2 }))
  .map(([from, length, shape]) => {
    if (shape === 0) return { lt: from + length };
    return shape === 1 ? { gte: from } : { gte: from, lt: from + length };
  });
const names = fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 4, maxLength: 4 });

function policies(features: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Policy> {
  const when = fc.record(features, { requiredKeys: [] });
  const rule = fc.record({
    when,
    names,
    chain: fc.nat(2),
    split: fc.constantFrom('none', 'request', 'session'),
    weight: fc.integer({ min: 1, max: 9 }),
    timed: fc.boolean(),
  });
  return fc.array(rule, { minLength: 1, maxLength: 5 }).map((rules) =>
    makePolicy({
      status: 'uncertified',
      features: {},
      targets,
      on_failure: { fallback_on: ['rate-limited', 'server-error', 'timeout', 'connect'] },
      rules: rules.map(({ when, names: [x = '', y = '', ...rest], ...r }, index) => ({
        name: `r${index}`,
        // Only the last one may be without conditions.
        ...(index < rules.length - 1 && {
          when: (Object.keys(when).length > 0 ? when : { task: ['one'] }) as When,
        }),
        ...(r.split === 'none' || !('task' in features)
          ? { use: x }
          : {
              split: {
                by: r.split as 'session',
                to: [
                  { target: x, weight: r.weight },
                  { target: y, weight: 10 - r.weight },
                ],
              },
            }),
        fallback: rest.slice(0, r.chain),
        ...(r.timed && { timeouts: { attempt_ms: 1_500 } }),
      })),
    }),
  );
}

const list = fc.shuffledSubarray(['one', 'two', 'three, oé', '5', 'true'], { minLength: 1 });
const requests = fc.record(
  {
    task: fc.constantFrom('one', 'two', 'three, oé', 'other'),
    input_tokens: fc.nat(1_100),
    turns: fc.nat(9),
    tools: fc.boolean(),
    json: fc.boolean(),
    vision: fc.boolean(),
    'metadata.plan': fc.constantFrom('one', '5', 'true', 'x'),
  },
  { requiredKeys: ['input_tokens'] },
);

/** All of a decision but the name of its rule, which bands repeat. */
const route = ({ primaries, fallback, timeouts }: Decision) => ({
  primaries: primaries.map(({ target: name, share }) => [name, Number(share.toFixed(9))]),
  ...{ fallback, timeouts },
});

describe('what was exported and read back', () => {
  it('decides the same for Portkey, on any request', () => {
    const features = {
      ...{ task: list, 'metadata.plan': list, input_tokens: range, turns: range },
      ...{ tools: fc.boolean(), json: fc.boolean(), vision: fc.boolean() },
    };
    fc.assert(
      fc.property(policies(features), fc.array(requests, { minLength: 30 }), (policy, all) => {
        const [file] = gateways.portkey.export(policy).files;
        const back = importRouting(gateways.portkey, file?.text ?? '', { file: 'portkey.json' });
        expect(back.unread).toEqual([]);
        expect(back.policy.on_failure).toEqual(policy.on_failure);
        for (const request of all) {
          expect(decide(back.policy, request)).toEqual(decide(policy, request));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('decides the same for LiteLLM without code, on any request', () => {
    fc.assert(
      fc.property(
        policies({ task: list, input_tokens: range }),
        fc.array(requests, { minLength: 30 }),
        (policy, all) => {
          const { files } = gateways['litellm-plain'].export(policy, { allowLoss: true });
          const back = importRouting(gateways.litellm, files[0]?.text ?? '', { file: 'c.yaml' });
          for (const request of all) {
            expect(route(decide(back.policy, request))).toEqual(route(decide(policy, request)));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the routing of other people', () => {
  it('is read from a LiteLLM file: weights, fallbacks, prices, keys by name', () => {
    const text = `
model_list:
  - model_name: gpt-4o
    litellm_params: {model: azure/gpt-4o-eu, api_base: "https://eu.example/", api_key: os.environ/AZ, weight: 3}
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/OA, weight: 1, input_cost_per_token: 0.0000025, output_cost_per_token: 0.00001}
  - model_name: cheap
    litellm_params: {model: groq/llama-3.3-70b, api_key: os.environ/GROQ, timeout: 10}
litellm_settings: {num_retries: 2, fallbacks: [{gpt-4o: [cheap]}]}
router_settings: {routing_strategy: latency-based-routing}
`;
    const { policy, unread } = importRouting(gateways.litellm, text, {
      file: 'c.yaml',
      entry: 'gpt-4o',
    });
    expect(policy.status).toBe('keep-current');
    const decision = decide(policy, { input_tokens: 1 });
    expect(decision.primaries.map(({ share }) => share)).toEqual([0.75, 0.25]);
    expect(decision.fallback).toEqual(['cheap: groq/llama-3.3-70b']);
    expect(policy.targets['gpt-4o: openai/gpt-4o']).toMatchObject({
      ...{ provider: 'openai', model: 'gpt-4o', api_key_env: 'OA' },
      price: { input: 2.5, output: 10 },
    });
    expect(policy.on_failure?.retry?.max).toBe(2);
    expect(unread).toEqual(['routing_strategy latency-based-routing: read as a split by weight']);
  });

  it('is read from a Portkey config without conditions, a key value left behind', () => {
    const text = JSON.stringify({
      strategy: { mode: 'fallback' },
      retry: { attempts: 3 },
      targets: [
        { provider: 'openai', api_key: 'sk-secret', override_params: { model: 'gpt-4o' } },
        { virtual_key: 'anthropic-prod' },
      ],
    });
    const { policy } = importRouting(gateways.portkey, text, { file: 'p.json' });
    expect(decide(policy, {}).primaries).toEqual([{ target: 'openai/gpt-4o', share: 1 }]);
    expect(decide(policy, {}).fallback).toEqual(['anthropic-prod/asked']);
    expect(JSON.stringify(policy)).not.toContain('sk-secret');
    expect(policy.on_failure?.retry?.max).toBe(3);
  });

  it('says what a policy cannot, and leaves that rule out', () => {
    const text = JSON.stringify({
      strategy: {
        mode: 'conditional',
        // biome-ignore lint/suspicious/noThenProperty: this is Portkey's word
        conditions: [{ query: { 'params.model': { $eq: 'x' } }, then: 'one' }],
        default: 'one',
      },
      targets: [{ name: 'one', provider: 'openai', api_key: '$K' }],
    });
    const { policy, unread } = importRouting(gateways.portkey, text, { file: 'p.json' });
    expect(unread).toEqual(['a condition on params.model with $eq']);
    expect(policy.rules).toHaveLength(1);
  });

  it.each([
    ['portkey', 'not json', /p:1: not JSON/],
    ['portkey', '{"strategy": {"mode": "best"}}', /strategy.mode/],
    ['litellm', 'model_list: []', /model_list/],
  ] as const)('from %s is refused as %s', (name, text, message) => {
    expect(() => importRouting(gateways[name], text, { file: 'p' })).toThrow(message);
  });
});

describe('what an importer does not read', () => {
  const litellm = (yaml: string, entry?: string) =>
    importRouting(gateways.litellm, yaml, { file: 'c.yaml', ...(entry && { entry }) });
  const two = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, api_key: os.environ/A, rpm: 900}}
  - {model_name: chat, litellm_params: {model: azure/gpt-4o, api_key: os.environ/B, rpm: 100}}
  - {model_name: spare, litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/C}}
`;

  // BerriAI/litellm#13562: simple-shuffle draws by weight, else by rpm, else by tpm.
  it('LiteLLM: rpm is the weight, and that it is a limit is said', () => {
    const { policy, unread } = litellm(two);
    expect(decide(policy, {}).primaries.map(({ share }) => share)).toEqual([0.9, 0.1]);
    expect(unread).toEqual([
      'rpm of chat: read as weights, not as limits',
      'requests for spare are not in the policy: --entry names the one to read',
    ]);
  });

  it('LiteLLM: default fallbacks are read, where a group has none of its own', () => {
    const { policy } = litellm(`${two}router_settings: {default_fallbacks: [spare]}`);
    expect(decide(policy, {}).fallback).toEqual(['spare: anthropic/claude-sonnet-4-5']);
    expect(
      decide(litellm(`${two}litellm_settings: {fallbacks: [{"*": [spare]}]}`).policy, {}),
    ).toMatchObject({ fallback: ['spare: anthropic/claude-sonnet-4-5'] });
  });

  it.each([
    [
      'router_settings: {model_group_alias: {gpt-4: chat}}',
      'model_group_alias: requests for gpt-4',
    ],
    ['router_settings: {allowed_fails: 3}', 'router_settings.allowed_fails is not read'],
    ['router_settings: {cooldown_time: 30}', 'router_settings.cooldown_time is not read'],
    ['litellm_settings: {content_policy_fallbacks: []}', 'content_policy_fallbacks is not read'],
    ['litellm_settings: {max_budget: 10}', 'litellm_settings.max_budget is not read'],
    ['router_settings: {routing_strategy: least-busy}', 'routing_strategy least-busy'],
    ['finetune_settings: []', 'finetune_settings is not read'],
    // BerriAI/litellm-docs#131, BerriAI/litellm#37301 and the reference of its config.yaml.
    ['router_settings: {enable_weighted_failover: true}', 'enable_weighted_failover is not read'],
    ['router_settings: {max_fallbacks: 0, fallbacks: [{chat: [spare]}]}', 'max_fallbacks 0'],
    ['router_settings: {provider_budget_config: {openai: {}}}', 'provider_budget_config'],
    ['general_settings: {completion_model: spare}', 'general_settings.completion_model'],
    ['general_settings: {global_max_parallel_requests: 9}', 'global_max_parallel_requests'],
    ['general_settings: {master_key: x}', 'requests for spare are not in the policy'],
  ])('LiteLLM: %s is named', (more, named) => {
    expect(litellm(two + more).unread.join('\n')).toContain(named);
  });

  // BerriAI/litellm#12579: a lower order comes first, and the next takes over where it fails.
  it('LiteLLM: deployments of one order after the other are a chain', () => {
    const ordered = two.replace('rpm: 900', 'order: 2').replace('rpm: 100', 'order: 1');
    const { primaries, fallback } = decide(litellm(ordered).policy, {});
    expect(primaries).toEqual([{ target: 'chat: azure/gpt-4o', share: 1 }]);
    expect(fallback).toEqual(['chat: openai/gpt-4o']);
  });

  it('LiteLLM: what a deployment sets is a parameter, what it limits is named', () => {
    const params = 'model: openai/gpt-4o, temperature: 0.2, max_budget: 5, api_base: os.environ/X';
    const { policy, unread } = litellm(
      `model_list: [{model_name: a, litellm_params: {${params}}}]`,
    );
    expect(policy.targets['a: openai/gpt-4o']?.params).toEqual({ set: { temperature: 0.2 } });
    expect(unread).toEqual([
      'a: openai/gpt-4o: the address os.environ/X is not a URL',
      'a: openai/gpt-4o: max_budget is not read',
    ]);
  });

  it('LiteLLM: a weight of 0 is off', () => {
    const off = two.replace('rpm: 900', 'weight: 0').replace('rpm: 100', 'weight: 1');
    expect(decide(litellm(off).policy, {}).primaries).toEqual([
      { target: 'chat: azure/gpt-4o', share: 1 },
    ]);
  });

  it('LiteLLM: the hook of an export is recognised, and refused as the routing of a file', () => {
    const hooked = `${two}litellm_settings: {callbacks: [otel, arb_hook.arb_hook]}`;
    expect(() => litellm(hooked)).toThrow(/its callbacks have arb_hook.arb_hook.*--entry: chat/s);
    expect(litellm(hooked, 'chat').unread).toContain(
      'what the hook arb_hook.arb_hook routes is not read',
    );
  });

  // Portkey-AI/gateway#227: weight 0 stops the traffic to a target.
  it('Portkey: a weight of 0 is off', () => {
    const arm = (name: string, weight: number) => ({ name, provider: 'openai', weight });
    const text = JSON.stringify({
      strategy: { mode: 'loadbalance' },
      targets: [arm('a', 1), arm('b', 0)],
    });
    const { policy, unread } = importRouting(gateways.portkey, text, { file: 'p.json' });
    expect(policy.rules).toMatchObject([{ use: 'a' }]);
    expect(unread).toEqual([]);
  });

  it('Portkey: caches, sticky sessions and unknown providers are named', () => {
    const text = JSON.stringify({
      strategy: { mode: 'loadbalance', sticky_session: { hash_fields: ['metadata.user'] } },
      cache: { mode: 'semantic' },
      targets: [{ name: 'a', virtual_key: 'vk', max_budget: 1 }],
    });
    const { unread } = importRouting(gateways.portkey, text, { file: 'p.json' });
    expect(unread).toEqual([
      'cache is not read',
      'strategy.sticky_session is not read',
      'a: max_budget is not read',
      'a: which provider the virtual key stands for is not in the file',
    ]);
  });
});
