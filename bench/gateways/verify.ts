import { parse } from 'yaml';
import { drill } from '../../src/export/drill.ts';
import { exporters, type GatewayName } from '../../src/export/exporters.ts';
import { type Deployed, outgoing } from '../../src/export/landing.ts';
import { type Check, type Send, verify } from '../../src/export/verify.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { type Case, generateCase, generatePolicy } from './cases.ts';
import { startProxy } from './litellm-proxy.ts';
import { freePort, launch, type Running } from './process.ts';
import { random } from './random.ts';
import { post } from './run.ts';
import { startUpstream } from './upstream.ts';

/**
 * `verify` and the failover drill of the library against real gateways, Portkey and LiteLLM:
 * `node bench/gateways/verify.ts [SEED]`. A policy that is not the deployed one must be noticed.
 */
const seed = Number(process.argv[2] ?? 4);
const REQUESTS = 80;
const family = {
  conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
  splits: ['request', 'session'],
  timeouts: false,
  retries: false,
  anyFailure: true,
} as const;

async function startPortkey(): Promise<Running> {
  const port = await freePort();
  const script = 'node_modules/@portkey-ai/gateway/build/start-server.js';
  return launch({
    command: process.execPath,
    args: [script, `--port=${port}`, '--headless'],
    env: {},
    port,
    ready: '/',
  });
}

function startLitellm({ files }: Deployed): Promise<Running> {
  const text = (path: string) => files.find((file) => file.path === path)?.text ?? '';
  return startProxy(parse(text('litellm.yaml')), { 'arb_hook.py': text('arb_hook.py') });
}

const checkOf = (one: Case): Check => ({
  id: one.id,
  features: one.features,
  session: one.session,
  body: { ...one.body, metadata: { ...one.metadata, task: one.task, session_id: one.session } },
});

async function against(gateway: GatewayName, policy: Policy, cases: readonly Case[]) {
  const { files } = exporters[gateway].export(policy);
  const deployed: Deployed = {
    ...{ gateway, policy, files, entry: 'arb' },
    keys: (text) => text.replaceAll('$MOCK_API_KEY', 'test'),
  };
  const running = gateway === 'portkey' ? await startPortkey() : await startLitellm(deployed);
  const send: Send = async ({ headers, body }, id) => {
    const orders = JSON.stringify({ id, faults: {} });
    // Only LiteLLM reads metadata of the body; Portkey would pass it on.
    const { metadata, ...rest } = body;
    const whole = gateway === 'portkey' ? rest : { ...rest, metadata };
    const sentAt = performance.now();
    const answer = await post(running.url, headers, { ...whole, user: orders, arb_orders: orders });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      latency_ms: performance.now() - sentAt,
    };
  };
  const checks = cases.map(checkOf);
  try {
    const rows = await Array.fromAsync(verify(deployed, checks, send));
    const fail = async (targets: readonly string[]) => upstream.fail(targets);
    const drilled = await Array.fromAsync(drill(deployed, checks, { send, fail }));
    const other = { ...deployed, policy: { ...policy, rules: reversed(policy) } };
    const wrong = await Array.fromAsync(verify(other, checks, pinned(send, deployed)));
    const count = (state: string) => rows.filter((row) => row.state === state).length;
    return {
      gateway,
      requests: rows.length,
      'as decided': count('as-decided'),
      'drill steps': drilled.length,
      'in order': drilled.filter((row) => row.verdict === 'in-order').length,
      'noticed in the control': wrong.filter((row) => row.state === 'elsewhere').length,
    };
  } finally {
    await running.stop();
  }
}

const reversed = ({ rules }: Policy) => [...rules.slice(0, -1).toReversed(), ...rules.slice(-1)];

/** The control compares with another policy what the deployed one was asked. */
function pinned(send: Send, deployed: Deployed): Send {
  const byId = new Map(cases.map((one) => [one.id, checkOf(one)]));
  return (request, id) => {
    const check = byId.get(id);
    return send(check ? outgoing(deployed, check, check.body) : request, id);
  };
}

const r = random(seed);
const upstream = await startUpstream();
const { version: _, id: __, ...draft } = generatePolicy(r, upstream.url, family);
// The drill expects an answer of every target, and nobody listens at the dead one.
const alive = ({ fallback, ...rule }: Policy['rules'][number]) => ({
  ...rule,
  fallback: fallback.filter((target) => target !== 'dead'),
});
const policy = makePolicy({ ...draft, rules: draft.rules.map(alive) });
const cases = Array.from({ length: REQUESTS }, (_, index) => generateCase(r, `v${index}`, policy));
const found = [await against('portkey', policy, cases), await against('litellm', policy, cases)];
upstream.close();
console.table(found);
const good = found.every(
  (row) =>
    row['as decided'] === row.requests &&
    row['in order'] === row['drill steps'] &&
    row['noticed in the control'] > 0,
);
process.exitCode = good ? 0 : 1;
