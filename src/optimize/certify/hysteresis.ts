import { type OutcomeVector, weightOf } from '../../outcome/outcome-vector.ts';
import { ratioInterval } from '../../statistics/mean.ts';
import type { Interval } from '../../statistics/proportion.ts';
import type { Demand } from '../problem/demand.ts';
import { policyVector } from '../problem/policy-vector.ts';
import type { Study } from '../problem/study.ts';
import { testPolicy } from './verdict.ts';

/** The route in force was kept although another passed: the change is not worth its risk. */
export interface Hold {
  readonly name: string;
  /** What the other would save against the one in force, with 95 % limits. */
  readonly saving: Interval & { readonly estimate: number };
  /** What it would have to save for certain. */
  readonly hysteresis: number;
}

/**
 * Holds to the policy in force where it passes the same tests and the new one does not save more
 * than the hysteresis beyond doubt: noise alone does not flip routes from night to night.
 */
export function holdTo(
  study: Study,
  vector: OutcomeVector,
  part: { readonly demands: readonly Demand[]; readonly rows: Int32Array },
): Hold | undefined {
  const { current, hysteresis } = study.options;
  if (!current) return undefined;
  const present = policyVector(study.table, current);
  if (!testPolicy(study, present, part).passed) return undefined;
  const costs = (of: OutcomeVector) =>
    Float64Array.from(part.rows, (row) => weightOf(study.table, row) * (of.cost[row] as number));
  const { ratio, low, high } = ratioInterval(costs(vector), costs(present));
  const saving = { estimate: 1 - ratio, low: 1 - high, high: 1 - low };
  return saving.low > hysteresis ? undefined : { name: current.name, saving, hysteresis };
}
