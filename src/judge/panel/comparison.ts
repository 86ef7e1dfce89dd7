import type { WorkloadRequest } from '../../workload/request.ts';
import type { AnswerText, VerdictKind } from '../check/verdict.ts';

/** The built-in ways of asking a judge. */
export type PromptName = 'pairwise' | 'reference' | 'rubric';

/** A question that only a judge can answer. */
export interface AnswerComparison {
  readonly kind: 'pairwise' | 'rubric';
  readonly prompt: PromptName;
  readonly request: WorkloadRequest;
  readonly candidate: AnswerText;
  /** The fixed answer the candidate is compared with; absent where a rubric is used. */
  readonly opponent?: AnswerText;
  readonly rubric?: string;
  /** A solution known to be right, shown to the judge. */
  readonly solution?: string;
}

/** Which answer the judge reads first. */
export type Order = 'candidate-first' | 'opponent-first';

/** The answer all others are compared with: the baseline's or the recorded one. */
export interface Reference extends AnswerText {
  readonly target: string;
  readonly maker: string;
  /** Absent for a recorded answer. */
  readonly pass?: number;
}

/** What is known of the reference of a request; `failed` where the baseline gave no answer. */
export type ReferenceState = Reference | 'failed' | undefined;

/** An answer of one target, to be judged. */
export interface AnswerRow extends AnswerText {
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
}

/** What can be said of an answer before any judge is asked. */
export type Ruling =
  | {
      readonly state: 'settled';
      readonly kind: VerdictKind;
      readonly quality: number;
      readonly by: string;
      readonly why?: string;
    }
  | {
      readonly state: 'comparison';
      readonly kind: 'pairwise' | 'rubric';
      readonly comparison: AnswerComparison;
    }
  | { readonly state: 'missing'; readonly kind: VerdictKind; readonly why: string };
