import type { VerifiedCase } from '../../report/text/verification.ts';
import type { SwitchedFailure } from '../../sim/server/switch.ts';
import type { DrillFigures } from '../../verify/drill-figures.ts';

/** What a replay through the gateway found, and the drill after it. */
export interface VerifyResult extends VerifiedCase {
  /** Every request landed as decided, and every step of the drill went in order. */
  readonly passed: boolean;
  /** What has to be known of the policy, one sentence each. */
  readonly notices: readonly string[];
  /** Present where a drill was asked for. */
  readonly drill?: DrillResult;
}

/** The steps of a drill and what each rule's came to. */
export interface DrillResult extends DrillFigures {
  readonly failure: SwitchedFailure;
}
