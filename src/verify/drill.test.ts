import { describe, expect, it } from 'vitest';
import { gateways } from '../gateway/gateways.ts';
import type { Deployed } from '../gateway/kit/gateway.ts';
import { makePolicy, type PolicyDraft } from '../policy/write.ts';
import { type Course, drill, drillableFailures, planDrill } from './drill.ts';
import type { ReplayedRequest, Send, SentAnswer } from './verify.ts';

const target = (name: string, regions: readonly string[]) => ({
  ...{
    provider: 'openai-compatible',
    model: `m-${name}`,
    base_url: `http://127.0.0.1:1/${name}/v1`,
  },
  regions: [...regions],
});

const draft: PolicyDraft = {
  status: 'uncertified',
  features: {},
  targets: {
    small: target('small', ['eu']),
    medium: target('medium', ['eu']),
    large: target('large', ['us']),
  },
  rules: [
    {
      ...{ name: 'eu', when: { 'metadata.region': ['eu'] }, require: { regions: ['eu'] } },
      ...{ use: 'small', fallback: ['medium'] },
    },
    {
      ...{ name: 'split', when: { task: ['sort'] }, fallback: ['small', 'large'] },
      split: {
        by: 'request',
        to: [
          { target: 'small', weight: 1 },
          { target: 'medium', weight: 1 },
        ],
      },
    },
    { name: 'alone', when: { task: ['code'] }, use: 'large', fallback: [] },
    { name: 'never', when: { task: ['sing'] }, use: 'large', fallback: ['small'] },
    { name: 'otherwise', use: 'medium', fallback: ['small', 'large'] },
  ],
};
const policy = makePolicy(draft);
const deployed: Deployed = {
  ...{ gateway: gateways.portkey, policy, entry: 'arb', readKey: () => undefined },
  files: gateways.portkey.export(policy).files,
};
const checks: ReplayedRequest[] = [
  { id: 'a', features: { 'metadata.region': 'eu' }, body: {} },
  { id: 'b', features: { task: 'sort' }, body: {} },
  { id: 'c', features: { task: 'code' }, body: {} },
  { id: 'd', features: {}, body: {} },
];

/** Chains as a gateway has them: by default those of the policy. */
type Chains = Readonly<Record<string, readonly string[]>>;

const chains: Chains = {
  eu: ['small', 'medium'],
  split: ['medium', 'small', 'large'],
  otherwise: ['medium', 'small', 'large'],
};

/** A gateway with those chains; the providers behind it say who of them answered. */
function world(more: Partial<SentAnswer> = {}, having: Chains = chains) {
  let down: readonly string[] = [];
  const told: (readonly string[])[] = [];
  const fail = async (targets: readonly string[]) => {
    down = targets;
    told.push(targets);
  };
  const send: Send = async ({ headers }) => {
    const chain = having[String(headers['x-arb-tier'])] ?? [];
    const at = chain.findIndex((name) => !down.includes(name));
    const served = chain.slice(at, at + 1);
    return {
      ...{ status: at < 0 ? 503 : 200, headers: {}, latency_ms: 100 * (at + 1), ...more },
      ...(at >= 0 && { served }),
    };
  };
  return { fail, send, told };
}

const verdicts = async (from: ReturnType<typeof world>, slo = 1_000) =>
  (await Array.fromAsync(drill(deployed, checks, { ...from, slo_ms: () => slo }))).map(
    ({ rule, down, landed, verdict }) => `${rule}: ${down.join('+')} > ${landed}: ${verdict}`,
  );

describe('the failover drill', () => {
  it('walks each chain in its order, the arms of a split together, and leaves nothing failing', async () => {
    const from = world();
    expect(await verdicts(from)).toEqual([
      'eu:  > small: in-order',
      'eu: small > medium: in-order',
      'split:  > medium: in-order',
      'split: small+medium > large: in-order',
      'otherwise:  > medium: in-order',
      'otherwise: medium > small: in-order',
      'otherwise: medium+small > large: in-order',
    ]);
    expect(from.told.at(-1)).toEqual([]);
  });

  it('says what each step adds, in time and in money', async () => {
    const usd: Readonly<Record<string, number>> = { small: 0.001, medium: 0.003 };
    const cost = (name: string) => usd[name];
    const rows = await Array.fromAsync(drill(deployed, checks, { ...world(), cost }));
    expect(rows.filter((row) => row.rule === 'eu')).toMatchObject([
      { request: 'a', added_ms: 0, cost_usd: 0.001, added_usd: 0 },
      { request: 'a', added_ms: 100, cost_usd: 0.003, added_usd: 0.002 },
    ]);
    // Nobody knows what the large one costs.
    expect(rows.at(-1)).not.toHaveProperty('cost_usd');
    expect(rows.at(-1)).not.toHaveProperty('added_usd');
  });

  it('names the rules that it cannot drill', () => {
    const states = (courses: readonly Course[]) => courses.map(({ state }) => state);
    expect(states(planDrill(deployed, checks))).toEqual([
      ...['drilled', 'drilled', 'no-fallback', 'no-request', 'drilled'],
    ]);
    expect(new Set(states(planDrill(deployed, [])))).toEqual(new Set(['no-request']));
  });

  it('says which failover is slower than the objective', async () => {
    const slow = (await verdicts(world(), 150)).filter((row) => row.endsWith('too-slow'));
    expect(slow).toEqual([
      ...['eu: small > medium: too-slow', 'split: small+medium > large: too-slow'],
      ...['otherwise: medium > small: too-slow', 'otherwise: medium+small > large: too-slow'],
    ]);
  });

  it('says which failover leaves the region that its rule requires, before it says anything else', async () => {
    const rows = await verdicts(world({}, { ...chains, eu: ['small', 'large'] }), 1);
    expect(rows.slice(0, 2)).toEqual(['eu:  > small: too-slow', 'eu: small > large: left-region']);
  });

  it('says that a target of two regions has left the one that its rule requires', async () => {
    const targets = { ...policy.targets, medium: target('medium', ['eu', 'us']) };
    const moved = { ...deployed, policy: { ...policy, targets } };
    const [, second] = await Array.fromAsync(drill(moved, checks, world()));
    expect(second).toMatchObject({ rule: 'eu', landed: 'medium', verdict: 'left-region' });
  });

  it('says which chain is not walked in its order', async () => {
    const rows = await verdicts(world({}, { ...chains, otherwise: ['medium', 'large', 'small'] }));
    expect(rows.slice(-2)).toEqual([
      'otherwise: medium > large: out-of-order',
      'otherwise: medium+small > large: in-order',
    ]);
  });

  it('says where nobody answered, and where nobody says who did', async () => {
    const silent = await verdicts(world({}, { ...chains, eu: ['small'] }));
    expect(silent[1]).toBe('eu: small > undefined: failed');
    const mute: Send = async () => ({ status: 200, headers: {}, latency_ms: 1 });
    expect((await verdicts({ ...world(), send: mute }))[0]).toBe('eu:  > undefined: unknown');
  });

  it('leaves nothing failing where it breaks off', async () => {
    const from = world();
    const send: Send = async (request, id) => {
      if (id === 'a:1') throw new Error('gone');
      return from.send(request, id);
    };
    await expect(verdicts({ ...from, send })).rejects.toThrow('gone');
    expect(from.told).toEqual([[], ['small'], []]);
  });

  it('knows at which failures the policy moves on', () => {
    const of = (on_failure: PolicyDraft['on_failure']) =>
      drillableFailures(makePolicy({ ...draft, ...(on_failure && { on_failure }) }));
    expect(of(undefined)).toEqual(['server-error', 'rate-limited', 'timeout']);
    expect(of({ fallback_on: ['timeout', 'connect'], never_on: [] })).toEqual(['timeout']);
    expect(of({ fallback_on: ['timeout'], never_on: ['timeout'] })).toEqual([]);
  });
});
