import type { OutcomeTable } from '../outcome/table.ts';
import { type Demand, readDemands } from './problem/demand.ts';
import { type NormalOptions, normalise, type RecommendOptions } from './problem/options.ts';
import { classKeys } from './problem/problem.ts';
import { createStudy, type Study } from './problem/study.ts';
import { firstOfSession, groupRows, type RowGroups } from './rows/row-groups.ts';

/** A table and options made ready: who competes, at what floors, cut into which cells. */
export interface Question {
  readonly study: Study;
  readonly demands: readonly Demand[];
  readonly groups: RowGroups;
}

export function createQuestion(table: OutcomeTable, asked: RecommendOptions): Question {
  const options = normalise(asked);
  const study = createStudy(table, options);
  const demands = readDemands(study);
  return { study, demands, groups: createGroups(study, options, options.maxThresholds) };
}

/** The rows as the class can tell them apart, with so many thresholds at most. */
export function createGroups(
  study: Study,
  { sticky }: NormalOptions,
  thresholds: number,
): RowGroups {
  const first = sticky === 'session' ? firstOfSession(study.table) : undefined;
  const keys = classKeys(study).filter((key) => thresholds > 0 || key !== 'input_tokens');
  return groupRows(study.table, { by: keys, maxThresholds: thresholds, first });
}
