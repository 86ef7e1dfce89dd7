import type { Policy, When } from '../../src/policy/policy.ts';
import { makePolicy, type PolicyDraft } from '../../src/policy/write.ts';
import { readFeatures } from '../../src/workload/features.ts';
import type { ChatBody, Features, Message } from '../../src/workload/request.ts';
import type { Random } from './random.ts';
import type { Fault } from './upstream.ts';

/** One generated request: its body, what its caller knows of it, and which targets fail on it. */
export interface GatewayCase {
  readonly id: string;
  readonly task?: string;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly session: string;
  readonly body: ChatBody;
  readonly stream: boolean;
  readonly faults: Readonly<Record<string, Fault>>;
  readonly features: Features;
}

const tasks = ['summarize', 'classify', 'extract', 'résumé, long', 'chat'];
const regions = ['eu', 'us'];
const tiers = ['gold', '5', 'true'];
/** Lower and upper ends of the generated token ranges. */
const edges = [40, 100, 250, 600, 1500];

/** What a family of policies may use; the gateways differ in what they can express. */
export interface Family {
  readonly conditions: readonly ('range' | 'task' | 'metadata' | 'flags' | 'turns')[];
  readonly splits: readonly ('request' | 'session')[];
  readonly timeouts: boolean;
  readonly retries: boolean;
  /** Only policies that move on at any failure. */
  readonly anyFailure: boolean;
}

/** A policy over targets that the upstream plays; `dead` is at a port where nothing listens. */
export function generatePolicy(r: Random, url: string, family: Family): Policy {
  const names = ['t0', 't1', 't2', 't3', 't4', 't5'];
  // Policies share a proxy, and LiteLLM shares what it knows between all deployments of a model.
  const salt = r.below(1_000_000);
  const target = (name: string) => ({
    provider: 'openai-compatible',
    model: `model-${salt}-of-${name}`,
    base_url: name === 'dead' ? 'http://127.0.0.1:9/dead/v1' : `${url}/${name}/v1`,
    api_key_env: 'MOCK_API_KEY',
    regions: ['eu', 'us'],
  });
  const timed = family.timeouts && r.chance(0.6);
  const rules = Array.from({ length: 2 + r.below(4) }, (_, index) => ({
    name: `rule ${index}`,
    when: generateWhen(r, family),
    ...generateRoute(r, names, family, timed),
  }));
  const draft: PolicyDraft = {
    status: 'uncertified',
    features: { input_tokens: { bytes_per_token: 4 } },
    targets: Object.fromEntries([...names, 'dead'].map((name) => [name, target(name)])),
    on_failure: {
      ...(family.retries &&
        r.chance(0.3) && { retry: { max: 1, on: ['rate-limited', 'server-error'] as const } }),
      fallback_on:
        family.anyFailure || r.chance(0.8)
          ? ['rate-limited', 'server-error', 'timeout', 'connect']
          : r.some(['rate-limited', 'timeout'] as const, 1),
    },
    rules: [...rules, { name: 'otherwise', ...generateRoute(r, names, family, timed) }],
  };
  return makePolicy(draft);
}

function generateWhen(r: Random, family: Family): When {
  const when: Record<string, unknown> = {};
  for (const condition of r.some(family.conditions, 1 + r.below(2))) {
    if (condition === 'range') when.input_tokens = range(r);
    if (condition === 'task') when.task = r.some(tasks, 1 + r.below(2));
    if (condition === 'turns') when.turns = r.chance(0.5) ? { lt: 2 } : { gte: 2 };
    if (condition === 'flags') when[r.pick(['tools', 'json', 'vision'])] = r.chance(0.7);
    if (condition === 'metadata') {
      if (r.chance(0.6)) when['metadata.region'] = [r.pick(regions)];
      else when['metadata.plan.tier'] = r.some(tiers, 2);
    }
  }
  return when as When;
}

function range(r: Random): { gte?: number; lt?: number } {
  const [a, b] = r.some(edges, 2).sort((x, y) => x - y) as [number, number];
  return r.pick([{ lt: a }, { gte: b }, { gte: a, lt: b }]);
}

function generateRoute(r: Random, names: readonly string[], family: Family, timed: boolean) {
  const order = r.some(names, 5);
  const chain = order.slice(2, 2 + r.below(4));
  const shared = {
    fallback: r.chance(0.15) ? ['dead', ...chain] : chain,
    ...(timed && { timeouts: { attempt_ms: 700 } }),
  };
  if (family.splits.length === 0 || r.chance(0.65)) return { use: order[0] as string, ...shared };
  const arm = (at: number, weight: number) => ({ target: order[at] as string, weight });
  return { split: { by: r.pick(family.splits), to: [arm(0, 70), arm(1, 30)] }, ...shared };
}

/** A request whose features lie near the conditions of the policies, and often on them. */
export function generateCase(r: Random, id: string, policy: Policy): GatewayCase {
  const task = r.chance(0.8) ? r.pick(tasks) : undefined;
  const metadata = {
    ...(r.chance(0.6) && { region: r.pick(regions) }),
    ...(r.chance(0.4) && { 'plan.tier': r.pick(['gold', 'silver', 5, true]) }),
  };
  const body = generateBody(r);
  const shown = { body, metadata, ...(task !== undefined && { task }) };
  return {
    ...{ id, ...shown, session: `s-${r.below(10_000)}`, stream: r.chance(0.25) },
    faults: r.chance(0.3) ? generateFaults(r, policy) : {},
    features: readFeatures(shown),
  };
}

function generateBody(r: Random): ChatBody {
  const tool = { type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } };
  const turns = 1 + r.below(3);
  const messages: Message[] = r.chance(0.4) ? [{ role: 'system', content: 'Be brief. é€😀' }] : [];
  for (let turn = 0; turn < turns; turn++) {
    if (turn > 0) messages.push({ role: 'assistant', content: 'ok' });
    messages.push({ role: 'user', content: `turn ${turn}` });
  }
  if (r.chance(0.25)) {
    const url = 'data:image/png;base64,iVBORw0KGgo=';
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url } },
    ];
    messages[messages.length - 1] = { role: 'user', content };
  }
  const body = {
    messages,
    ...(r.chance(0.35) && { tools: r.chance(0.2) ? [] : [tool] }),
    ...(r.chance(0.35) && {
      response_format: { type: r.pick(['json_object', 'json_object', 'text']) },
    }),
  };
  const wanted = Math.max(0, r.pick(edges) + r.pick([-1, 0, 1, 30, -30]));
  return padded(body, wanted);
}

/** The body with its first message grown until it counts `wanted` tokens, where it is smaller. */
function padded(body: ChatBody, wanted: number): ChatBody {
  const { input_tokens } = readFeatures({ body, metadata: {} });
  const missing = (wanted - Number(input_tokens)) * 4;
  if (missing <= 0) return body;
  const filler: Message = { role: 'assistant', content: 'word '.repeat(missing).slice(0, missing) };
  return { ...body, messages: [filler, ...body.messages] };
}

/** The first few targets of some rule fail, so that its chain is walked; one may be left. */
function generateFaults(r: Random, policy: Policy): Record<string, Fault> {
  const kinds: Fault[] = [503, 503, 429, 429, 'hang'];
  const names = Object.keys(policy.targets).filter((name) => name !== 'dead');
  const kind = () => {
    const drawn = r.pick(kinds);
    // A hang is told from a slow answer only by a rule with a timeout.
    return drawn === 'hang' && !policy.rules.every((rule) => rule.timeouts) ? 503 : drawn;
  };
  return Object.fromEntries(r.some(names, 2 + r.below(3)).map((name) => [name, kind()]));
}
