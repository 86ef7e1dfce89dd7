import type { SwitchedFailure } from '../../sim/server/switch.ts';
import type { DrillRow } from '../../verify/drill.ts';
import type { CheckRow } from '../../verify/verify.ts';

/** What a replay through the gateway found, and the drill after it. */
export interface VerifyResult {
  /** Every request landed as decided, and every step of the drill went in order. */
  readonly passed: boolean;
  /** What has to be known of the policy, one sentence each. */
  readonly notices: readonly string[];
  readonly landing: readonly CheckRow[];
  /** Present where a drill was asked for. */
  readonly drill?: DrillResult;
}

/** The steps of a drill and what each rule's came to. */
export interface DrillResult {
  readonly failure: SwitchedFailure;
  /** What of real time the simulator's times are. */
  readonly time_scale: number;
  readonly rules: readonly RuleTotal[];
  readonly steps: readonly DrillRow[];
}

/** What one rule's drill came to; of a rule that was not drilled, why. */
export type RuleTotal = { readonly rule: string } & (
  | {
      readonly state: 'drilled';
      readonly request: string;
      readonly steps: number;
      readonly passed: number;
      /** The most that a step took longer, and cost more, than with nothing down. */
      readonly worst_added_ms?: number;
      readonly worst_added_usd?: number;
    }
  | { readonly state: 'no-request' | 'no-fallback' }
);
