import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { compareCosts, type Saving } from '../compare/saving.ts';
import { findShownLosses, type TaskGuard } from '../compare/task-guard.ts';
import type { Demand } from '../problem/demand.ts';
import { policyVector } from '../problem/policy-vector.ts';
import type { Study } from '../problem/study.ts';
import { testPolicy } from './tests.ts';
import { findUnmet } from './unmet.ts';

/** The route in force was kept although another passed: the change is not worth its risk. */
export interface Kept {
  readonly name: string;
  /** What the other would save against the one in force, with limits. */
  readonly saving: Saving;
  /** What it would have to save for certain. */
  readonly hysteresis: number;
}

/**
 * Of the certificate's error: a policy at its very limit would else be shown to break it by chance
 * every twentieth night (11 of 200 nights of `bench:nightly` changed rules at the full error).
 */
const ERROR_OF_A_NIGHT = 0.1;

/**
 * Keeps the policy in force where nothing shows that it breaks what is asked, and the new one does
 * not save more than the hysteresis beyond doubt: noise alone does not flip routes from night to
 * night. It was shown to hold when it came into force; a test that every good policy would have to
 * pass anew would throw out one in four or more a night, as often as its power falls short of 1.
 */
export function keepCurrent(
  study: Study,
  vector: OutcomeVector,
  part: {
    readonly demands: readonly Demand[];
    readonly rows: Int32Array;
    readonly guard: TaskGuard | undefined;
    readonly share: number;
  },
): Kept | undefined {
  const { current, hysteresis } = study.options;
  if (!current) return undefined;
  const reference = policyVector(study.table, current);
  const { demands, rows, share } = part;
  const options = { ...study.options, alpha: study.options.alpha * ERROR_OF_A_NIGHT };
  const { tests } = testPolicy({ ...study, options }, reference, { demands, rows });
  if (tests.some(({ refuted }) => refuted)) return undefined;
  if (findShownLosses({ ...study, options }, reference, part).length > 0) return undefined;
  if (findUnmet(study, current.policy).length > 0) return undefined;
  const { ratio, low, high } = compareCosts(study, { vector, reference, rows });
  const base = compareCosts(study, { vector: study.baseline, reference, rows }).ratio;
  // The part of the traffic outside the arm costs what the baseline costs.
  const saves = (value: number) => 1 - (share * value + (1 - share) * base);
  const saving = { estimate: saves(ratio), low: saves(high), high: saves(low) };
  return saving.low > hysteresis ? undefined : { name: current.name, saving, hysteresis };
}
