import { exporters } from '../../src/export/exporters.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { type Carry, carrierFor } from './carrier.ts';
import { type Case, generateCase, generatePolicy } from './cases.ts';
import { compare, pooled, print, type Sent } from './compare.ts';
import { freePort, launch, type Running } from './process.ts';
import { random } from './random.ts';
import { startUpstream } from './upstream.ts';

/** The real Portkey gateway routes generated requests as `decide` says: `node bench/gateways/portkey.ts`. */
const POLICIES = 24;
const PER_POLICY = 60;
const SEED = Number(process.argv[2] ?? 4);
const family = {
  conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
  splits: ['request', 'session'],
  timeouts: true,
  retries: true,
} as const;

async function startPortkey(): Promise<Running> {
  const port = await freePort();
  return launch({
    command: process.execPath,
    args: [
      'node_modules/@portkey-ai/gateway/build/start-server.js',
      `--port=${port}`,
      '--headless',
    ],
    env: { NODE_OPTIONS: '--max-http-header-size=262144' },
    port,
    ready: '/',
  });
}

async function main(): Promise<boolean> {
  const r = random(SEED);
  const upstream = await startUpstream();
  const gateway = await startPortkey();
  try {
    const work: Work[] = [];
    for (let p = 0; p < POLICIES; p++) {
      const policy = generatePolicy(r, upstream.url, family);
      const config = configOf(policy);
      const carry = await carrierFor(policy, 'x-portkey-metadata');
      for (let i = 0; i < PER_POLICY; i++) {
        work.push({ policy, one: generateCase(r, `p${p}-r${i}`, policy), config, carry });
      }
    }
    const started = performance.now();
    const sent = await pooled(work, 12, (item) => send(gateway.url, item));
    const seconds = Math.round((performance.now() - started) / 1_000);
    const good = print(`Portkey 1.15.2, seed ${SEED}, ${seconds} s`, compare(sent, upstream));
    const broken = work.slice(0, 3 * PER_POLICY).map(sabotaged);
    const caught = compare(await pooled(broken, 12, (item) => send(gateway.url, item)), upstream);
    console.log(`control: ${caught.faults.length} differences with the rules in reverse`);
    return good && caught.faults.length > 0;
  } finally {
    await gateway.stop();
    upstream.close();
  }
}

interface Work {
  readonly policy: Policy;
  readonly one: Case;
  readonly config: Node;
  readonly carry: Carry;
}

function configOf(policy: Policy): Node {
  const { files } = exporters.portkey.export(policy);
  const text = files.find((file) => file.path === 'portkey.json')?.text ?? '';
  return JSON.parse(text.replaceAll('$MOCK_API_KEY', 'test'));
}

/** The same work with a config that tries the rules in the wrong order: it must be noticed. */
function sabotaged({ config, one, ...rest }: Work): Work {
  const { strategy } = config;
  const conditions = strategy?.conditions?.toReversed() ?? [];
  return {
    ...rest,
    one: { ...one, id: `broken-${one.id}` },
    config: { ...config, strategy: { ...strategy, conditions } },
  };
}

async function send(url: string, { policy, one, config, carry }: Work): Promise<Sent> {
  const { headers } = carry(one.body, one);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      'x-portkey-config': JSON.stringify(config),
    },
    body: JSON.stringify({
      ...one.body,
      model: 'arb',
      stream: one.stream,
      user: JSON.stringify({ id: one.id, faults: one.faults }),
    }),
    signal: AbortSignal.timeout(60_000),
  });
  await response.text();
  const says = nameAt(config, response.headers.get('x-portkey-last-used-option-index') ?? '');
  return { policy, one, answer: { status: response.status, ...(says !== undefined && { says }) } };
}

interface Node {
  readonly name?: string;
  readonly strategy?: { readonly conditions?: readonly object[] };
  readonly targets?: readonly Node[];
}

/** The name of the target that `config.targets[1].targets[0]` leads to. */
function nameAt(config: Node, index: string): string | undefined {
  const steps = [...index.matchAll(/targets\[(\d+)\]/g)].map((match) => Number(match[1]));
  return steps.reduce<Node | undefined>((node, step) => node?.targets?.[step], config)?.name;
}

process.exitCode = (await main()) ? 0 : 1;
