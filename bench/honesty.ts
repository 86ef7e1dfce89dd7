/**
 * Held-out honesty with a known truth: each data set is taken as the whole population, users draw
 * rows from it, and what they are promised is checked on all of it.
 *
 *   npm run bench:honesty [-- --draws 200] [-- --all] [-- --by task,input_tokens]
 *
 * Without --all only the cells that have a bar are run. Exits 1 where a bar is missed. Other questions,
 * each with its own bar, instead of the cells:
 *
 *   --adversarial [--minutes 5] [--only sessions]   populations just beyond the limit, drawn anew
 *   --halves [--old DIR]   halves of the data sets: with shares of the traffic and without, beside another
 *                 checkout of arb in DIR, toolkit-cost-optimizer and an oracle
 *   --peers       what toolkit-cost-optimizer, llm-route-audit and the optimum in the sample choose
 *   --traps       targets that a share must not hide
 *   --coverage    the printed limits, on sessions
 *   --advice      the number of requests that is named where nothing is decided
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { draftPolicy } from '../src/optimize/draft.ts';
import { policyVector } from '../src/optimize/problem/policy-vector.ts';
import { recommendTable } from '../src/optimize/recommend.ts';
import { meanCost, meanQuality, targetVector } from '../src/outcome/outcome-vector.ts';
import { readOutcomes } from '../src/outcome/read.ts';
import type { OutcomeTable } from '../src/outcome/table.ts';
import { makePolicy, type PolicyDraft } from '../src/policy/write.ts';
import { runAdversarial } from './decision/adversarial.ts';
import { runAdvice } from './decision/advice.ts';
import { runCoverage } from './decision/coverage.ts';
import { type Population, runHalves } from './decision/halves.ts';
import { runPeers } from './decision/peers.ts';
import { runTraps } from './decision/traps.ts';
import { draw } from './population.ts';

const { values: flags } = parseArgs({
  options: {
    draws: { type: 'string', default: '200' },
    all: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    by: { type: 'string' },
    adversarial: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    only: { type: 'string' },
    halves: { type: 'boolean', default: false },
    old: { type: 'string' },
    peers: { type: 'boolean', default: false },
    traps: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
    advice: { type: 'boolean', default: false },
  },
});
const draws = Number(flags.draws);
const data = join(process.env.ARB_SHARED ?? '../shared', 'data');
/** Of 200 draws at a true error of 5 %, more than 18 happen once in 70 times (binomial). */
const mostFalse = (18 * draws) / 200;

interface Cell {
  readonly set: string;
  readonly by: readonly string[];
  /** Rows of the user as a share of the set. */
  readonly part: number;
  readonly margin: number;
  readonly leastCertified?: number;
  /** Median saving as a share of the in-sample saving of the same class. */
  readonly leastSaving?: number;
}

const bars: readonly Cell[] = [
  {
    set: 'routerbench0shot_sub',
    by: ['task'],
    part: 1,
    margin: 0.02,
    leastCertified: 0.85,
    leastSaving: 0.6,
  },
  { set: 'routerbench_mini_v5', by: ['task'], part: 1, margin: 0.03, leastCertified: 0.85 },
];

function cells(): readonly Cell[] {
  if (!flags.all) return bars;
  const classes = [['task'], ['task', 'input_tokens']];
  const wanted = flags.by === undefined ? classes : [flags.by.split(',')];
  return wanted.flatMap((by) =>
    ['routerbench0shot_sub', 'routerbench_mini_v5'].flatMap((set) =>
      [0.5, 1].flatMap((part) =>
        [0.01, 0.02, 0.03, 0.05].map((margin) => {
          const bar = bars.find(
            (one) =>
              one.set === set &&
              one.part === part &&
              one.margin === margin &&
              one.by.join() === by.join(),
          );
          return bar ?? { set, by, part, margin };
        }),
      ),
    ),
  );
}

interface Tally {
  readonly n: number;
  readonly certified: number;
  readonly broken: number;
  readonly brokenNaive: number;
  readonly medianSaving: number;
  readonly meanSaving: number;
  readonly inSampleSaving: number;
}

/** What a policy really does: quality and cost on every row of the population. */
function truth(population: OutcomeTable, draft: PolicyDraft, baseline: string) {
  const policy = makePolicy(draft);
  const line = policyVector(population, { name: 'policy', policy });
  const named = targetVector(population, population.targets.indexOf(baseline));
  return {
    change: meanQuality(line, population) - meanQuality(named, population),
    saving: 1 - meanCost(line, population) / meanCost(named, population),
  };
}

function run(population: OutcomeTable, { by, part, margin }: Cell): Tally {
  const floor = `best-${margin}`;
  const n = Math.round(part * population.rows);
  const whole = recommendTable(population, { by, floor, proof: 'none' });
  const savings: number[] = [];
  let [certified, broken, brokenNaive] = [0, 0, 0];
  // A floor that is met exactly is met: sums of shares differ in the last digits only.
  const breaks = (change: number) => change < -margin - 1e-9;
  for (let i = 0; i < draws; i++) {
    const table = draw(population, n, Number(flags.seed) * 100_003 + i);
    const found = recommendTable(table, { by, floor });
    const naive = recommendTable(table, { by, floor, proof: 'none' });
    const baseline = found.baseline.name;
    if (breaks(truth(population, draftPolicy(naive), baseline).change)) brokenNaive++;
    if (found.status !== 'certified') {
      savings.push(0);
      continue;
    }
    const { change, saving } = truth(population, draftPolicy(found), baseline);
    certified++;
    savings.push(saving);
    if (breaks(change)) broken++;
  }
  savings.sort((a, b) => a - b);
  return {
    ...{ n, certified, broken, brokenNaive },
    medianSaving: savings[Math.floor(draws / 2)] ?? 0,
    meanSaving: savings.reduce((sum, value) => sum + value, 0) / draws,
    inSampleSaving: whole.inSample.saving,
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8);
const sets = ['routerbench0shot_sub', 'routerbench_mini_v5', 'routellm_gsm8k'] as const;

/** The cells of the tables above, drawn with replacement. */
async function runCells(): Promise<string[]> {
  const misses: string[] = [];
  const started = performance.now();
  console.log(`${draws} draws a cell; false = the floor is broken on the whole population`);
  console.log(
    'class                set                     rows  margin certified    false  naive false  median     mean  in-sample',
  );
  const tables = new Map<string, OutcomeTable>();
  for (const cell of cells()) {
    const { set, by, margin } = cell;
    const population = tables.get(set) ?? (await readOutcomes(join(data, `${set}.outcomes.jsonl`)));
    tables.set(set, population);
    const tally = run(population, cell);
    const { n, certified, broken, brokenNaive, medianSaving, meanSaving, inSampleSaving } = tally;
    console.log(
      [
        by.join('+').padEnd(20),
        set.padEnd(22),
        String(n).padStart(5),
        margin.toFixed(2).padStart(6),
        percent(certified / draws),
        `${broken}`.padStart(8),
        percent(brokenNaive / draws).padStart(12),
        percent(medianSaving),
        percent(meanSaving),
        percent(inSampleSaving).padStart(10),
      ].join(' '),
    );
    const where = `${set}, n ${n}, margin ${margin}, by ${by.join('+')}`;
    if (by.length === 1 && broken > mostFalse)
      misses.push(`${where}: ${broken} false certificates`);
    if (certified / draws < (cell.leastCertified ?? 0)) misses.push(`${where}: too few certified`);
    if (medianSaving < (cell.leastSaving ?? -1) * inSampleSaving) {
      misses.push(`${where}: median saving too small`);
    }
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  return misses;
}

async function readSets(): Promise<Population[]> {
  const read = async (name: string) => {
    const file = join(data, `${name}.outcomes.jsonl`);
    return { name, file, table: await readOutcomes(file) };
  };
  return Promise.all(sets.map(read));
}

async function runAsked(): Promise<string[]> {
  const ask = { draws, seed: Number(flags.seed) };
  if (flags.adversarial) {
    const { minutes, only } = flags;
    return runAdversarial({
      ...ask,
      ...(minutes !== undefined && { budgetMs: 60_000 * Number(minutes) }),
      ...(only !== undefined && { only }),
    });
  }
  if (flags.traps) return runTraps(ask);
  if (flags.coverage) return runCoverage(ask);
  if (flags.halves) return runHalves(await readSets(), { ...ask, old: flags.old });
  if (flags.peers) return runPeers(await readSets(), ask);
  if (flags.advice) {
    return runAdvice(await readSets(), {
      ...ask,
      ...(flags.only !== undefined && { only: flags.only }),
    });
  }
  return runCells();
}

const misses = await runAsked();
for (const miss of misses) console.error(`MISSED ${miss}`);
process.exitCode = misses.length > 0 ? 1 : 0;
