import type { DrillRow } from './drill.ts';

/** The steps of a drill and what each rule's came to. */
export interface DrillFigures {
  /** How targets were made to fail. */
  readonly failure: string;
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
