import type { Instance } from '../src/optimize/problem/instance.ts';
import { loadHighs, programmeOf, runHighs } from '../src/optimize/solve/highs.test.helper.ts';
import { marketProblem } from '../src/optimize/solve/problems.test.helper.ts';
import { solve } from '../src/optimize/solve/solve.ts';

/**
 * The optimiser against HiGHS and against itself at twice the rows, in one run, so that the ratios
 * hold on any machine. Run: `node bench/solver.ts [ROWS]`; the rows double from an eighth of ROWS
 * (1,000,000 without it). Exit 1 where a ratio misses its mark or the answers differ.
 */
const marks = {
  /** Times faster than HiGHS. */
  faster: 10,
  /** Times slower at twice the rows. */
  doubling: 2.3,
  manyTargetsMs: 1_000,
  extraMegabytes: 600,
} as const;
/** HiGHS stops here; its time is then a lower bound, and so is the ratio. */
const patienceSeconds = 60;
const repeats = 3;

const largest = Number(process.argv[2] ?? 1_000_000);
let missed = 0;

function judged(kept: boolean): string {
  if (!kept) missed++;
  return kept ? 'ok' : 'MISSED';
}

/** Milliseconds: the median of some runs, the first of them cold. */
function timed(instance: Instance): { ms: number; cost: number; gap: number } {
  const runs = Array.from({ length: repeats }, () => {
    const start = performance.now();
    const solution = solve(instance);
    const ms = performance.now() - start;
    if (solution.state !== 'solved') throw new Error(solution.state);
    return { ms, cost: solution.cost, gap: solution.gap };
  });
  const sorted = runs.toSorted((a, b) => a.ms - b.ms);
  const middle = sorted[Math.floor(repeats / 2)];
  if (!middle) throw new Error('no run was made');
  return middle;
}

async function againstHighs(): Promise<void> {
  const highs = await loadHighs();
  console.log('rows x targets x tasks   columns     arb ms   HiGHS ms     ratio');
  for (const [rows, targets, tasks, slowShare] of [
    [3_164, 11, 3, undefined],
    [3_164, 11, 7, undefined],
    [1_700, 11, 12, 0.03],
  ] as const) {
    const size = { rows, targets, tasks, ...(slowShare !== undefined && { slowShare }) };
    const instance = marketProblem(size, 1);
    const own = timed(instance);
    const programme = programmeOf(instance);
    const start = performance.now();
    const theirs = runHighs(highs, programme, patienceSeconds);
    const ms = performance.now() - start;
    const agrees = theirs && (theirs.proven ? theirs.cost === own.cost : theirs.cost >= own.cost);
    const ratio = ms / own.ms;
    const verdict = judged(ratio >= marks.faster && agrees === true && own.gap === 0);
    console.log(
      `${`${rows} x ${targets} x ${tasks}`.padEnd(20)}${String(programme.columns.length).padStart(12)}` +
        `${own.ms.toFixed(1).padStart(11)}${ms.toFixed(0).padStart(11)}` +
        `${theirs?.proven ? ' ' : '>'}${ratio.toFixed(0).padStart(8)}x ${verdict}`,
    );
  }
}

function manyTargets(): void {
  const instance = marketProblem({ rows: 1_700, targets: 45, tasks: 12, slowShare: 0.05 }, 1);
  const { ms, gap } = timed(instance);
  const verdict = judged(ms < marks.manyTargetsMs && gap === 0);
  console.log(`1700 x 45 x 12 with a p95 SLO: ${ms.toFixed(0)} ms, gap ${gap} ${verdict}`);
}

/** Several markets per size: how much there is to search differs from one to the next. */
const markets = [1, 2, 3];

function doublings(): void {
  console.log('rows x 20 x 7             arb ms     times half   gap');
  let before: number | undefined;
  for (const part of [8, 4, 2, 1]) {
    const rows = Math.round(largest / part);
    const runs = markets.map((seed) => timed(marketProblem({ rows, targets: 20, tasks: 7 }, seed)));
    const ms = runs.reduce((sum, run) => sum + run.ms, 0) / runs.length;
    const gap = Math.max(...runs.map((run) => run.gap));
    const ratio = before === undefined ? undefined : ms / before;
    const verdict = ratio === undefined ? '' : judged(ratio <= marks.doubling && gap === 0);
    const shown = ratio?.toFixed(2) ?? '-';
    console.log(
      `${String(rows).padEnd(20)}${ms.toFixed(0).padStart(12)}${shown.padStart(15)}${String(gap).padStart(6)} ${verdict}`,
    );
    before = ms;
  }
}

/**
 * What solving takes: the peak of the process less the arrays of the instance, which counts the
 * runtime and what making the instance left behind as well. Run first, while the peak is its own.
 */
function memory(): void {
  const instance = marketProblem({ rows: largest, targets: 20, tasks: 7 }, 1);
  const tables = [instance.cost, ...instance.constraints.map(({ amount }) => amount)];
  const arrays = [instance.cell, instance.tokens, ...tables.flat()];
  const held = arrays.reduce((sum, array) => sum + array.byteLength, 0) / 1e6;
  const solution = solve(instance);
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const verdict = judged(solution.state === 'solved' && peak - held < marks.extraMegabytes);
  const sizes = `instance ${held.toFixed(0)} MB, peak ${peak.toFixed(0)} MB`;
  console.log(
    `${largest} x 20 x 7: ${sizes}, at most ${(peak - held).toFixed(0)} MB more ${verdict}`,
  );
}

memory();
manyTargets();
doublings();
await againstHighs();
if (missed > 0) process.exitCode = 1;
