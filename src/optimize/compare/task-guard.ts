import {
  asBaseline,
  meanQuality,
  type OutcomeVector,
  weightOf,
} from '../../outcome/outcome-vector.ts';
import type { Demand } from '../problem/demand.ts';
import type { Study } from '../problem/study.ts';
import { floatAt } from '../rows/at.ts';
import { compareVectors, differenceInterval } from './paired.ts';

/** What no single task may lose, beside the floors: a mean over all requests hides one task of many. */
export interface TaskGuard {
  readonly reference: OutcomeVector;
  /** Largest loss of quality, 0 to 1. */
  readonly most: number;
  readonly tasks: readonly GuardedTask[];
}

export interface GuardedTask {
  readonly name: string;
  /** In the table's `task`. */
  readonly code: number;
}

/** A task may lose this much, or as much as the floor lets all requests lose. */
const mostLoss = 0.1;
/** Tasks of less traffic say too little about themselves. */
const leastShare = 0.05;

/** The guard of a study; absent where it was lifted, or no request has a task. */
export function createTaskGuard(study: Study, demands: readonly Demand[]): TaskGuard | undefined {
  const { table, options, baseline, best, totalWeight } = study;
  const task = table.features.get('task');
  if (options.taskLoss === 'allowed' || !task) return undefined;
  const weights = new Float64Array(task.values.length);
  task.code.forEach((code, row) => {
    if (code >= 0) weights[code] = floatAt(weights, code) + weightOf(table, row);
  });
  // Whoever gave a task a floor of its own has said what it may lose.
  const own = new Set(demands.map((demand) => demand.task));
  const tasks = task.values.flatMap((name, code) => {
    const heavy = floatAt(weights, code) >= leastShare * totalWeight;
    return heavy && !own.has(name) ? [{ name, code }] : [];
  });
  const judged = baseline.quality.some((quality) => quality >= 0);
  const reference = asBaseline(judged ? baseline : best);
  const allowed = demands
    .filter(({ task }) => task === undefined)
    .map(allowedLoss(study, reference));
  return { reference, most: Math.max(mostLoss, ...allowed), tasks };
}

function allowedLoss(study: Study, reference: OutcomeVector): (demand: Demand) => number {
  return ({ floor }) =>
    floor.kind === 'relative' ? floor.margin : meanQuality(reference, study.table) - floor.value;
}

/** Tasks that some rows show to lose more than the guard allows, each at the full error. */
export function findShownLosses(
  study: Study,
  vector: OutcomeVector,
  { guard, rows }: { readonly guard: TaskGuard | undefined; readonly rows: Int32Array },
): readonly string[] {
  const task = study.table.features.get('task');
  if (!guard || !task) return [];
  const { reference, most, tasks } = guard;
  return tasks.flatMap(({ name, code }) => {
    const own = rows.filter((row) => task.code[row] === code);
    const compared = compareVectors(study, [vector, reference], own);
    if (compared.unjudged === compared.asked) return [];
    return differenceInterval(compared, 2 * study.options.alpha).high < -most ? [name] : [];
  });
}
