import type { Target } from '../../provider/target/target.ts';
import type { Verdict, Vote } from '../check/verdict.ts';
import { callFor, type JudgeCall } from './call.ts';
import type { AnswerComparison, AnswerRow, ReferenceState } from './comparison.ts';
import type { Reading } from './reading.ts';
import { longestShown, shownText } from './shown.ts';
import { type JudgedAnswer, toScore } from './trust.ts';
import { majority, middle } from './vote.ts';

/** An answer that judges are asked about, and the calls that ask them. */
export interface JudgeCalls {
  readonly judge: string;
  readonly candidateFirst: JudgeCall;
  /** Absent under a rubric, which has one answer only. */
  readonly opponentFirst?: JudgeCall;
  /** The first call once more, for some of the answers. */
  readonly again?: JudgeCall;
}

export interface PanelCase {
  readonly row: AnswerRow;
  readonly comparison: AnswerComparison;
  readonly asked: readonly JudgeCalls[];
  /** Judges that made one of the answers. */
  readonly abstained: readonly string[];
}

export interface JudgePanel {
  readonly judges: readonly Target[];
  readonly makerOf: (target: string) => string;
  /** Whether the first call of this answer is made twice. */
  readonly repeats: (row: AnswerRow) => boolean;
}

/** The judges whose maker made neither of the two answers. */
export function eligibleJudges(
  row: AnswerRow,
  comparison: AnswerComparison,
  {
    judges,
    makerOf,
    reference,
  }: Pick<JudgePanel, 'judges' | 'makerOf'> & { readonly reference: ReferenceState },
): readonly Target[] {
  const makers = [makerOf(row.target)];
  if (comparison.kind === 'pairwise' && typeof reference === 'object') makers.push(reference.maker);
  return judges.filter(({ maker }) => !makers.includes(maker));
}

/** Who is asked what about an answer. A judge does not judge its own maker's models. */
export function createCase(
  row: AnswerRow,
  comparison: AnswerComparison,
  { judges, makerOf, repeats, reference }: JudgePanel & { readonly reference: ReferenceState },
): PanelCase {
  const free = eligibleJudges(row, comparison, { judges, makerOf, reference });
  const asked = free.map((judge): JudgeCalls => {
    const call = (order: 'candidate-first' | 'opponent-first', repeat = 1) =>
      callFor(judge, { comparison, order, repeat });
    return {
      judge: judge.name,
      candidateFirst: call('candidate-first'),
      ...(comparison.kind === 'pairwise' && { opponentFirst: call('opponent-first') }),
      ...(repeats(row) && { again: call('candidate-first', 2) }),
    };
  });
  const abstained = judges.filter((judge) => !free.includes(judge)).map(({ name }) => name);
  return { row, comparison, asked, abstained };
}

export const listCalls = ({
  candidateFirst,
  opponentFirst,
  again,
}: JudgeCalls): readonly JudgeCall[] =>
  [candidateFirst, opponentFirst, again].filter((call) => call !== undefined);

/** What one judge said of the answer. */
export function toJudgedAnswer(
  calls: JudgeCalls,
  { row, comparison }: PanelCase,
  readings: ReadonlyMap<string, Reading>,
): JudgedAnswer {
  const score = (call: JudgeCall | undefined) => {
    const reading = call && readings.get(call.key);
    return reading?.state === 'read' ? reading.score : undefined;
  };
  const [candidateFirst, opponentFirst, again] = [
    score(calls.candidateFirst),
    score(calls.opponentFirst),
    score(calls.again),
  ];
  return {
    request_id: row.request_id,
    target: row.target,
    kind: comparison.kind,
    ...(candidateFirst !== undefined && { candidateFirst }),
    ...(opponentFirst !== undefined && { opponentFirst }),
    ...(again !== undefined && { again }),
    length: comparison.candidate.answer.length,
    ...(comparison.opponent && { opponentLength: comparison.opponent.answer.length }),
  };
}

/** The panel's verdict, or why there is none. */
export function panelVerdict(
  panelCase: PanelCase,
  readings: ReadonlyMap<string, Reading>,
  needed: number,
): Verdict | { readonly missing: string } {
  const { row, comparison, asked } = panelCase;
  if (differUnseen(comparison)) {
    return { missing: 'the answers differ only in what is too long to be shown to a judge' };
  }
  const votes = asked.flatMap((calls): Vote[] => {
    const score = toScore(toJudgedAnswer(calls, panelCase, readings));
    return score === undefined ? [] : [{ judge: calls.judge, score }];
  });
  const scores = votes.map(({ score }) => score);
  const quality = comparison.kind === 'rubric' ? middle(scores, needed) : majority(scores, needed);
  if (quality === undefined) return { missing: whyMissing(panelCase, readings, votes) };
  const cut = cutNote(comparison);
  return {
    request_id: row.request_id,
    target: row.target,
    pass: row.pass,
    quality,
    quality_kind: comparison.kind,
    by: votes.map(({ judge }) => judge).join('+'),
    ...(cut && { why: cut }),
    votes,
  };
}

/** Both are shown alike though they are not: a judge could only call it a tie. */
function differUnseen({ candidate, opponent }: AnswerComparison): boolean {
  if (!opponent || cutNote({ candidate, opponent }) === undefined) return false;
  return (
    shownText(candidate.answer) === shownText(opponent.answer) &&
    JSON.stringify(candidate.tool_calls) === JSON.stringify(opponent.tool_calls)
  );
}

function cutNote({ candidate, opponent }: Pick<AnswerComparison, 'candidate' | 'opponent'>) {
  const longest = Math.max(candidate.answer.length, opponent?.answer.length ?? 0);
  if (longest <= longestShown) return undefined;
  return `judged on the beginning and the end: an answer has ${longest} characters`;
}

function whyMissing(
  { asked, abstained }: PanelCase,
  readings: ReadonlyMap<string, Reading>,
  votes: readonly Vote[],
): string {
  const silent = asked
    .filter(({ judge }) => !votes.some((vote) => vote.judge === judge))
    .map((calls) => {
      const found = listCalls(calls).map((call) => readings.get(call.key));
      const bad = found.find((reading) => reading !== undefined && reading.state !== 'read');
      if (!bad) return `${calls.judge} was not asked`;
      return `${calls.judge} ${bad.state === 'failed' ? 'did not answer' : 'cannot be read'} (${bad.why})`;
    });
  const apart = abstained.map((judge) => `${judge} abstains: its maker made one of the answers`);
  const count = `${votes.length} ${votes.length === 1 ? 'vote' : 'votes'}`;
  return [count, ...apart, ...silent].join('; ');
}
