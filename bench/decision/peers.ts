import { draftPolicy } from '../../src/optimize/draft.ts';
import { recommendTable } from '../../src/optimize/recommend.ts';
import type { Recommendation } from '../../src/optimize/recommendation.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { type Ask, type Choices, choose, routeAudit, toolkit } from './choosers/choosers.ts';
import { failsAnyTask, tryChoice } from './choosers/try-choice.ts';
import { drawAgain, drawHalf, tableOf } from './draws.ts';
import type { Population } from './halves.ts';
import { createPlantedRivals } from './planted-rivals.ts';
import {
  type Claim,
  type DrawOutcome,
  nothing,
  percent,
  summarise,
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
const grid: readonly Cell[] = kinds.flatMap((one) => margins.map((margin) => ({ ...one, margin })));

/** How rows are drawn, and what may be lost. */
interface Cell {
  readonly kind: string;
  readonly draw: (population: OutcomeTable, seed: number) => Int32Array;
  readonly margin: number;
}

/** The share of each task's own pass rate that llm-route-audit keeps by default. */
const ownShare = 0.95;
const byOwnRule = 'llm-route-audit, 95 % of each task';

/**
 * What others choose on the same rows: the optimum as it stands in the sample, toolkit-cost-optimizer
 * and llm-route-audit, through their own choosers. How often what is proposed breaks its own floor on
 * the whole population, and what it saves there. Last a population on which no target may take all requests.
 *
 * @returns what was missed, in words
 */
export function runPeers(
  populations: readonly Population[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): string[] {
  const planted = {
    name: '12 rivals just beyond',
    table: createPlantedRivals(),
    cells: grid.filter(({ kind, margin }) => kind === 'again' && margin === 0.05),
  };
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
  const known = populations.map(({ name, table }) => ({ name, table, cells: grid }));
  return [...known, planted].flatMap(({ name, table, cells }) =>
    tryAll(table, { draws, seed, cells }).flatMap(({ cell, tried }) =>
      [...tried].flatMap(([by, trials]) => {
        const { proposed, broken, median, mean } = summarise(trials);
        const where = `${name.padEnd(22)} ${cell.margin.toFixed(2).padStart(6)} ${cell.kind.padEnd(5)}`;
        console.log(
          `${where} ${by.padEnd(33)} ${percent(proposed / draws).padStart(8)} ${percent(broken / draws)}  ${percent(median)} ${percent(mean)}`,
        );
        const missed = by.startsWith('arb') && broken > mostBroken * draws;
        return missed ? [`${where}: arb breaks its floor in ${broken} draws`] : [];
      }),
    ),
  );
}

interface Tried {
  readonly cell: Cell;
  /** By who chooses. */
  readonly tried: ReadonlyMap<string, readonly DrawOutcome[]>;
}

function tryAll(
  table: OutcomeTable,
  {
    draws,
    seed,
    cells,
  }: { readonly draws: number; readonly seed: number; readonly cells: readonly Cell[] },
): readonly Tried[] {
  const drawn = cells.map(({ draw, margin }) =>
    Array.from({ length: draws }, (_, i) => {
      const key = seed * 2_003 + i;
      return decide(table, { rows: draw(table, key), key, margin });
    }),
  );
  const asks = drawn.flat().map(({ rows, claim }): Ask => ({ rows, ...claim }));
  const [byToolkit, byAudit] = [choose(toolkit, table, asks), choose(routeAudit, table, asks)];
  return cells.map((cell, at) => {
    const [from, below] = [at * draws, (at + 1) * draws];
    const others = {
      toolkit: byToolkit.slice(from, below),
      audit: byAudit.slice(from, below),
    };
    return { cell, tried: compare(table, drawn[at] ?? [], others) };
  });
}

/** What arb decides on a draw, and the optimum as it stands there. */
interface Drawn {
  readonly rows: Int32Array;
  readonly claim: Claim;
  readonly found: Recommendation;
  /** A task may lose what it likes as long as the mean holds, as the others allow. */
  readonly meanAlone: Recommendation;
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
  const found = recommendTable(sample, options);
  const meanAlone = recommendTable(sample, { ...options, taskLoss: 'allowed' });
  const plain = recommendTable(sample, { ...options, proof: 'none' });
  return { rows, found, meanAlone, plain, claim: { baseline: found.baseline.name, margin } };
}

function compare(
  table: OutcomeTable,
  drawn: readonly Drawn[],
  others: { readonly toolkit: readonly Choices[]; readonly audit: readonly Choices[] },
): Map<string, readonly DrawOutcome[]> {
  const tried = (choices: readonly Choices[], mode: string) =>
    drawn.map(({ rows, claim }, i) => {
      return tryChoice(table, rows, { choice: choices[i]?.[mode], claim });
    });
  const ownRule = tried(others.audit, 'own').map((trial, i): DrawOutcome => {
    const choice = others.audit[i]?.own ?? {};
    const baseline = drawn[i]?.claim.baseline ?? '';
    return { ...trial, broken: failsAnyTask(table, choice, { baseline, share: ownShare }) };
  });
  const inSample = drawn.map(({ plain, claim }) =>
    plain.inSample.saving > 0 ? tryPolicy(table, makePolicy(draftPolicy(plain)), claim) : nothing,
  );
  return new Map([
    ['arb', drawn.map(({ found, claim }) => tryCertified(table, found, claim.margin))],
    [
      'arb, the mean alone',
      drawn.map(({ meanAlone, claim }) => tryCertified(table, meanAlone, claim.margin)),
    ],
    ['optimum in the sample', inSample],
    ['toolkit-cost-optimizer', tried(others.toolkit, 'plain')],
    ['toolkit-cost-optimizer, 95 %', tried(others.toolkit, 'confident')],
    ['llm-route-audit, at the margin', tried(others.audit, 'tuned')],
    [byOwnRule, ownRule],
  ]);
}
