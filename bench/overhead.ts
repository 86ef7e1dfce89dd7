/**
 * What a gateway costs: the same model direct, through the real Portkey gateway and through the real
 * LiteLLM proxy, all on loopback in front of the simulator. One request is in flight at a time, the
 * routes in turn, so that none waits for another.
 *
 *   node bench/overhead.ts [REQUESTS]
 *
 * Exits 1 where a request fails, a bill differs between routes or from what the simulator billed, or
 * an overhead cannot be given its limits.
 */

import { arbitrage } from '../src/arbitrage/arbitrage.ts';
import {
  type Outcome,
  planReplay,
  type Route,
  readFeatures,
  readOutcomes,
  resolveTarget,
  startReplay,
  type Target,
  targetConfigSchema,
  type WorkloadRequest,
} from '../src/index.ts';
import { joinOutcome } from '../src/outcome/join.ts';
import { waitBefore } from '../src/replay/event/user-time.ts';
import type { QuantileEstimate } from '../src/statistics/quantile.ts';
import { startProxy } from './gateways/litellm-proxy.ts';
import { freePort, launch } from './gateways/process.ts';
import { serve } from './process.ts';

const requests = Number(process.argv[2] ?? 500);
/** A gateway imports and connects at its first requests. */
const warmups = 30;

const price = { input: 2, output: 8 };
const market = {
  seed: 1,
  targets: {
    m: {
      model: 'm',
      price,
      ttft: 20,
      gap: 2,
      output_tokens: { default: { p50: 24, p99: 60 } },
      accuracy: { default: 1 },
    },
  },
};

/**
 * One simulator behind each route: asked the same again it would answer anew, at another length; three
 * of the same seed give each route the same answers, and so the same bills.
 */
const sims = await Promise.all(
  Array.from({ length: 3 }, () => serve('sim.ts', [JSON.stringify(market)])),
);
const [upstream = '', behindPortkey = '', behindLitellm = ''] = sims.map(
  ({ url }) => `${url}/m/v1`,
);
const port = await freePort();
const portkey = await launch({
  command: process.execPath,
  args: ['node_modules/@portkey-ai/gateway/build/start-server.js', `--port=${port}`, '--headless'],
  env: {},
  port,
  ready: '/',
});
const litellm = await startProxy(
  {
    model_list: [
      {
        model_name: 'm',
        litellm_params: { model: 'openai/m', api_base: behindLitellm, api_key: 'test' },
      },
    ],
  },
  {},
);

const routes: readonly Target[] = [
  target('direct', { provider: 'openai-compatible', base_url: upstream }),
  target('portkey', {
    provider: 'portkey',
    base_url: `${portkey.url}/v1`,
    headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': behindPortkey },
  }),
  target('litellm', { provider: 'litellm', base_url: `${litellm.url}/v1` }),
];

function target(name: string, rest: object): Target {
  const config = targetConfigSchema.parse({ model: 'm', price, same_as: 'm', ...rest });
  return resolveTarget(name, config);
}

async function* prompts(count: number, round: string): AsyncGenerator<readonly WorkloadRequest[]> {
  for (let index = 0; index < count; index++) {
    const body = {
      messages: [
        {
          role: 'user',
          content: `${round} ${index}: ${'say something '.repeat(1 + (index % 40))}`,
        },
      ],
    };
    yield [{ id: `${round}-${index}`, line: index + 1, metadata: {}, body, expect: [] }];
  }
}

async function replay(count: number, round: string): Promise<Outcome[]> {
  const plan = planReplay({
    targets: routes,
    load: { concurrency: 1, maxInFlight: 1 },
    retries: { max: 0 },
  });
  const byId = new Map<string, WorkloadRequest>();
  async function* followed() {
    for await (const piece of prompts(count, round)) {
      for (const request of piece) byId.set(request.id, request);
      yield piece;
    }
  }
  const outcomes: Outcome[] = [];
  for await (const event of startReplay(plan, followed)) {
    if (event.kind !== 'settled') continue;
    const request = byId.get(event.request_id);
    if (!request) throw new Error(`${event.request_id} was never asked`);
    const facts = { request, features: readFeatures(request) };
    const waited = waitBefore(event.attempts, 'closed');
    outcomes.push(joinOutcome(facts, { settled: event, waited }));
  }
  return outcomes;
}

let warm: Outcome[];
let outcomes: Outcome[];
let billed: number;
try {
  warm = await replay(warmups, 'warm');
  outcomes = await replay(requests, 'run');
} finally {
  await Promise.all([portkey.stop(), litellm.stop()]);
  billed = (await Promise.all(sims.map((sim) => sim.end())))
    .flat()
    .map((line) => JSON.parse(line) as { billed_usd?: number })
    .reduce((sum, row) => sum + (row.billed_usd ?? 0), 0);
}

const facts = Object.fromEntries(
  routes.map(({ name }) => [name, { model: 'm', via: name, price }]),
);
const table = await readOutcomes({ name: 'overhead', rows: outcomes });
const [found] = arbitrage(table, facts).models;

const show = (of: QuantileEstimate | undefined) =>
  of === undefined
    ? 'n too small'
    : `${of.estimate.toFixed(2)} (${of.low.toFixed(2)} to ${of.high.toFixed(2)})`;
const cells = ({ target: name, requests: n, failed_share, ttft_ms, overhead_ms }: Route) =>
  [
    name.padEnd(8),
    String(n).padStart(5),
    String(Math.round(n * failed_share)).padStart(6),
    show(ttft_ms.p50).padStart(24),
    show(ttft_ms.p99).padStart(24),
    (name === 'direct' ? '' : show(overhead_ms?.p50)).padStart(24),
    (name === 'direct' ? '' : show(overhead_ms?.p99)).padStart(24),
    costOf(name).toFixed(6).padStart(10),
  ].join('  ');

function costOf(name: string): number {
  return outcomes.reduce(
    (sum, row) => sum + (row.target === name ? (row.cost_usd ?? Number.NaN) : 0),
    0,
  );
}

console.log(
  `first token in ms with 95 % limits, ${requests} requests by each route, one in flight at a time`,
);
console.log(
  ['route   ', '    n', 'failed', 'TTFT p50', 'p99', 'over direct p50', 'p99', 'cost $']
    .map((title, index) => title.padStart([8, 5, 6, 24, 24, 24, 24, 10][index] ?? 0))
    .join('  '),
);
for (const route of found?.routes ?? []) console.log(cells(route));

const unequal = requestsWithSeveralBills();
const counted = [...warm, ...outcomes].reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
/** Sums of some thousand bills in another order differ in the last digits. */
const sameSum = Math.abs(counted - billed) < 1e-9;
console.log(
  `requests whose cost is not the same by every route: ${unequal} of ${requests}; with the warm-up arb counted $${counted.toFixed(9)}, the simulators billed $${billed.toFixed(9)}`,
);
const limited = found?.routes
  .filter(({ target: name }) => name !== 'direct')
  .every(({ overhead_ms }) => overhead_ms?.p50 && overhead_ms.p99);
const failed = outcomes.filter(({ status }) => status !== 'ok').length;
process.exitCode = unequal === 0 && sameSum && failed === 0 && limited ? 0 : 1;

function requestsWithSeveralBills(): number {
  const bills = Map.groupBy(outcomes, ({ request_id }) => request_id);
  return [...bills.values()].filter(
    (rows) => rows.length !== routes.length || new Set(rows.map((row) => row.cost_usd)).size > 1,
  ).length;
}
