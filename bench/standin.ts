/**
 * Whether a route that serves something else is called out, and an honest one is not: a model direct,
 * by an honest route, and by one that loses five points on one task with 1,000 requests, over seven
 * tasks. The truth is the simulator's own; only the answers are drawn.
 *
 *   node bench/standin.ts [SEEDS]
 *
 * Exits 1 where the stand-in is missed, or the honest route accused, in more than one seed of 20.
 */
import { arbitrage, type RouteFacts } from '../src/arbitrage/arbitrage.ts';
import { toOutcomeTable } from '../src/outcome/read.ts';
import type { OutcomeRow } from '../src/outcome/row.ts';
import { type Market, parseMarket } from '../src/sim/market/market.ts';
import { isRight } from '../src/sim/market/truth.ts';

const seeds = Number(process.argv[2] ?? 20);
/** One miss in twenty is allowed. */
const least = Math.ceil(0.95 * seeds);

const tasks = ['extract', 'chat', 'summarize', 'classify', 'code', 'documents', 'tools'];
const worseTask = 'extract';
const requestsOf = (task: string) => (task === worseTask ? 1_000 : 300);

/** How a route's answers hang together with those of the direct one. */
interface Case {
  readonly name: string;
  readonly accuracy: number;
  /** Share of the answers that the request decides and not the model's luck. */
  readonly correlation: number;
  readonly luck: 'shared' | 'own';
  /** Whether both bars must be met; else the case is shown to say how far the test reaches. */
  readonly bar: boolean;
}

const cases: readonly Case[] = [
  {
    name: 'same weights, same sampling',
    accuracy: 0.9,
    correlation: 0.6,
    luck: 'shared',
    bar: true,
  },
  {
    name: 'own sampling, as in the practice',
    accuracy: 0.9,
    correlation: 0.93,
    luck: 'own',
    bar: true,
  },
  { name: 'own sampling, looser', accuracy: 0.95, correlation: 0.8, luck: 'own', bar: true },
  { name: 'own sampling, loosest', accuracy: 0.9, correlation: 0.6, luck: 'own', bar: false },
];

const facts: Readonly<Record<string, RouteFacts>> = {
  direct: { model: 'm', via: 'direct' },
  honest: { model: 'm', via: 'broker' },
  standin: { model: 'm', via: 'shop' },
};

function marketOf({ accuracy, correlation, luck }: Case, seed: number): Market {
  const target = (worse: number) => ({
    ...{ model: 'm', price: { input: 1, output: 1 }, ttft: 1, output_tokens: { default: 1 } },
    ...(luck === 'shared' && { weights: 'w' }),
    accuracy: { default: accuracy, by_task: { [worseTask]: accuracy - worse } },
  });
  const targets = { direct: target(0), honest: target(0), standin: target(0.05) };
  return parseMarket(JSON.stringify({ seed, correlation, targets }), 'market');
}

function rowsOf(market: Market): OutcomeRow[] {
  return tasks.flatMap((task) =>
    Array.from({ length: requestsOf(task) }, (_, i) => `${task}-${i}`).flatMap((request_id) =>
      Object.keys(facts).map((target) => {
        const right = isRight(market, target, { hash: request_id, task, inputTokens: 100 }, 1);
        return { request_id, target, task, cost_usd: 0.001, quality: right ? 1 : 0 };
      }),
    ),
  );
}

interface Result {
  readonly called: number;
  readonly clean: number;
  /** Tasks in which the stand-in is what it says, and is called out all the same. */
  readonly elsewhere: number;
}

function run(one: Case): Result {
  let [called, clean, elsewhere] = [0, 0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const { models } = arbitrage(toOutcomeTable(rowsOf(marketOf(one, seed))), facts);
    const routes = models.flatMap((model) => model.routes);
    const callsOf = (name: string) =>
      routes.find(({ target }) => target === name)?.called_out ?? [];
    if (callsOf('standin').some(({ task }) => task === worseTask)) called += 1;
    if (callsOf('honest').length === 0) clean += 1;
    elsewhere += callsOf('standin').filter(
      ({ task }) => task !== undefined && task !== worseTask,
    ).length;
  }
  return { called, clean, elsewhere };
}

console.log(
  `-5 points on one task of ${requestsOf(worseTask)} requests, ${tasks.length} tasks, ${seeds} seeds, family-wise level 1 %`,
);
console.log(
  `${'the routes'.padEnd(34)} accuracy  correlation  called out  honest clean  wrong task  bar`,
);
let missed = false;
for (const one of cases) {
  const { called, clean, elsewhere } = run(one);
  const met = clean >= least && (called >= least || !one.bar);
  missed ||= !met;
  const cells = [
    one.name.padEnd(34),
    one.accuracy.toFixed(2).padStart(8),
    one.correlation.toFixed(2).padStart(12),
    `${called}/${seeds}`.padStart(11),
    `${clean}/${seeds}`.padStart(13),
    String(elsewhere).padStart(11),
  ];
  const bar = one.bar ? `>= ${least} both` : `>= ${least} clean`;
  console.log(`${cells.join(' ')}  ${bar}: ${met ? 'met' : 'MISSED'}`);
}
process.exitCode = missed ? 1 : 0;
