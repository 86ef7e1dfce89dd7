import { recommendTable } from '../../src/optimize/recommend.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { type Choices, choose, toolkit } from './choosers/choosers.ts';
import { tryChoice } from './choosers/try-choice.ts';
import { drawHalf, tableOf } from './draws.ts';
import { openOldBuild } from './old-build.ts';
import { measureOracle } from './oracle.ts';
import { type DrawOutcome, percent, summarise, type TrialSummary, tryCertified } from './trials.ts';

/** Least share certified with shares at a margin of 0.02, and least gain in mean saving by them. */
const bar = { certified: 0.9, gain: 1.2 };
/** Broken draws that a true error of 5 % shows less than once in 25 times, from 100 draws on. */
const mostBroken = 0.08;
const margins = [0.01, 0.02, 0.03, 0.05] as const;

export interface Population {
  readonly name: string;
  readonly file: string;
  readonly table: OutcomeTable;
}

/**
 * Halves of a known population without replacement: how often something is certified, what it saves
 * in truth, and how often it breaks its floor, with shares of the traffic and without, and where a
 * task may lose what it likes as long as the mean holds, as the others allow; beside it another checkout of arb, toolkit-cost-optimizer with its 95 % confidence, and what an oracle could.
 *
 * @returns what was missed, in words
 */
export async function runHalves(
  populations: readonly Population[],
  {
    draws,
    seed,
    old,
  }: { readonly draws: number; readonly seed: number; readonly old?: string | undefined },
): Promise<string[]> {
  const misses: string[] = [];
  console.log(`${draws} halves of each set; savings in % of the baseline's cost, over all draws`);
  console.log(`${'set'.padEnd(22)} margin ${'by'.padEnd(24)} certified  median    mean  broken`);
  for (const population of populations) {
    const { name, table } = population;
    const build = old === undefined ? undefined : await openOldBuild(old, population.file, table);
    const halves = Array.from({ length: draws }, (_, i) => {
      const key = seed * 1_009 + i;
      const rows = drawHalf(table, key);
      return { key, rows, half: tableOf(table, rows, { seed: key }) };
    });
    for (const margin of margins) {
      const ask = { by: ['task'], floor: `best-${margin}` };
      const found = halves.map(({ half }) => recommendTable(half, ask));
      const whole = summarise(
        halves.map(({ half }) => {
          return tryCertified(table, recommendTable(half, { ...ask, arms: 'none' }), margin);
        }),
      );
      const shares = summarise(found.map((one) => tryCertified(table, one, margin)));
      const meanAlone = halves.map(({ half }) =>
        tryCertified(table, recommendTable(half, { ...ask, taskLoss: 'allowed' }), margin),
      );
      const rivals = choose(
        toolkit,
        table,
        halves.map(({ rows }, i) => ({ rows, margin, baseline: found[i]?.baseline.name ?? '' })),
      );
      const confident = halves.map(({ rows }, i): DrawOutcome => {
        const claim = { baseline: found[i]?.baseline.name ?? '', margin };
        return tryChoice(table, rows, { choice: (rivals[i] as Choices).confident, claim });
      });
      const print = (by: string, summary: TrialSummary) =>
        console.log(
          `${name.padEnd(22)} ${margin.toFixed(2).padStart(6)} ${by.padEnd(24)} ${formatSummary(summary)}`,
        );
      if (build) {
        const before = halves.map(({ rows, key }) => build.run(rows, key, margin));
        print('arb, the old build', summarise(before));
      }
      print('arb, all or none', whole);
      print('arb, with shares', shares);
      if (countTasks(table) < 2) print('arb, shares, by length', byLength(table, halves, margin));
      print('arb, the mean alone', summarise(meanAlone));
      print('toolkit, 95 % confidence', summarise(confident));
      const oracle = measureOracle(table, { rows: halves[0]?.rows.length ?? 0, margin });
      console.log(
        `${name.padEnd(22)} ${margin.toFixed(2).padStart(6)} ${'oracle, whole / shares'.padEnd(24)} ${percent(oracle.whole)} / ${percent(oracle.shares)}`,
      );
      misses.push(...judge({ name, table, margin }, whole, shares));
    }
  }
  return misses;
}

/**
 * One task cannot be told apart: where its cheaper target loses more than an arm may (22 points of
 * GSM8K), no policy by task saves, whatever the share. By length there are some.
 */
function byLength(
  table: OutcomeTable,
  halves: readonly { readonly half: OutcomeTable }[],
  margin: number,
): TrialSummary {
  const ask = { by: ['task', 'input_tokens'], floor: `best-${margin}` };
  return summarise(
    halves.map(({ half }) => tryCertified(table, recommendTable(half, ask), margin)),
  );
}

const countTasks = ({ features }: OutcomeTable) => features.get('task')?.values.length ?? 0;

function formatSummary({ draws, proposed, broken, median, mean }: TrialSummary): string {
  return `${percent(proposed / draws).padStart(9)} ${percent(median).padStart(7)} ${percent(mean).padStart(7)} ${String(broken).padStart(7)}`;
}

function judge(
  { name, table, margin }: { name: string; table: OutcomeTable; margin: number },
  whole: TrialSummary,
  shares: TrialSummary,
): string[] {
  const misses: string[] = [];
  const where = `${name}, margin ${margin}`;
  if (Math.max(whole.broken, shares.broken) > mostBroken * shares.draws) {
    misses.push(`${where}: breaks its floor`);
  }
  if (margin !== 0.02 || countTasks(table) < 2) return misses;
  if (shares.proposed < bar.certified * shares.draws) {
    misses.push(`${where}: certified in ${percent(shares.proposed / shares.draws)} %`);
  }
  if (shares.mean < bar.gain * whole.mean) misses.push(`${where}: shares save too little more`);
  return misses;
}
