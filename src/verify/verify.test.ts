import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type GatewayName, gateways } from '../gateway/gateways.ts';
import type { Deployed, GatewayAnswer } from '../gateway/kit/gateway.ts';
import { decide } from '../policy/decide.ts';
import { makePolicy, parsePolicy } from '../policy/write.ts';
import { outgoing } from './gateway-response.ts';
import { type ReplayedRequest, type Send, type SentAnswer, verify } from './verify.ts';

const text = readFileSync('fixtures/contract/routes.yaml', 'utf8');
const { version: _, id: __, sticky: ___, ...draft } = parsePolicy(text, 'routes.yaml');
const policy = makePolicy(draft);
const deployedAt = (name: GatewayName): Deployed => ({
  ...{ gateway: gateways[name], policy, entry: 'arb', readKey: () => undefined },
  files: gateways[name].export(policy, { allowLoss: true }).files,
});
const checks: ReplayedRequest[] = [
  { id: 'a', features: { input_tokens: 10, 'metadata.region': 'eu' }, body: { messages: [] } },
  { id: 'b', features: { input_tokens: 10, task: 'summarize' }, session: 's', body: {} },
  { id: 'c', features: { input_tokens: 9_000, task: 'summarize' }, body: {} },
];

/** A gateway that reads Portkey's config as the real one does, with some targets down. */
function gateway(down: ReadonlySet<string>): Send {
  return async ({ headers }): Promise<SentAnswer> => {
    const metadata = JSON.parse(headers['x-portkey-metadata'] ?? '');
    const at = policy.rules.findIndex((rule) => rule.name === metadata.arb_tier);
    const rule = policy.rules[at];
    const arms = rule?.split?.to.map((arm) => arm.target) ?? [rule?.use ?? ''];
    const arm = Math.max(0, arms.indexOf(metadata.arb_arm));
    const chain = [arms[arm] ?? '', ...(rule?.fallback ?? [])];
    const step = chain.findIndex((target) => !down.has(target));
    const inner = step === 0 && arms.length > 1 ? `.targets[${arm}]` : '';
    return {
      status: step < 0 ? 503 : 200,
      headers: {
        'x-portkey-last-used-option-index': `config.targets[${at}].targets[${step}]${inner}`,
      },
      latency_ms: 100,
    };
  };
}

const landingAt = (name: GatewayName, answer: GatewayAnswer) =>
  gateways[name].landing(deployedAt(name), answer);

const all = async <T>(rows: AsyncIterable<T>) => Array.fromAsync(rows);

describe('a replay through a live gateway', () => {
  it('finds each request where the policy sends it', async () => {
    const rows = await all(verify(deployedAt('portkey'), checks, gateway(new Set())));
    expect(rows.map((row) => row.state)).toEqual(['as-decided', 'as-decided', 'as-decided']);
    expect(rows.map((row) => row.landed.rule)).toEqual(['eu', 'short-summaries', 'otherwise']);
  });

  it('finds the one that went elsewhere, and the one that nobody answered', async () => {
    const moved = await all(
      verify(deployedAt('portkey'), checks, gateway(new Set(['sonnet', 'mistral-small']))),
    );
    expect(moved.map((row) => row.state)).toEqual(['elsewhere', 'elsewhere', 'elsewhere']);
    const gone = gateway(new Set(['sonnet', 'mistral-small', 'gemini-flash']));
    const [row] = await all(verify(deployedAt('portkey'), checks, gone));
    expect(row).toMatchObject({ state: 'failed', status: 503 });
  });

  it.each([
    ['error.message', { error: { message: 'no such route' } }],
    ['message', { message: 'no such route' }],
    ['detail', { detail: 'no such route' }],
    ['plain text', 'no such route\n'],
  ])('repeats what the gateway says in %s where it refuses', async (_, body) => {
    const send: Send = async () => ({ status: 404, headers: {}, latency_ms: 1, body });
    const [row] = await all(verify(deployedAt('portkey'), checks, send));
    expect(row).toMatchObject({ state: 'failed', status: 404, said: 'no such route' });
  });

  it('believes the provider where it and the gateway disagree', async () => {
    const send =
      (served: readonly string[]): Send =>
      async (request, id) => ({ ...(await gateway(new Set())(request, id)), served });
    const one = (served: readonly string[]) =>
      all(verify(deployedAt('portkey'), checks.slice(0, 1), send(served)));
    expect(await one(['gemini-flash'])).toMatchObject([
      { state: 'elsewhere', landed: { rule: 'eu', target: 'gemini-flash' } },
    ]);
    expect(await one(['gemini-flash', 'mistral-small'])).toMatchObject([{ state: 'as-decided' }]);
    expect(await one([])).toMatchObject([{ state: 'as-decided' }]);
  });

  it('counts a request that no answer came to as failed', async () => {
    const send: Send = async () => ({ status: 0, headers: {}, latency_ms: 120_000 });
    const [row] = await all(verify(deployedAt('portkey'), checks, send));
    expect(row).toMatchObject({ state: 'failed', status: 0 });
  });

  it('says unknown, not right, where the gateway does not say where', async () => {
    const mute: Send = async () => ({ status: 200, headers: {}, latency_ms: 1 });
    const rows = await all(verify(deployedAt('envoy-ai-gateway'), checks, mute));
    expect(new Set(rows.map((row) => row.state))).toEqual(new Set(['unknown']));
  });
});

describe('what a gateway is sent and says', () => {
  it.each([
    ['litellm', { 'x-arb-tier': 'eu', 'x-litellm-model-group': 'arb/sonnet' }, undefined],
    ['litellm-plain', { 'x-litellm-model-id': 'arb > eu > 1 > sonnet' }, undefined],
    [
      'vllm-semantic-router',
      { 'x-vsr-selected-decision': 'eu-carried', 'x-vsr-selected-model': 'sonnet' },
      undefined,
    ],
  ] as const)('%s names rule and target in its headers', (gateway, headers, body) => {
    const answer = { status: 200, headers, body };
    expect(landingAt(gateway, answer)).toEqual({ rule: 'eu', target: 'sonnet' });
  });

  it('others name the model that answered', () => {
    const body = { model: 'claude-sonnet-4-5-20250929' };
    const answer = { status: 200, headers: {}, body };
    expect(landingAt('bifrost', answer)).toEqual({ target: 'sonnet' });
    expect(landingAt('bifrost', { status: 200, headers: {} })).toEqual({});
  });

  it('vLLM Semantic Router is sent the metadata in the body, the others the headers', () => {
    const [check] = checks as [ReplayedRequest];
    const sent = outgoing(deployedAt('vllm-semantic-router'), check, check.body);
    expect(sent.body).toMatchObject({ model: 'MoM', metadata: { arb_tier: 'eu', region: 'eu' } });
    const envoy = outgoing(deployedAt('envoy-ai-gateway'), check, check.body);
    expect(envoy).toMatchObject({ body: { model: 'arb' }, headers: { 'x-arb-tier': 'eu' } });
    expect(decide(policy, check.features).rule).toBe('eu');
  });
});
