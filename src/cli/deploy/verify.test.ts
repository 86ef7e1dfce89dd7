import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPolicy, makePolicy, type PolicyDraft } from '../../index.ts';
import { parseMarket } from '../../sim/market/market.ts';
import { startMarket } from '../../sim/server/server.ts';
import { arb, folderWith, type Ran, type World } from '../harness.test.helper.ts';
import { type Habits, startGateway, type TinyGateway } from './gateway.test.helper.ts';

const names = ['small', 'medium', 'large'];
const dials = 'ttft: 2, output_tokens: {default: 4}, accuracy: {default: 1}';
const marketText = `targets:
${names.map((name, at) => `  ${name}: {model: m-${name}, price: {input: ${at + 1}, output: ${at + 1}}, ${dials}}`).join('\n')}
`;

const workload = [
  { id: 'near', metadata: { region: 'eu' }, prompt: 'Say where you are' },
  { id: 'any', prompt: 'Say anything' },
  {
    id: 'far',
    metadata: { region: 'us' },
    request: { stream: true, messages: [{ role: 'user', content: 'Hi' }] },
  },
];

const chains = { eu: ['small', 'medium'], otherwise: ['large', 'medium', 'small'] };

let market: Awaited<ReturnType<typeof startMarket>>;
let gateway: TinyGateway | undefined;

beforeEach(async () => {
  market = await startMarket({ market: parseMarket(marketText, 'test'), port: 0 });
});

afterEach(async () => {
  gateway?.close();
  gateway = undefined;
  await market.close();
});

function draftOf(): PolicyDraft {
  const target = (name: string, at: number) => ({
    ...{ provider: 'openai-compatible', model: `m-${name}` },
    ...{ base_url: `${market.url}/${name}/v1`, regions: name === 'large' ? ['us'] : ['eu'] },
    price: { input: at + 1, output: at + 1 },
  });
  return {
    status: 'uncertified',
    features: {},
    targets: Object.fromEntries(names.map((name, at) => [name, target(name, at)])),
    rules: [
      {
        ...{ name: 'eu', when: { 'metadata.region': ['eu'] }, require: { regions: ['eu'] } },
        ...{ use: 'small', fallback: ['medium'] },
      },
      { name: 'songs', when: { task: ['sing'] }, use: 'small', fallback: ['large'] },
      { name: 'otherwise', use: 'large', fallback: ['medium', 'small'] },
    ],
  };
}

interface Case {
  readonly habits?: Partial<Habits>;
  readonly draft?: PolicyDraft;
  readonly flags?: readonly string[];
  readonly world?: World;
  readonly drill?: string;
}

async function drilled({
  habits,
  draft = draftOf(),
  flags = [],
  world,
  drill,
}: Case): Promise<Ran> {
  gateway = await startGateway({ chains, upstream: market.url, ...habits });
  const folder = folderWith({
    'routes.yaml': formatPolicy(makePolicy(draft)),
    'w.jsonl': workload.map((line) => JSON.stringify(line)).join('\n'),
  });
  const args = [
    'verify',
    join(folder, 'routes.yaml'),
    '--gateway',
    gateway.url,
    '--kind',
    'litellm',
  ];
  const more = ['--workload', join(folder, 'w.jsonl'), '--drill', drill ?? market.url, ...flags];
  return arb([...args, ...more], world);
}

const failingNow = async () => {
  const response = await fetch(`${market.url}/_control/failing`);
  const { failing, others } = (await response.json()) as { failing: object; others: string };
  return { failing, others };
};

const asDialled = { failing: {}, others: 'as-dialled' };

describe('arb verify --drill', () => {
  it('finds a gateway that follows the policy in order, names what it could not drill, and ends with nothing failing', async () => {
    const ran = await drilled({ flags: ['--slo-ms', '5000'] });
    expect(ran.stderr).toMatch(/^next: arb nightly LOG --routes \S+\n$/);
    expect(ran.stdout).toContain('3 of 3 requests landed where the policy says');
    expect(ran.stdout).toMatch(
      /rule eu, request near\n {2}nothing +small +small .* in-order\n {2}\+ small +medium +medium .*[+-].* ms .* in-order/,
    );
    expect(ran.stdout).toContain('not drilled: rule songs: no request of the workload meets it');
    expect(ran.stdout).toContain('5 of 5 drill steps passed, by server-error');
    expect(ran.code).toBe(0);
    expect(await failingNow()).toEqual(asDialled);
    for (const line of ran.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('takes what bench takes as a workload, such as a CSV file on standard input', async () => {
    const stdin = 'prompt,task\nHi,sing\nHo,other\n';
    const ran = await drilled({ flags: ['--workload', '-'], world: { stdin } });
    expect(ran.stdout).toMatch(/\d of 2 requests landed where the policy says/);
  });

  it('tells machines every step with its time and its cost by the policy’s own price', async () => {
    const ran = await drilled({ flags: ['--json'] });
    const { landing, drill } = JSON.parse(ran.stdout);
    expect(landing).toHaveLength(3);
    expect(drill).toMatchObject({ failure: 'server-error', time_scale: 1 });
    expect(drill.rules).toMatchObject([
      { rule: 'eu', state: 'drilled', request: 'near', steps: 2, passed: 2 },
      { rule: 'songs', state: 'no-request' },
      { rule: 'otherwise', state: 'drilled', request: 'any', steps: 3, passed: 3 },
    ]);
    const [before, after] = drill.steps;
    expect(after).toMatchObject({ down: ['small'], expected: ['medium'], landed: 'medium' });
    // The second costs twice the first by its price, and says as much as the first.
    expect(after.cost_usd).toBeCloseTo(2 * before.cost_usd, 9);
    expect(after.added_usd).toBeCloseTo(before.cost_usd, 9);
    expect(drill.rules[0].worst_added_usd).toBe(after.added_usd);
    expect(drill.rules[0].worst_added_ms).toBe(after.added_ms);
  });

  it.each(['rate-limited', 'timeout'])('drills by %s too', async (failure) => {
    const ran = await drilled({
      // Long enough for a busy machine, where an answer of 2 ms takes longer.
      ...(failure === 'timeout' && { habits: { patienceMs: 800 } }),
      flags: ['--failure', failure],
    });
    expect(ran.stdout).toContain(`5 of 5 drill steps passed, by ${failure}`);
    expect(ran.code).toBe(0);
  });

  it.each<[string, Partial<Habits>, string[], RegExp]>([
    [
      'a chain in the wrong order',
      { chains: { ...chains, otherwise: ['large', 'small', 'medium'] } },
      [],
      /\+ large +medium +small .* out-of-order/,
    ],
    [
      'a wrong order that the gateway does not admit',
      { chains: { ...chains, eu: ['medium', 'small'] }, says: 'small' },
      [],
      /near: elsewhere: rule eu says small, it went to medium/,
    ],
    [
      'a failover that is too slow',
      { pauseMs: 300 },
      ['--slo-ms', '250'],
      /\+ small +medium +medium .* too-slow/,
    ],
    [
      'a failover that leaves the region',
      { chains: { ...chains, eu: ['small', 'large'] } },
      [],
      /\+ small +medium +large .* left-region/,
    ],
    [
      'a chain that is too short',
      { chains: { ...chains, otherwise: ['large', 'medium'] } },
      [],
      /\+ medium +small .* failed, 503/,
    ],
  ])('exits 1 at %s', async (_, habits, flags, line) => {
    const ran = await drilled({ habits, flags });
    expect(ran.stdout).toMatch(line);
    expect(ran.stdout).toMatch(/of 5 drill steps passed, by server-error: \d [a-z-]+/);
    expect(ran.code).toBe(1);
    expect(await failingNow()).toEqual(asDialled);
  });

  it('ends at Ctrl-C with nothing failing', async () => {
    let seen = false;
    const poll = setInterval(async () => {
      seen ||= Object.keys((await failingNow()).failing).length > 0;
    }, 5);
    // The gateway does not come back from its first failover.
    const ran = await drilled({
      habits: { pauseMs: 60_000 },
      world: { interruptWhen: () => seen },
    });
    clearInterval(poll);
    expect(ran.stderr).toContain('interrupted. Nothing is left failing');
    expect(ran.code).toBe(130);
    expect(await failingNow()).toEqual(asDialled);
  });
});

describe('what cannot be drilled is named with the next step, and nothing is sent', () => {
  const refused = async (one: Case, message: RegExp) => {
    const ran = await drilled(one);
    expect(ran.stderr).toMatch(message);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBe(2);
    expect(market.bill().total_usd).toBe(0);
  };

  it('where nobody answers, or somebody else does', async () => {
    const next = 'Start one with "arb sim MARKET --port N"';
    await refused(
      { drill: 'http://127.0.0.1:9' },
      new RegExp(`--drill http://127.0.0.1:9: nobody answers .*${next}`),
    );
    const other = await startGateway({ chains: {}, upstream: '' });
    await refused({ drill: other.url }, /this is no simulated market .*Start one with/);
    other.close();
    await refused({ drill: '127.0.0.1:4141' }, /is no address\. Give one like http/);
  });

  it('where a target has no provider there', async () => {
    const draft = draftOf();
    const elsewhere = { ...draft.targets.medium, model: 'x', base_url: 'https://example.org/v1' };
    const renamed = JSON.parse(JSON.stringify(draft).replaceAll('"medium"', '"middling"'));
    await refused(
      { draft: { ...renamed, targets: { ...renamed.targets, middling: elsewhere } } },
      /"middling" cannot be made to fail: .* There are: http:.*\/small\/v1/,
    );
  });

  it('where two targets of a chain are one provider', async () => {
    const draft = draftOf();
    const { small } = draft.targets;
    await refused(
      { draft: { ...draft, targets: { ...draft.targets, ...(small && { medium: small }) } } },
      /rule eu: small and medium are one provider .*target of its own/,
    );
  });

  it('where the policy does not move on, or no rule has a fallback', async () => {
    const draft = draftOf();
    const timeoutOnly = {
      ...draft,
      on_failure: { fallback_on: ['timeout' as const], never_on: [] },
    };
    await refused(
      { draft: timeoutOnly, flags: ['--failure', 'server-error'] },
      /does not move on at server-error .*--failure timeout/,
    );
    const rules = draft.rules.map((rule) => ({ ...rule, fallback: [] }));
    await refused({ draft: { ...draft, rules } }, /nothing to drill/);
  });

  it('where --slo-ms stands without --drill', async () => {
    const ran = await arb([
      ...['verify', 'r.yaml', '--gateway', 'http://127.0.0.1:9', '--kind', 'litellm'],
      ...['--workload', 'w.jsonl', '--slo-ms', '5'],
    ]);
    expect(ran.stderr).toMatch(/belong to --drill\. Give --drill URL too/);
    expect(ran.code).toBe(2);
  });
});
