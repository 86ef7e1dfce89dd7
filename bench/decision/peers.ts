import { draftPolicy } from '../../src/optimize/draft.ts';
import { recommend } from '../../src/optimize/recommend.ts';
import type { Recommendation } from '../../src/optimize/recommendation.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { type Ask, type Choices, choose, routeAudit, toolkit } from './choosers/choosers.ts';
import { failsAnyTask, tryChoice } from './choosers/try-choice.ts';
import { drawAgain, drawHalf, tableOf } from './draws.ts';
import type { Population } from './halves.ts';
import {
  type Claim,
  nothing,
  percent,
  summarise,
  type Trial,
  tryCertified,
  tryPolicy,
} from './trials.ts';

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
    for (const { kind, margin, tried } of tryAll(table, { draws, seed })) {
      // Its own rule knows no margin: once is enough.
      if (margin !== margins[0]) tried.delete(byOwnRule);
      for (const [by, trials] of tried) {
        const { proposed, broken, median, mean } = summarise(trials);
        console.log(
          `${name.padEnd(22)} ${margin.toFixed(2).padStart(6)} ${kind.padEnd(5)} ${by.padEnd(33)} ${percent(proposed / draws).padStart(8)} ${percent(broken / draws)}  ${percent(median)} ${percent(mean)}`,
        );
        if (by === 'arb' && broken > mostBroken * draws) {
          misses.push(`${name}, margin ${margin}, ${kind}: arb breaks its floor in ${broken}`);
        }
      }
    }
  }
  return misses;
}

interface Cell {
  readonly kind: string;
  readonly margin: number;
  /** By who chooses. */
  readonly tried: Map<string, readonly Trial[]>;
}

function tryAll(
  table: OutcomeTable,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): readonly Cell[] {
  const cells = kinds.flatMap(({ kind, draw }) =>
    margins.map((margin) => {
      const drawn = Array.from({ length: draws }, (_, i) => {
        const key = seed * 2_003 + i;
        return decide(table, { rows: draw(table, key), key, margin });
      });
      return { kind, margin, drawn };
    }),
  );
  const asks = cells.flatMap(({ drawn }) =>
    drawn.map(({ rows, claim }): Ask => ({ rows, ...claim })),
  );
  const [byToolkit, byAudit] = [choose(toolkit, table, asks), choose(routeAudit, table, asks)];
  return cells.map(({ kind, margin, drawn }, cell) => {
    const from = cell * draws;
    const others = {
      toolkit: byToolkit.slice(from, from + draws),
      audit: byAudit.slice(from, from + draws),
    };
    return { kind, margin, tried: compare(table, drawn, others) };
  });
}

/** What arb decides on a draw, and the optimum as it stands there. */
interface Drawn {
  readonly rows: Int32Array;
  readonly claim: Claim;
  readonly found: Recommendation;
  readonly plain: Recommendation;
}

function decide(
  table: OutcomeTable,
  {
    rows,
    key,
    margin,
  }: { readonly rows: Int32Array; readonly key: number; readonly margin: number },
): Drawn {
  const options = { by: ['task'], floor: `best-${margin}` };
  const sample = tableOf(table, rows, { seed: key });
  const found = recommend(sample, options);
  const plain = recommend(sample, { ...options, proof: 'none' });
  return { rows, found, plain, claim: { baseline: found.baseline.name, margin } };
}

function compare(
  table: OutcomeTable,
  drawn: readonly Drawn[],
  others: { readonly toolkit: readonly Choices[]; readonly audit: readonly Choices[] },
): Map<string, readonly Trial[]> {
  const tried = (choices: readonly Choices[], mode: string) =>
    drawn.map(({ rows, claim }, i) => {
      return tryChoice(table, rows, { choice: choices[i]?.[mode], claim });
    });
  const ownRule = tried(others.audit, 'own').map((trial, i): Trial => {
    const choice = others.audit[i]?.own ?? {};
    const baseline = drawn[i]?.claim.baseline ?? '';
    return { ...trial, broken: failsAnyTask(table, choice, { baseline, share: ownShare }) };
  });
  const inSample = drawn.map(({ plain, claim }) =>
    plain.inSample.saving > 0 ? tryPolicy(table, makePolicy(draftPolicy(plain)), claim) : nothing,
  );
  const certified = drawn.map(({ found, claim }) => tryCertified(table, found, claim.margin));
  return new Map([
    ['arb', certified],
    ['optimum in the sample', inSample],
    ['toolkit-cost-optimizer', tried(others.toolkit, 'plain')],
    ['toolkit-cost-optimizer, 95 %', tried(others.toolkit, 'confident')],
    ['llm-route-audit, at the margin', tried(others.audit, 'tuned')],
    [byOwnRule, ownRule],
  ]);
}
