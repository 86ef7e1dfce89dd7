import type { ToolCall } from '../replay/attempt.ts';

/** A judgement of one answer: a row of `verdicts.jsonl`. */
export interface Verdict {
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  /** 0 to 1. */
  readonly quality: number;
  readonly quality_kind: 'check' | 'pairwise' | 'rubric';
  /** What judged: the names of the checks, or of the judge. */
  readonly by: string;
  /** The first check that failed, in words. */
  readonly why?: string;
}

/** What is judged of an answer. */
export interface AnswerText {
  readonly answer: string;
  readonly tool_calls?: readonly ToolCall[];
}
