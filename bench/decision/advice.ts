import type { RecommendOptions } from '../../src/optimize/problem/options.ts';
import { recommendTable } from '../../src/optimize/recommend.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { draw } from '../population.ts';
import { correlated, createTable, drawSessions, uniform } from './table.ts';

/** Draws of the advised number of requests of which at least this share must pass. */
const least = 0.8;
/** Fewer numbers named than this say nothing about them. */
const fewest = 10;
/** More than this is not drawn: no use to anybody. */
const most = 60_000;

interface AdviceSetting {
  readonly name: string;
  readonly rows: number;
  readonly options: RecommendOptions;
  draw(rows: number, seed: number): OutcomeTable;
}

/**
 * The number of requests that an inconclusive certificate names, drawn anew: how often it is enough.
 *
 * @returns what was missed, in words
 */
export function runAdvice(
  populations: readonly { readonly name: string; readonly table: OutcomeTable }[],
  {
    draws,
    seed,
    only = '',
  }: { readonly draws: number; readonly seed: number; readonly only?: string },
): string[] {
  const misses: string[] = [];
  console.log(
    `${'setting'.padEnd(46)} open  named  median n  enough   (of ${draws} draws; open = inconclusive)`,
  );
  let [allNamed, allEnough] = [0, 0];
  for (const setting of settings(populations).filter(({ name }) => name.includes(only))) {
    const { name, rows, options } = setting;
    const numbers: number[] = [];
    let [open, enough] = [0, 0];
    for (let i = 0; i < draws; i++) {
      const first = recommendTable(setting.draw(rows, seed * 7_919 + i), options);
      if (first.certificate?.verdict !== 'INCONCLUSIVE') continue;
      open++;
      const { enough: inAll = 0 } = first.certificate.needed ?? {};
      if (inAll === 0 || inAll > most) continue;
      numbers.push(inAll);
      const again = recommendTable(setting.draw(inAll, seed * 104_729 + i), options);
      if (again.certificate?.verdict === 'PASS') enough++;
    }
    numbers.sort((a, b) => a - b);
    const named = numbers.length;
    allNamed += named;
    allEnough += enough;
    const share = named > 0 ? enough / named : 1;
    const cells = [open, named, numbers[named >> 1] ?? '-', `${(100 * share).toFixed(0)} %`];
    console.log(`${name.padEnd(44)}${cells.map((cell) => String(cell).padStart(8)).join('')}`);
    if (named >= fewest && share < least)
      misses.push(`${name}: the number named is enough in ${(100 * share).toFixed(0)} %`);
  }
  console.log(`all: enough in ${allEnough} of ${allNamed}`);
  return misses;
}

function settings(
  populations: readonly { readonly name: string; readonly table: OutcomeTable }[],
): readonly AdviceSetting[] {
  const real = [
    ['routerbench_mini_v5', 100, 0.05],
    ['routerbench_mini_v5', 200, 0.02],
    ['routerbench_mini_v5', 200, 0.05],
    ['routerbench_mini_v5', 400, 0.02],
    ['routerbench0shot_sub', 200, 0.02],
    ['routerbench0shot_sub', 200, 0.05],
    ['routerbench0shot_sub', 400, 0.02],
  ] as const;
  return [
    ...real.flatMap(([set, rows, margin]): AdviceSetting[] => {
      const table = populations.find(({ name }) => name === set)?.table;
      if (!table) return [];
      return [
        {
          name: `${set}, ${rows} rows, margin ${margin}`,
          rows,
          options: { by: ['task'], floor: `best-${margin}`, arms: 'none' },
          draw: (n, seed) => draw(table, n, seed),
        },
      ];
    }),
    slowSetting,
    taskSetting,
    sessionSetting,
    judgedSetting,
  ];
}

const strong = { name: 'strong', cost: 0.01 };
const weak = { name: 'weak', cost: 0.003 };
const against: RecommendOptions = { by: ['task'], baseline: 'strong', arms: 'none' };

/** As good as the baseline, and slow in 4.5 % of requests where 5 % are allowed. */
const slowSetting: AdviceSetting = {
  name: 'SLO p95, 4.5 % slow, 2000 rows',
  rows: 2_000,
  options: {
    ...against,
    floor: 'baseline-0.05',
    slos: [{ metric: 'latency_ms', atMost: 1_000, share: 0.95 }],
  },
  draw(rows, seed) {
    const u = uniform(seed);
    const times = Array.from({ length: rows }, () => (u() < 0.045 ? 3_000 : 100 + 800 * u()));
    return createTable({
      rows,
      seed,
      columns: [
        { ...strong, quality: () => 1, latency: () => 500 },
        { ...weak, quality: () => 1, latency: (row) => times[row] ?? 0 },
      ],
    });
  },
};

/** Three tasks with a floor each; the weak target loses 1, 2 and 3 % of them. */
const taskSetting: AdviceSetting = {
  name: 'floors by task, 3 tasks, margin 0.05, 300 rows',
  rows: 300,
  options: { ...against, floor: 'baseline-0.05', floorBy: 'task' },
  draw(rows, seed) {
    const u = uniform(seed);
    const task = Array.from({ length: rows }, () => Math.floor(3 * u()));
    const lost = task.map((t) => u() < 0.01 * (t + 1));
    return createTable({
      rows,
      seed,
      task: (row) => `task${task[row]}`,
      columns: [
        { ...strong, quality: () => 1 },
        { ...weak, quality: (row) => (lost[row] ? 0 : 1) },
      ],
    });
  },
};

/** Sessions of 5 to 20 whose answers agree (ICC 0.5). */
const sessionSetting: AdviceSetting = {
  name: 'sessions 5-20, ICC 0.5, margin 0.05, 600 rows',
  rows: 600,
  options: { ...against, floor: 'baseline-0.05' },
  draw(rows, seed) {
    const u = uniform(seed);
    const session = drawSessions(rows, [5, 20], u);
    const sample = () => {
      const x = u();
      return x < 0.04 ? -1 : x < 0.07 ? 1 : 0;
    };
    const changes = correlated(session, 0.5, { u, draw: sample });
    return createTable({
      rows,
      seed,
      session,
      columns: [
        { ...strong, quality: (row) => ((changes[row] ?? 0) > 0 ? 0 : 1) },
        { ...weak, quality: (row) => ((changes[row] ?? 0) < 0 ? 0 : 1) },
      ],
    });
  },
};

/** Compared by a judge with the baseline: 25 % wins, 26 % losses. */
const judgedSetting: AdviceSetting = {
  name: 'judged, 25 % won, 26 % lost, margin 0.05, 200 rows',
  rows: 200,
  options: { ...against, floor: 'baseline-0.05' },
  draw(rows, seed) {
    const u = uniform(seed);
    const score = Array.from({ length: rows }, () => {
      const x = u();
      return x < 0.25 ? 1 : x < 0.51 ? 0 : 0.5;
    });
    return createTable({
      rows,
      seed,
      columns: [
        { ...strong, quality: () => 0.5 },
        { ...weak, quality: (row) => score[row] ?? 0 },
      ],
    });
  },
};
