import { draftPolicy } from '../../src/optimize/draft.ts';
import { recommend } from '../../src/optimize/recommend.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { choose, routeAudit, toolkit } from './choosers/choosers.ts';
import { failsAnyTask, tryChoice } from './choosers/try-choice.ts';
import { drawAgain, drawHalf, tableOf } from './draws.ts';
import type { Population } from './halves.ts';
import { nothing, percent, summarise, type Trial, tryCertified, tryPolicy } from './trials.ts';

/** Broken draws that a true error of 5 % shows less than once in 25 times, from 100 draws on. */
const mostBroken = 0.08;
const margins = [0.02, 0.05] as const;
const kinds = [
  { kind: 'half', draw: drawHalf },
  { kind: 'again', draw: drawAgain },
] as const;
/** The share of each task's own pass rate that llm-route-audit keeps by default. */
const ownShare = 0.95;
const byOwnRule = 'llm-route-audit, 95 % of each task';

/**
 * What others choose on the same rows: the optimum as it stands in the sample, toolkit-cost-optimizer
 * and llm-route-audit, through their own choosers. How often what is proposed breaks its own floor on
 * the whole population, and what it saves there.
 *
 * @returns what was missed, in words
 */
export function runPeers(
  populations: readonly Population[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): string[] {
  const misses: string[] = [];
  console.log(
    `${draws} draws a cell of as many rows as half of the set: without replacement (half)`,
  );
  console.log(
    'or from the whole population (again). In % of all draws: proposed something, and broke',
  );
  console.log(
    "its own floor on the whole population; median and mean saving of the baseline's cost",
  );
  console.log(`${'set'.padEnd(22)} margin rows  ${'by'.padEnd(33)} proposed broken  median   mean`);
  for (const { name, table } of populations) {
    for (const { kind, draw } of kinds) {
      for (const margin of margins) {
        const trials = tryAll(table, { draws, seed, margin, draw });
        // Its own rule knows no margin: once is enough.
        if (margin !== margins[0]) trials.delete(byOwnRule);
        for (const [by, tried] of trials) {
          const { proposed, broken, median, mean } = summarise(tried);
          console.log(
            `${name.padEnd(22)} ${margin.toFixed(2).padStart(6)} ${kind.padEnd(5)} ${by.padEnd(33)} ${percent(proposed / draws).padStart(8)} ${percent(broken / draws)}  ${percent(median)} ${percent(mean)}`,
          );
          if (by === 'arb' && broken > mostBroken * draws) {
            misses.push(`${name}, margin ${margin}, ${kind}: arb breaks its floor in ${broken}`);
          }
        }
      }
    }
  }
  return misses;
}

interface Cell {
  readonly draws: number;
  readonly seed: number;
  readonly margin: number;
  readonly draw: (population: OutcomeTable, seed: number) => Int32Array;
}

function tryAll(
  table: OutcomeTable,
  { draws, seed, margin, draw }: Cell,
): Map<string, readonly Trial[]> {
  const options = { by: ['task'], floor: `best-${margin}` };
  const drawn = Array.from({ length: draws }, (_, i) => {
    const key = seed * 2_003 + i;
    const rows = draw(table, key);
    const sample = tableOf(table, rows, { seed: key });
    const found = recommend(sample, options);
    const plain = recommend(sample, { ...options, proof: 'none' });
    return { rows, found, plain, claim: { baseline: found.baseline.name, margin } };
  });
  const asks = drawn.map(({ rows, claim }) => ({ rows, ...claim }));
  const [byToolkit, byAudit] = [choose(toolkit, table, asks), choose(routeAudit, table, asks)];
  const tried = (choice: (draw: number) => Readonly<Record<string, string>> | null | undefined) =>
    drawn.map(({ rows, claim }, i) => tryChoice(table, rows, { choice: choice(i), claim }));
  const ownRule = tried((i) => byAudit[i]?.own).map((trial, i): Trial => {
    const choice = byAudit[i]?.own ?? {};
    const baseline = drawn[i]?.claim.baseline ?? '';
    return { ...trial, broken: failsAnyTask(table, choice, { baseline, share: ownShare }) };
  });
  return new Map([
    ['arb', drawn.map(({ found }) => tryCertified(table, found, margin))],
    [
      'optimum in the sample',
      drawn.map(({ plain, claim }) =>
        plain.inSample.saving > 0
          ? tryPolicy(table, makePolicy(draftPolicy(plain)), claim)
          : nothing,
      ),
    ],
    ['toolkit-cost-optimizer', tried((i) => byToolkit[i]?.plain)],
    ['toolkit-cost-optimizer, 95 %', tried((i) => byToolkit[i]?.confident)],
    ['llm-route-audit, at the margin', tried((i) => byAudit[i]?.tuned)],
    [byOwnRule, ownRule],
  ]);
}
