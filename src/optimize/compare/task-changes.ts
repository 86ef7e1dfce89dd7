import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import type { Study } from '../problem/study.ts';
import { compareToBaseline, type QualityChange } from './paired.ts';

/** What the quality of one task changes by; of these rows, no claim about others. */
export interface TaskChange extends QualityChange {
  readonly task: string;
  readonly requests: number;
}

/** Tasks beyond this many say nothing that a reader takes in. */
const mostTasks = 1_000;

/** Each task of a table with several, the one that loses most first. */
export function compareTasks(study: Study, vector: OutcomeVector): readonly TaskChange[] {
  const { table } = study;
  const task = table.features.get('task');
  if (!task || task.values.length < 2 || task.values.length > mostTasks) return [];
  const compare = compareToBaseline(study, vector);
  return groupRows(task.code, task.values.length)
    .flatMap((rows, code): TaskChange[] => {
      const name = task.values[code];
      if (rows.length === 0 || name === undefined) return [];
      return [{ task: name, requests: rows.length, ...compare(Int32Array.from(rows)) }];
    })
    .sort((a, b) => a.estimate - b.estimate);
}

function groupRows(codes: Int32Array, count: number): number[][] {
  const rows = Array.from({ length: count }, (): number[] => []);
  codes.forEach((code, row) => {
    rows[code]?.push(row);
  });
  return rows;
}
