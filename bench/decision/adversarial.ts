import { recommendTable } from '../../src/optimize/recommend.ts';
import { shareAboveP } from '../../src/statistics/binomial.ts';
import { clopperPearson } from '../../src/statistics/proportion.ts';
import { type AdversarialPopulation, settings } from './settings.ts';

/** Largest error that is promised. */
const promised = 0.05;

interface Cell {
  readonly name: string;
  readonly rows: number;
  readonly certified: number;
  readonly broken: number;
  readonly draws: number;
}

/**
 * Populations whose truth lies just beyond the limit, drawn again and again: how often something false
 * is certified. No cell may be above 5 % by Holm's test at 5 %, nor all of them together.
 *
 * @returns what was missed, in words
 */
export function runAdversarial(ask: {
  readonly draws: number;
  readonly seed: number;
  /** Stops after so many milliseconds, with the cells that are done. */
  readonly budgetMs?: number;
  readonly only?: string;
}): string[] {
  const started = performance.now();
  const cells: Cell[] = [];
  const chosen = settings.filter(({ name }) => !ask.only || name.includes(ask.only));
  console.log(
    `${ask.draws} draws a cell; false = certified although the truth is beyond the limit`,
  );
  for (const setting of chosen) {
    for (const rows of setting.sizes) {
      if (ask.budgetMs !== undefined && performance.now() - started > ask.budgetMs) break;
      const cell = runCell(setting, rows, ask);
      if (!setting.outside) cells.push(cell);
      console.log(`${formatCell(cell)}${setting.outside ? '  outside of the claim' : ''}`);
    }
  }
  const all = cells.reduce((sum, { draws }) => sum + draws, 0);
  if (all === 0) return [];
  const broken = cells.reduce((sum, cell) => sum + cell.broken, 0);
  const { low, high } = clopperPearson(broken, all);
  console.log(
    `pooled: ${broken} of ${all} = ${percent(broken / all)} [${percent(low)}, ${percent(high)}], ${cells.length} cells, ${((performance.now() - started) / 1_000).toFixed(0)} s`,
  );
  return [
    ...aboveByHolm(cells).map((cell) => `${formatCell(cell)} is above ${percent(promised)}`),
    ...(broken / all > promised ? [`all cells together are above ${percent(promised)}`] : []),
  ];
}

function runCell(
  setting: AdversarialPopulation,
  rows: number,
  { draws, seed }: { draws: number; seed: number },
): Cell {
  let [certified, broken] = [0, 0];
  for (let i = 0; i < draws; i++) {
    const { table, options, broken: isBroken } = setting.draw(rows, seed * 1_000_003 + i);
    const found = recommendTable(table, options);
    if (found.status !== 'certified') continue;
    certified++;
    if (isBroken(found)) broken++;
  }
  return { name: setting.name, rows, certified, broken, draws };
}

/** Cells whose rate is shown to be above the promise, stepped down after Holm. */
function aboveByHolm(cells: readonly Cell[]): Cell[] {
  const ranked = cells
    .map((cell) => ({ cell, p: shareAboveP(cell.broken, cell.draws, promised) }))
    .sort((a, b) => a.p - b.p);
  const stop = ranked.findIndex(({ p }, i) => p > promised / (ranked.length - i));
  return ranked.slice(0, stop < 0 ? ranked.length : stop).map(({ cell }) => cell);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function formatCell({ name, rows, certified, broken, draws }: Cell): string {
  return [
    name.padEnd(48),
    String(rows).padStart(5),
    `certified ${percent(certified / draws).padStart(7)}`,
    `false ${percent(broken / draws).padStart(7)}`,
  ].join('  ');
}
