import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import type { Demand } from '../problem/demand.ts';
import { policyVector } from '../problem/policy-vector.ts';
import type { Study } from '../problem/study.ts';
import { compareCosts, type Saving } from './saving.ts';
import { testPolicy } from './tests.ts';

/** The route in force was kept although another passed: the change is not worth its risk. */
export interface Kept {
  readonly name: string;
  /** What the other would save against the one in force, with limits. */
  readonly saving: Saving;
  /** What it would have to save for certain. */
  readonly hysteresis: number;
}

/**
 * Keeps the policy in force where it passes the same tests and the new one does not save more than
 * the hysteresis beyond doubt: noise alone does not flip routes from night to night. Its test comes
 * after the walk on the same rows, with an error of its own.
 */
export function keepCurrent(
  study: Study,
  vector: OutcomeVector,
  part: { readonly demands: readonly Demand[]; readonly rows: Int32Array; readonly share: number },
): Kept | undefined {
  const { current, hysteresis } = study.options;
  if (!current) return undefined;
  const reference = policyVector(study.table, current);
  const { demands, rows, share } = part;
  if (!testPolicy(study, reference, { demands, rows }).passed) return undefined;
  const { ratio, low, high } = compareCosts(study, { vector, reference, rows });
  const base = compareCosts(study, { vector: study.baseline, reference, rows }).ratio;
  // The part of the traffic outside the arm costs what the baseline costs.
  const saves = (value: number) => 1 - (share * value + (1 - share) * base);
  const saving = { estimate: saves(ratio), low: saves(high), high: saves(low) };
  return saving.low > hysteresis ? undefined : { name: current.name, saving, hysteresis };
}
