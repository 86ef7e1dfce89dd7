import { createHash } from 'node:crypto';
import type { Target } from '../../provider/target/target.ts';
import { findApp } from '../../workload/app.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import type { AnswerComparison, Order } from './comparison.ts';
import { comparisonKey } from './pairwise.ts';
import { judgeBody, type Prompt, prompts } from './prompts.ts';

/** One question put to one judge. */
export interface JudgeCall {
  readonly judge: string;
  readonly comparison: AnswerComparison;
  readonly order: Order;
  /** From 1; 2 asks the very same again, to see whether the judge repeats itself. */
  readonly repeat: number;
  /** What is asked, by content, prompt version, order and repeat: `pairwise-1/candidate-first/<hash>/1`. */
  readonly id: string;
  /** `id` and the judge's model and parameters: under this its verdict is kept. */
  readonly key: string;
}

export interface JudgeQuestion {
  readonly comparison: AnswerComparison;
  readonly order: Order;
  readonly repeat: number;
}

/** Gives a question its names. The comparison's own name is computed once for all that ask it. */
export function callFor(judge: Target, { comparison, order, repeat }: JudgeQuestion): JudgeCall {
  const { version } = findPrompt(comparison);
  const id = `${version}/${order}/${nameComparison(comparison)}/${repeat}`;
  const key = toHash([id, promptWords(comparison), judge.model, judge.params]).slice(0, 32);
  return { judge: judge.name, comparison, order, repeat, id, key };
}

/** The call as a request that the replay engine can send. */
export function toRequest({ comparison, order, id }: JudgeCall): WorkloadRequest {
  const { line, task, metadata } = comparison.request;
  const app = findApp(comparison.request);
  return {
    id,
    line,
    // What may not be sent to a target may not be sent to a judge either. None of it is sent itself.
    ...(task !== undefined && { task }),
    metadata: { ...metadata, ...(app !== undefined && { app }) },
    body: judgeBody(comparison, order),
    expect: [],
  };
}

const names = new WeakMap<AnswerComparison, string>();

function nameComparison(comparison: AnswerComparison): string {
  const known = names.get(comparison);
  if (known) return known;
  const name = comparisonKey(comparison);
  names.set(comparison, name);
  return name;
}

/** The prompt's own words, so that a changed prompt is asked anew even under an old version. */
function promptWords(comparison: AnswerComparison): string {
  const { system, question, reply } = findPrompt(comparison);
  return JSON.stringify([system(''), question, reply]);
}

const findPrompt = ({ prompt }: AnswerComparison): Prompt => prompts[prompt];

const toHash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
