import type { ToolCall } from '../../provider/answer/exchange.ts';

/** A judgement of one answer: a row of `verdicts.jsonl`. */
export interface Verdict {
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  /** 0 to 1. */
  readonly quality: number;
  readonly quality_kind: VerdictKind;
  /** What judged: the names of the checks, of the judges, or the rule that needed no judge. */
  readonly by: string;
  /** The first check that failed, or what was odd about the judging, in words. */
  readonly why?: string;
  /** What each judge said; absent where no judge was asked. */
  readonly votes?: readonly Vote[];
}

export type VerdictKind = 'check' | 'agreement' | 'pairwise' | 'rubric';

/** One judge's score of one answer, both orders taken together. */
export interface Vote {
  readonly judge: string;
  readonly score: number;
}

/** What is judged of an answer. */
export interface AnswerText {
  readonly answer: string;
  readonly tool_calls?: readonly ToolCall[];
}
