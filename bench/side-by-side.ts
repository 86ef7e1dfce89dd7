import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from './process.ts';
import { arbCommand, arbSaid } from './throughput/arb.ts';

/**
 * Two built checkouts, an old and a new one, in alternating rounds on one machine: a table of ratios
 * new / old with their 95 % intervals (Student's t over the rounds' log ratios).
 *
 *   npm run bench:side-by-side -- OLD NEW [--rounds 8] [--only throughput,accuracy] [--scale-rows 1000000]
 *
 * Exits 1 where the new one is worse: the interval excludes 1 and the median is beyond 3 % (15 % for
 * an error's p99). Each checkout needs `npm ci`.
 */

/** Figures of one run by name; `higher` is whether more of it is better. */
type Figures = Readonly<Record<string, number>>;

interface Contest {
  readonly better: 'higher' | 'lower';
  /** How far a median may be off before it counts as worse. */
  readonly tolerance: number;
  readonly run: (checkout: string, round: number) => Figures | Promise<Figures>;
}

/** Two-sided 95 % quantiles of Student's t for 1 to 15 degrees of freedom (R: qt(.975, df)). */
const t95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131,
];

const { values: flags, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    only: { type: 'string', default: 'throughput,accuracy,memory,solver,scale' },
    'scale-rows': { type: 'string', default: '100000' },
  },
  allowPositionals: true,
});
const [old = '', fresh = ''] = positionals.map((each) => resolve(each));
if (!old || !fresh) throw new Error('name two checkouts: bench:side-by-side -- OLD NEW');

const folder = mkdtempSync(join(tmpdir(), 'arb-side-by-side-'));
const requests = 20_000;

function runScript(checkout: string, script: string, args: readonly string[]): string {
  const node = join(checkout, 'node_modules', '.bin', 'node');
  const { stdout, stderr } = spawnSync(node, [join('bench', script), ...args], {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (!stdout) throw new Error(`${checkout}: bench/${script} said nothing\n${stderr}`);
  return stdout;
}

/** The number that the first group of a pattern holds. @throws Error where it is not there. */
function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${pattern} in\n${text}`);
  return Number(found);
}

const mock = await serve('mock.ts', ['64'], ['taskset', '-c', '1']);
const command = arbCommand(folder, { url: mock.url, requests, places: 64 });

const contests = {
  throughput: {
    better: 'higher',
    tolerance: 0.03,
    run(checkout, round) {
      const out = join(folder, `run-${round}-${checkout === old ? 'old' : 'new'}`);
      const [, , ...args] = command;
      const node = join(checkout, 'node_modules', '.bin', 'node');
      const main = join(checkout, 'dist', 'cli', 'main.js');
      const { status, stderr } = spawnSync(
        'taskset',
        ['-c', '0', node, main, ...args, '--out', out],
        { encoding: 'utf8', maxBuffer: 1 << 26 },
      );
      if (status !== 0 && status !== 3) throw new Error(`${checkout}: exit ${status}\n${stderr}`);
      const { perSecond } = arbSaid(out, requests);
      rmSync(out, { recursive: true });
      return { 'streams per second': perSecond };
    },
  },
  accuracy: {
    better: 'lower',
    tolerance: 0.15,
    run(checkout) {
      const said = runScript(checkout, 'accuracy.ts', ['600']);
      const columns = (mode: string) =>
        (said.split('\n').find((line) => line.startsWith(mode.padEnd(20))) ?? '')
          .slice(20)
          .trim()
          .split(/\s+/)
          .map(Number);
      const [sim, screen] = [columns('sim'), columns('sim, screen')];
      return {
        'back p99, ms': sim[7] ?? Number.NaN,
        'gap p99, ms': sim[4] ?? Number.NaN,
        'gap p99 with the screen, ms': screen[4] ?? Number.NaN,
      };
    },
  },
  memory: {
    better: 'lower',
    tolerance: 0.03,
    run(checkout) {
      const said = runScript(checkout, 'memory.ts', ['100000', '0.2']);
      return { 'peak of 100,000 attempts, MB': numberIn(said, /peak (\d+) MB/) };
    },
  },
  solver: {
    better: 'lower',
    tolerance: 0.03,
    run(checkout) {
      const said = runScript(checkout, 'solver.ts', ['200000']);
      return { '200,000 x 20 x 7, ms': numberIn(said, /^200000\s+(\d+)/m) };
    },
  },
  scale: {
    better: 'lower',
    tolerance: 0.03,
    run(checkout) {
      const rows = flags['scale-rows'];
      // The bench measures a doubling first: of few rows, to lose no time on it.
      const said = runScript(checkout, 'scale.ts', ['--rows', rows, '--doubling', '1000']);
      const measured = (what: string) => numberIn(said, new RegExp(`^${rows} x .*${what}`, 'm'));
      return {
        'rows to certificate, processor s': measured('processor ([\\d.]+) s'),
        'peak, GB': measured(', ([\\d.]+) GB'),
      };
    },
  },
} as const satisfies Record<string, Contest>;

interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @param pairs new / old, one a round */
function ratioOf(pairs: readonly number[]): Ratio {
  const logs = pairs.map(Math.log);
  const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (logs.length - 1);
  const half = (t95[logs.length - 2] ?? 2) * Math.sqrt(variance / logs.length);
  const sorted = pairs.toSorted((a, b) => a - b);
  const [a = 0, b = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return { median: (a + b) / 2, low: Math.exp(mean - half), high: Math.exp(mean + half) };
}

let worse = 0;
for (const name of flags.only.split(',') as (keyof typeof contests)[]) {
  const contest: Contest = contests[name];
  const rounds: { old: Figures; fresh: Figures }[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    // Who goes first changes with the round, so that a drift of the machine favours neither.
    const order = round % 2 === 0 ? [old, fresh] : [fresh, old];
    const seen = new Map<string, Figures>();
    for (const each of order) seen.set(each, await contest.run(each, round));
    rounds.push({ old: seen.get(old) ?? {}, fresh: seen.get(fresh) ?? {} });
  }
  for (const figure of Object.keys(rounds[0]?.old ?? {})) {
    const value = (figures: Figures) => figures[figure] ?? Number.NaN;
    const { median, low, high } = ratioOf(rounds.map((r) => value(r.fresh) / value(r.old)));
    const excess = contest.better === 'higher' ? 1 - median : median - 1;
    const isWorse = excess > contest.tolerance && (low > 1 || high < 1);
    if (isWorse) worse++;
    const mean = (of: 'old' | 'fresh') =>
      rounds.reduce((sum, each) => sum + value(each[of]), 0) / rounds.length;
    console.log(
      `${name.padEnd(11)}${figure.padEnd(34)}${mean('old').toPrecision(4).padStart(9)}${mean('fresh').toPrecision(4).padStart(9)}   ${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})  ${isWorse ? 'WORSE' : 'ok'}`,
    );
  }
}
await mock.end();
rmSync(folder, { recursive: true });
process.exitCode = worse > 0 ? 1 : 0;
