import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMarket } from '../sim/market/market.ts';
import { type RunningMarket, startMarket } from '../sim/server/server.ts';
import { usd } from '../units.ts';
import { type JudgeRunOptions, judgeRun } from './judge-run.ts';
import { type CachedVote, voteCache } from './panel/cache.ts';
import { findReferences } from './references.ts';
import { chats, collect, judgeNamed, referenceAnswer } from './replay.test.helper.ts';
import { judgeReplay } from './replay-calls.ts';

/** The whole way: questions over HTTP to simulated judges, through the replay engine. */
const judgeTarget = (model: string, judge: object) => ({
  model,
  price: { input: 2, output: 8 },
  ttft: 1,
  output_tokens: { default: 20 },
  accuracy: { default: 1 },
  judge,
});

const marketText = JSON.stringify({
  targets: {
    'judge-a': judgeTarget('judge-a-model', { accuracy: 1, ties: 1 }),
    'judge-b': judgeTarget('judge-b-model', { accuracy: 0.95, unreadable: 0.2 }),
    'judge-c': judgeTarget('judge-c-model', { accuracy: 1, weak_to: ['injected'] }),
  },
});

const requests = chats(12);
const wrong = 'Nobody can say much about that in general, it depends on many things and people.';
const rows = requests.flatMap(({ id }, index) =>
  [
    `${referenceAnswer(index)} Indeed.`,
    index < 6 ? wrong : `${referenceAnswer(index)} So be it.`,
  ].map((answer, target) => ({ request_id: id, target: `target-${target}`, pass: 1, answer })),
);

let market: RunningMarket;

beforeAll(async () => {
  const workload = join(mkdtempSync(join(tmpdir(), 'arb-judged-')), 'workload.jsonl');
  const lines = requests.map(({ id, body, recorded }) =>
    JSON.stringify({ id, request: body, recorded: { answer: recorded?.answer } }),
  );
  writeFileSync(workload, lines.join('\n'));
  market = await startMarket({
    market: parseMarket(marketText, 'market'),
    workload,
    port: 0,
  });
});

afterAll(() => market.close());

const judgesOf = (...names: string[]) =>
  names.map((name) =>
    judgeNamed(name, {
      baseUrl: `${market.url}/${name}/v1`,
      price: { input: 2, output: 8 },
      limits: { concurrency: 16 },
    }),
  );

function options(names: string[], budget?: number): JudgeRunOptions {
  const judges = judgesOf(...names);
  const known = new Map(requests.map((request) => [request.id, request]));
  const makerOf = (target: string) => `${target}-maker`;
  return {
    requests: known,
    rows,
    judges,
    makerOf,
    referenceOf: findReferences({ requests: known, rows, baseline: 'recorded', makerOf }),
    replay: judgeReplay(judges, budget === undefined ? {} : { budget: { run: usd(budget) } }),
    repeats: 4,
  };
}

it('judges over the wire, bills what the market billed, and asks nothing twice', async () => {
  const before = market.bill().total_usd;
  const run = await collect(judgeRun(options(['judge-a', 'judge-b'])));
  const report = run.of('report')[0]?.report;
  expect(run.of('verdict').length + run.of('missing').length).toBe(24);
  const worse = run.of('verdict').filter(({ verdict }) => verdict.quality < 0.5);
  expect(worse.every(({ verdict }) => verdict.target === 'target-1')).toBe(true);
  expect(worse.length).toBeGreaterThanOrEqual(4);
  const billed = market.bill().total_usd - before;
  expect(billed).toBeGreaterThan(0);
  expect(report?.cost.cost_usd).toBeCloseTo(billed, 9);
  expect(report?.judges.map(({ state }) => state)).toEqual(['accepted', 'accepted']);

  const votes: CachedVote[] = run.of('vote').map(({ vote }) => vote);
  const again = await collect(
    judgeRun({ ...options(['judge-a', 'judge-b']), cache: voteCache(votes) }),
  );
  expect(market.bill().total_usd - before).toBe(billed);
  expect(again.of('replay')).toEqual([]);
  expect(again.of('report')[0]?.report.cost).toMatchObject({ calls: 0, cost_usd: 0 });
});

it('refuses the judge that obeys an injected instruction', async () => {
  await expect(collect(judgeRun(options(['judge-c'])))).rejects.toThrow(
    /"judge-c" is refused: the probe "injected" must lose and scored 1.00/,
  );
});

it('keeps to a budget over all its rounds', async () => {
  const before = market.bill().total_usd;
  const run = await collect(judgeRun(options(['judge-a'], 0.12)));
  expect(run.of('report')[0]?.report.stopped).toBe('budget');
  expect(market.bill().total_usd - before).toBeLessThanOrEqual(0.12);
  expect(run.of('missing').length).toBeGreaterThan(0);
});
