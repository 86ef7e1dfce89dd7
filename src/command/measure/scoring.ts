import { toQualityKind } from '../../judge/panel/pairwise.ts';
import type { WorkloadRequest } from '../../workload/request.ts';

/** How many requests get a score, and by what. */
export interface Scoring {
  /** A check of arb decides. */
  checked: number;
  /** A program of arb.yaml decides, which runs with --allow-commands only. */
  by_command: number;
  /** A judge is needed: a rubric, or a comparison with a reference answer. */
  need_judge: number;
}

export const emptyScoring = (): Scoring => ({ checked: 0, by_command: 0, need_judge: 0 });

/** Counts one request by what its `expect` asks for. */
export function countScoring(scoring: Scoring, { expect }: WorkloadRequest): void {
  const kind = toQualityKind(expect);
  if (kind !== 'check' && kind !== 'agreement') scoring.need_judge += 1;
  else if (expect.some((each) => 'check' in each)) scoring.by_command += 1;
  else scoring.checked += 1;
}
