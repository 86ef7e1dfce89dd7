import type { OutcomeTable } from '../../../src/outcome/table.ts';
import { micro } from '../../../src/outcome/table.ts';
import { type Claim, type DrawOutcome, nothing } from '../trials.ts';
import { readTasks } from './choosers.ts';

/** What a package chose on some rows, and what it says of it. */
interface Chosen {
  /** Target by task; a task that the rows lack stays with the baseline. */
  readonly choice: Readonly<Record<string, string>> | null | undefined;
  readonly claim: Claim;
}

interface Sums {
  readonly cost: number;
  readonly quality: number;
}

/** What the choice does on every row. What saves nothing on the rows it was chosen on is no proposal. */
export function tryChoice(
  population: OutcomeTable,
  rows: Int32Array,
  { choice, claim }: Chosen,
): DrawOutcome {
  if (!choice) return nothing;
  const all = Int32Array.from({ length: population.rows }, (_, row) => row);
  const [known, truth] = [rows, all].map((part) => ({
    chosen: sumUp(population, part, (task) => choice[task] ?? claim.baseline),
    kept: sumUp(population, part, () => claim.baseline),
  }));
  if (!known || !truth || known.chosen.cost >= known.kept.cost) return nothing;
  return {
    saving: 1 - truth.chosen.cost / truth.kept.cost,
    proposed: true,
    broken: truth.chosen.quality - truth.kept.quality < -claim.margin - 1e-9,
  };
}

/** Whether any task that was moved truly keeps less than `share` of what the baseline passes there. */
export function failsAnyTask(
  population: OutcomeTable,
  choice: Readonly<Record<string, string>>,
  { baseline, share }: { readonly baseline: string; readonly share: number },
): boolean {
  const tasks = readTasks(population);
  return Object.entries(choice).some(([task, target]) => {
    if (target === baseline) return false;
    const rows = Int32Array.from(tasks.keys()).filter((row) => tasks[row] === task);
    const own = sumUp(population, rows, () => target).quality;
    return own < share * sumUp(population, rows, () => baseline).quality - 1e-9;
  });
}

/** Means over rows: nano-dollars, and quality from 0 to 1. */
function sumUp(table: OutcomeTable, rows: Int32Array, target: (task: string) => string): Sums {
  const tasks = readTasks(table);
  const at = new Map(table.targets.map((name, index) => [name, index]));
  let [cost, quality] = [0, 0];
  for (const row of rows) {
    const column = table.columns[at.get(target(tasks[row] ?? '')) ?? -1];
    if (!column) throw new RangeError('a choice names a target that was not measured');
    cost += column.cost[row] as number;
    quality += column.quality[row] as number;
  }
  return { cost: cost / rows.length, quality: quality / rows.length / micro };
}
