import { createHash } from 'node:crypto';
import { type Expectation, isAgreement } from '../../workload/expectation.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import { type CheckVerdict, checkAnswer } from '../check/check.ts';
import { sameToolCalls } from '../check/tool-calls.ts';
import type { AnswerText, VerdictKind } from '../check/verdict.ts';
import type { AnswerComparison, AnswerRow, ReferenceState, Ruling } from './comparison.ts';

/**
 * Which kind of quality a request has, by what it expects: a rubric asks for a judge's score;
 * deterministic checks need no judge, and those that want the recorded answer only say how often
 * answers agree; everything else is compared with the reference answer.
 */
export function toQualityKind(expect: readonly Expectation[]): VerdictKind {
  if (expect.some((each) => 'rubric' in each)) return 'rubric';
  const judged = (each: Expectation) => 'reference' in each;
  if (expect.some(isAgreement)) return 'agreement';
  return expect.some((each) => !judged(each)) ? 'check' : 'pairwise';
}

interface RulingFacts {
  readonly reference: ReferenceState;
  readonly command?: CheckVerdict | undefined;
  /** Time that one check may take. @default longestCheckMs */
  readonly checkMs?: number | undefined;
}

/**
 * Decides what needs no judge: checks, empty answers, answers that are the reference word for word.
 * `command` is what an executable check said, where the request names one and it was run.
 */
export function ruleOn(
  request: WorkloadRequest,
  row: AnswerRow,
  { reference, command, checkMs }: RulingFacts,
): Ruling {
  const kind = toQualityKind(request.expect);
  const unrun = request.expect.find((each) => 'check' in each) && !command;
  const checked = checkAnswer(request.expect, row, checkMs);
  if (checked && 'broken' in checked) return { state: 'missing', kind, why: checked.broken };
  const failed = [checked, command].find((each) => each?.quality === 0);
  if (failed) return { ...failed, state: 'settled', kind };
  if (unrun) {
    return { state: 'missing', kind, why: 'its check is a command, and commands were not run' };
  }
  if (kind === 'check' || kind === 'agreement') {
    const by = [checked?.by, command?.by].filter((name) => name);
    return { state: 'settled', kind, quality: 1, by: by.join('+') };
  }
  if (isEmpty(row)) return { state: 'settled', kind, quality: 0, by: 'empty', why: 'no text' };
  if (kind === 'rubric') return { state: 'comparison', kind, comparison: toRubric(request, row) };
  return compared(request, row, reference);
}

function compared(request: WorkloadRequest, row: AnswerRow, reference: ReferenceState): Ruling {
  const settled = (quality: number, by: string, why: string): Ruling => ({
    state: 'settled',
    kind: 'pairwise',
    quality,
    by,
    why,
  });
  if (reference === undefined) {
    return { state: 'missing', kind: 'pairwise', why: 'there is no reference answer' };
  }
  if (reference === 'failed') return settled(1, 'opponent-failed', 'the baseline gave no answer');
  if (isEmpty(reference)) return settled(1, 'opponent-empty', 'the baseline’s answer is empty');
  if (sameAnswer(row, reference)) return settled(0.5, 'identical', 'the same answer');
  const comparison = toPairwise(request, row, reference);
  return { state: 'comparison', kind: 'pairwise', comparison };
}

export function toPairwise(
  request: WorkloadRequest,
  candidate: AnswerText,
  opponent: AnswerText,
): AnswerComparison {
  const solution = joinSolutions(request);
  return {
    kind: 'pairwise',
    prompt: solution === undefined ? 'pairwise' : 'reference',
    request,
    candidate: toText(candidate),
    opponent: toText(opponent),
    ...(solution !== undefined && { solution }),
  };
}

export function toRubric(request: WorkloadRequest, candidate: AnswerText): AnswerComparison {
  const solution = joinSolutions(request);
  const rubrics = request.expect.flatMap((each) => ('rubric' in each ? [each.rubric] : []));
  return {
    kind: 'rubric',
    prompt: 'rubric',
    request,
    candidate: toText(candidate),
    rubric: rubrics.join('\n'),
    ...(solution !== undefined && { solution }),
  };
}

/** A name for what is asked, by content: who answered plays no part in it. */
export function comparisonKey({
  prompt,
  request,
  rubric,
  solution,
  ...answers
}: AnswerComparison): string {
  const { messages, tools } = request.body;
  const { data_class } = request.metadata;
  const content = [prompt, messages, tools, data_class, rubric, solution];
  const hash = createHash('sha256').update(JSON.stringify(content));
  hash.update(JSON.stringify([answers.candidate, answers.opponent]));
  return hash.digest('hex').slice(0, 24);
}

/** Whether two answers say the same, spaces at the ends aside. */
export function sameAnswer(one: AnswerText, other: AnswerText): boolean {
  const sameText = one.answer.trim() === other.answer.trim();
  return sameText && sameToolCalls(one.tool_calls ?? [], other.tool_calls ?? []);
}

export const isEmpty = ({ answer, tool_calls = [] }: AnswerText) =>
  answer.trim() === '' && tool_calls.length === 0;

function toText({ answer, tool_calls }: AnswerText): AnswerText {
  return { answer, ...(tool_calls && { tool_calls }) };
}

function joinSolutions({ expect }: WorkloadRequest): string | undefined {
  const solutions = expect.flatMap((each) => ('reference' in each ? [each.reference] : []));
  return solutions.length === 0 ? undefined : solutions.join('\n');
}
