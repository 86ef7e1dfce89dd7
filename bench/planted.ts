/**
 * Planted optima: a market whose dials are known, N noisy answers drawn from it, and the question
 * whether the optimiser finds the routing that the dials say is optimal.
 *
 *   npm run bench:planted [-- --seeds 50] [-- --from 1] [-- --rows 20000]
 *
 * Exits 1 where in any seed more than 2 % of the requests go elsewhere.
 */
import { parseArgs } from 'node:util';
import { readDemands } from '../src/optimize/problem/demand.ts';
import { normalise } from '../src/optimize/problem/options.ts';
import { createStudy } from '../src/optimize/problem/study.ts';
import { groupRows } from '../src/optimize/rows/row-groups.ts';
import { findOptimum } from '../src/optimize/solve/optimum.ts';
import { toOutcomeTable } from '../src/outcome/read.ts';
import type { OutcomeRow } from '../src/outcome/row.ts';
import { type Market, type MarketTarget, parseMarket } from '../src/sim/market/market.ts';
import { drawsFor, logNormal } from '../src/sim/market/random.ts';
import { isRight, trueAccuracy } from '../src/sim/market/truth.ts';

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '1' },
    rows: { type: 'string', default: '20000' },
  },
});
const [seeds, rows, from] = [flags.seeds, flags.rows, flags.from].map(Number) as [
  number,
  number,
  number,
];
const mostElsewhere = 0.02;
const floor = 'best-0.01';

const dials = (seed: number) => `
seed: ${seed}
correlation: 0.9
targets:
  small:
    model: s
    price: { input: 0.1, output: 0.4 }
    ttft: 0
    output_tokens: { default: 200 }
    accuracy:
      default: 0.95
      by_task: { chat: 0.957, extract: 0.968, classify: 0.978, code: 0.55, documents: 0.952 }
      above_tokens: [{ tokens: 4000, accuracy: 0.35, tasks: [documents] }]
  middle:
    model: m
    price: { input: 0.8, output: 4 }
    ttft: 0
    output_tokens: { default: 200 }
    accuracy:
      default: 0.95
      by_task: { chat: 0.93, extract: 0.94, classify: 0.95, code: 0.62, documents: 0.954 }
      above_tokens: [{ tokens: 12000, accuracy: 0.4, tasks: [documents] }]
  large:
    model: l
    price: { input: 3, output: 15 }
    ttft: 0
    output_tokens: { default: 200 }
    accuracy: { default: 0.96, by_task: { classify: 0.98, extract: 0.97 } }
`;

/** Median length of a task's requests, spread by a factor of about ten to either side at p99. */
const lengths: Readonly<Record<string, number>> = {
  ...{ chat: 150, extract: 300, classify: 80, code: 400, documents: 5_000 },
};
const tasks = Object.keys(lengths);

interface Request {
  readonly id: string;
  readonly task: string;
  readonly tokens: number;
}

function requestsOf(seed: number): Request[] {
  return Array.from({ length: rows }, (_, i) => {
    const draws = drawsFor(seed, 'request', i);
    const task = tasks[Math.floor(draws.uniform() * tasks.length)] ?? '';
    const median = lengths[task] ?? 1;
    const tokens = Math.max(1, Math.round(logNormal(draws, median, 10 * median)));
    return { id: `r${i}`, task, tokens };
  });
}

/** One row per target; `quality` is what was answered, or what the dials expect of it. */
function rowsOf(
  market: Market,
  requests: readonly Request[],
  quality: (name: string, target: MarketTarget, request: Request) => number,
): OutcomeRow[] {
  return requests.flatMap((request) =>
    Object.entries(market.targets).map(([name, target]) => ({
      request_id: request.id,
      target: name,
      task: request.task,
      input_tokens: request.tokens,
      cost_usd: (target.price.input * request.tokens + target.price.output * 200) / 1e6,
      quality: quality(name, target, request),
    })),
  );
}

/**
 * Expected scores are fractions, and with a cut allowed at every length their sums would be too
 * many for an exact search in seconds; a cut is at most 5 % of its length off.
 */
function twoDigits(tokens: number): number {
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(tokens)) - 1);
  return Math.floor(tokens / scale) * scale;
}

/** Name of the target of each request, by its id. */
function routed(outcomes: readonly OutcomeRow[]): Map<string, string> {
  const options = normalise({ by: ['task', 'input_tokens'], floor, proof: 'none' });
  const table = toOutcomeTable(outcomes);
  const study = createStudy(table, options);
  const groups = groupRows(table, options);
  const found = findOptimum(study, groups, readDemands(study));
  if (!('routing' in found)) throw new Error(found.text);
  const { target } = found.routing;
  const nameOf = (row: number) => study.names[target[groups.of[row] ?? -1] ?? -1] ?? '';
  return new Map(
    Array.from({ length: table.rows }, (_, row) => [table.requests.name(row), nameOf(row)]),
  );
}

let worst = 0;
let total = 0;
const started = performance.now();
for (let seed = from; seed < from + seeds; seed++) {
  const market = parseMarket(dials(seed), 'dials');
  const requests = requestsOf(seed);
  const planted = routed(
    rowsOf(market, requests, (_, target, { task, tokens }) =>
      trueAccuracy(target, task, tokens),
    ).map((row) => ({ ...row, input_tokens: twoDigits(row.input_tokens ?? 0) })),
  );
  const found = routed(
    rowsOf(market, requests, (name, _, { id, task, tokens }) =>
      isRight(market, name, { hash: id, task, inputTokens: tokens }, 1) ? 1 : 0,
    ),
  );
  const elsewhere = requests.filter(({ id }) => planted.get(id) !== found.get(id)).length / rows;
  worst = Math.max(worst, elsewhere);
  total += elsewhere;
  console.log(`seed ${seed}: ${(100 * elsewhere).toFixed(2)} % go elsewhere`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${seeds} seeds of ${rows} rows at ${floor}: mean ${((100 * total) / seeds).toFixed(2)} %, worst ${(100 * worst).toFixed(2)} % (${seconds} s)`,
);
if (worst > mostElsewhere) {
  console.error(`MISSED: more than ${100 * mostElsewhere} % go elsewhere`);
  process.exitCode = 1;
}
