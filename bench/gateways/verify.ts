import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { parse, stringify } from 'yaml';
import type { VerifyResult } from '../../src/command/deploy/verify-result.ts';
import { gateways } from '../../src/gateway/gateways.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { formatPolicy, makePolicy } from '../../src/policy/write.ts';
import { arb, startSim } from '../command.ts';
import { type GatewayCase, generateCase, generatePolicy } from './cases.ts';
import { startProxy } from './litellm-proxy.ts';
import { freePort, launch, type Running } from './process.ts';
import { random } from './random.ts';

/**
 * `arb verify --drill` against the real Portkey and LiteLLM, with `arb sim` as the providers, all of
 * it as commands: `node bench/gateways/verify.ts [SEED]`. Every request must land where the policy
 * says and every chain be walked in its order, by 503, 429 and timeouts; and a gateway with other
 * rules, or with the chains the other way round, must be noticed.
 */
const seed = Number(process.argv[2] ?? 4);
const REQUESTS = 80;
/** Rules that have a chain and a request to walk it with, at least. */
const DRILLED = 4;
const family = {
  conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
  splits: ['request', 'session'],
  timeouts: false,
  retries: false,
  anyFailure: true,
} as const;

/** Long for the simulated market, which answers in 2 ms, and short for whoever waits. */
const ATTEMPT_MS = 400;

const folder = mkdtempSync(join(tmpdir(), 'arb-verify-'));
const written = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** A policy of which enough can be drilled, and requests that meet it. */
function generate(url: string): { policy: Policy; cases: readonly GatewayCase[] } {
  for (;;) {
    const policy = policyAt(url);
    const cases = Array.from({ length: REQUESTS }, (_, at) => generateCase(r, `v${at}`, policy));
    const met = new Set(cases.map(({ features }) => decide(policy, features).index));
    const chains = policy.rules.filter(({ fallback }, at) => fallback.length > 0 && met.has(at));
    if (chains.length >= DRILLED) return { policy, cases };
  }
}

function policyAt(url: string): Policy {
  const { version: _, id: __, ...draft } = generatePolicy(r, url, family);
  const { dead: ___, ...targets } = draft.targets;
  return makePolicy({
    ...draft,
    targets: Object.fromEntries(
      Object.entries(targets).map(([name, target], at) => [
        name,
        { ...target, price: { input: 1 + at, output: 2 + at } },
      ]),
    ),
    rules: draft.rules.map((rule) => ({
      ...rule,
      fallback: rule.fallback.filter((target) => target !== 'dead'),
      timeouts: { attempt_ms: ATTEMPT_MS },
    })),
  });
}

/** The market in which every target of the policy answers. */
function marketOf({ targets }: Policy): string {
  const dials = { ttft: 2, output_tokens: { default: 5 }, accuracy: { default: 1 } };
  const named = Object.entries(targets).map(([name, { model, price }]) => [
    name,
    { model, price, ...dials },
  ]);
  return stringify({ targets: Object.fromEntries(named) }, { aliasDuplicateObjects: false });
}

function workloadOf(cases: readonly GatewayCase[]): string {
  const lines = cases.map(({ id, task, metadata, session, body, stream }) =>
    JSON.stringify({ id, task, metadata, session, request: { ...body, stream } }),
  );
  return lines.join('\n');
}

async function startPortkey(policy: Policy): Promise<Running> {
  const port = await freePort();
  const script = 'node_modules/@portkey-ai/gateway/build/start-server.js';
  const gateway = await launch({
    ...{ command: process.execPath, args: [script, `--port=${port}`, '--headless'] },
    ...{ env: {}, port, ready: '/' },
  });
  const { files } = gateways.portkey.export(policy);
  const config = files.find(({ path }) => path === 'portkey.json')?.text ?? '';
  const holder = await holdConfig(gateway.url, config.replaceAll('$MOCK_API_KEY', 'test'));
  const stop = async () => {
    holder.close();
    await gateway.stop();
  };
  return { url: `http://127.0.0.1:${(holder.address() as AddressInfo).port}`, stop };
}

/** Portkey's open gateway holds no config; this one does, whatever config a request brings along. */
async function holdConfig(url: string, config: string) {
  const held = JSON.stringify(JSON.parse(config));
  const server = createServer(async (request, response) => {
    const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
    const answer = await fetch(url + request.url, {
      method: 'POST',
      headers: { ...(headers as Record<string, string>), 'x-portkey-config': held },
      body: JSON.stringify(await json(request)),
    });
    const { 'content-encoding': ____, ...said } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, said).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function startLitellm(policy: Policy): Promise<Running> {
  const { files } = gateways.litellm.export(policy);
  const of = (path: string) => files.find((file) => file.path === path)?.text ?? '';
  return startProxy(parse(of('litellm.yaml')), { 'arb_hook.py': of('arb_hook.py') });
}

interface Run {
  readonly kind: 'portkey' | 'litellm';
  readonly url: string;
  readonly routes: string;
  readonly failure: string;
}

/** One run of the command, and what it says. */
async function run({ kind, url, routes, failure }: Run) {
  const { code, stdout } = await arb(
    ...['verify', routes, '--gateway', `${url}/v1`, '--kind', kind, '--workload', workload],
    ...['--drill', market.url, '--failure', failure, '--json'],
  );
  const { landing, drill } = JSON.parse(stdout || '{"landing":[]}') as VerifyResult;
  const { steps = [], rules = [] } = drill ?? {};
  const added = rules.map((rule) => (rule.state === 'drilled' ? (rule.worst_added_ms ?? 0) : 0));
  return {
    gateway: kind,
    failure,
    requests: landing.length,
    'as decided': landing.filter((row) => row.state === 'as-decided').length,
    'rules drilled': `${rules.filter((rule) => rule.state === 'drilled').length} of ${rules.length}`,
    steps: steps.length,
    'in order': steps.filter((row) => row.verdict === 'in-order').length,
    priced: steps.filter((row) => row.cost_usd !== undefined).length,
    'worst added ms': Math.round(Math.max(0, ...added)),
    exit: code,
  };
}

const failures = ['server-error', 'rate-limited', 'timeout'];

/** True where the command says what is so: of the policy that is there, and of two that are not. */
async function against(kind: Run['kind'], { url }: Running): Promise<boolean> {
  const rows = [];
  for (const failure of failures) rows.push(await run({ kind, url, routes, failure }));
  console.table(rows);
  const control = { kind, url, failure: 'server-error' };
  const swapped = await run({ ...control, routes: chainsSwapped });
  const reversed = await run({ ...control, routes: rulesReversed });
  console.log('control: verified by a policy with its chains, and with its rules, in reverse');
  console.table([swapped, reversed]);
  return (
    rows.every(
      (row) =>
        row.exit === 0 &&
        row['as decided'] === REQUESTS &&
        row.steps > 0 &&
        row['in order'] === row.steps &&
        row.priced === row.steps,
    ) &&
    swapped.exit === 1 &&
    swapped['in order'] < swapped.steps &&
    reversed.exit === 1 &&
    reversed['as decided'] < REQUESTS
  );
}

const r = random(seed);
const port = await freePort();
const { policy, cases } = generate(`http://127.0.0.1:${port}`);
const routes = written('routes.yaml', formatPolicy(policy));
const { version: _, id: __, rules, ...rest } = policy;
const altered = (name: string, others: Policy['rules']) =>
  written(name, formatPolicy(makePolicy({ ...rest, rules: others })));
const chainsSwapped = altered(
  'chains-swapped.yaml',
  rules.map((rule) => ({ ...rule, fallback: rule.fallback.toReversed() })),
);
const rulesReversed = altered('rules-reversed.yaml', [
  ...rules.slice(0, -1).toReversed(),
  ...rules.slice(-1),
]);
const workload = written('workload.jsonl', workloadOf(cases));
const market = await startSim(written('market.yaml', marketOf(policy)), '--port', String(port));
const proxies = await Promise.all([startPortkey(policy), startLitellm(policy)]);
try {
  const good = [await against('portkey', proxies[0]), await against('litellm', proxies[1])];
  process.exitCode = good.every(Boolean) ? 0 : 1;
} finally {
  await Promise.all(proxies.map((gateway) => gateway.stop()));
  await market.stop();
  rmSync(folder, { recursive: true });
}
