import type { Target } from '../../provider/target/target.ts';
import type { Verdict, Vote } from '../check/verdict.ts';
import { callFor, type JudgeCall } from './call.ts';
import type { AnswerRow, Contest, ReferenceState } from './pairwise.ts';
import type { Reading } from './reading.ts';
import { longestShown, shownText } from './shown.ts';
import { type JudgedAnswer, scoreOf } from './trust.ts';
import { majority, middle } from './vote.ts';

/** An answer that judges are asked about, and the calls that ask them. */
export interface Seat {
  readonly judge: string;
  readonly candidateFirst: JudgeCall;
  /** Absent under a rubric, which has one answer only. */
  readonly opponentFirst?: JudgeCall;
  /** The first call once more, for some of the answers. */
  readonly again?: JudgeCall;
}

export interface Hearing {
  readonly row: AnswerRow;
  readonly contest: Contest;
  readonly seats: readonly Seat[];
  /** Judges that made one of the answers. */
  readonly abstained: readonly string[];
}

export interface Bench {
  readonly judges: readonly Target[];
  readonly makerOf: (target: string) => string;
  /** Whether the first call of this answer is made twice. */
  readonly repeats: (row: AnswerRow) => boolean;
}

/** Who is asked what about an answer. A judge does not judge its own maker's models. */
export function hear(
  row: AnswerRow,
  contest: Contest,
  { judges, makerOf, repeats, reference }: Bench & { readonly reference: ReferenceState },
): Hearing {
  const makers = [makerOf(row.target)];
  if (contest.kind === 'pairwise' && typeof reference === 'object') makers.push(reference.maker);
  const free = judges.filter(({ maker }) => !makers.includes(maker));
  const seats = free.map((judge): Seat => {
    const call = (order: 'candidate-first' | 'opponent-first', repeat = 1) =>
      callFor(judge, { contest, order, repeat });
    return {
      judge: judge.name,
      candidateFirst: call('candidate-first'),
      ...(contest.kind === 'pairwise' && { opponentFirst: call('opponent-first') }),
      ...(repeats(row) && { again: call('candidate-first', 2) }),
    };
  });
  const abstained = judges.filter((judge) => !free.includes(judge)).map(({ name }) => name);
  return { row, contest, seats, abstained };
}

export const callsOf = ({ candidateFirst, opponentFirst, again }: Seat): readonly JudgeCall[] =>
  [candidateFirst, opponentFirst, again].filter((call) => call !== undefined);

/** What one judge said of the answer. */
export function saidBy(
  seat: Seat,
  { row, contest }: Hearing,
  readings: ReadonlyMap<string, Reading>,
): JudgedAnswer {
  const score = (call: JudgeCall | undefined) => {
    const reading = call && readings.get(call.key);
    return reading?.state === 'read' ? reading.score : undefined;
  };
  const [candidateFirst, opponentFirst, again] = [
    score(seat.candidateFirst),
    score(seat.opponentFirst),
    score(seat.again),
  ];
  return {
    request_id: row.request_id,
    target: row.target,
    kind: contest.kind,
    ...(candidateFirst !== undefined && { candidateFirst }),
    ...(opponentFirst !== undefined && { opponentFirst }),
    ...(again !== undefined && { again }),
    length: contest.candidate.answer.length,
    ...(contest.opponent && { opponentLength: contest.opponent.answer.length }),
  };
}

/** The panel's verdict, or why there is none. */
export function panelVerdict(
  hearing: Hearing,
  readings: ReadonlyMap<string, Reading>,
  needed: number,
): Verdict | { readonly missing: string } {
  const { row, contest, seats } = hearing;
  if (differUnseen(contest)) {
    return { missing: 'the answers differ only in what is too long to be shown to a judge' };
  }
  const votes = seats.flatMap((seat): Vote[] => {
    const score = scoreOf(saidBy(seat, hearing, readings));
    return score === undefined ? [] : [{ judge: seat.judge, score }];
  });
  const scores = votes.map(({ score }) => score);
  const quality = contest.kind === 'rubric' ? middle(scores, needed) : majority(scores, needed);
  if (quality === undefined) return { missing: whyMissing(hearing, readings, votes) };
  const cut = cutNote(contest);
  return {
    request_id: row.request_id,
    target: row.target,
    pass: row.pass,
    quality,
    quality_kind: contest.kind,
    by: votes.map(({ judge }) => judge).join('+'),
    ...(cut && { why: cut }),
    votes,
  };
}

/** Both are shown alike though they are not: a judge could only call it a tie. */
function differUnseen({ candidate, opponent }: Contest): boolean {
  if (!opponent || cutNote({ candidate, opponent }) === undefined) return false;
  return (
    shownText(candidate.answer) === shownText(opponent.answer) &&
    JSON.stringify(candidate.tool_calls) === JSON.stringify(opponent.tool_calls)
  );
}

function cutNote({ candidate, opponent }: Pick<Contest, 'candidate' | 'opponent'>) {
  const longest = Math.max(candidate.answer.length, opponent?.answer.length ?? 0);
  if (longest <= longestShown) return undefined;
  return `judged on the beginning and the end: an answer has ${longest} characters`;
}

function whyMissing(
  { seats, abstained }: Hearing,
  readings: ReadonlyMap<string, Reading>,
  votes: readonly Vote[],
): string {
  const silent = seats
    .filter(({ judge }) => !votes.some((vote) => vote.judge === judge))
    .map((seat) => {
      const found = callsOf(seat).map((call) => readings.get(call.key));
      const bad = found.find((reading) => reading !== undefined && reading.state !== 'read');
      if (!bad) return `${seat.judge} was not asked`;
      return `${seat.judge} ${bad.state === 'failed' ? 'did not answer' : 'cannot be read'} (${bad.why})`;
    });
  const apart = abstained.map((judge) => `${judge} abstains: its maker made one of the answers`);
  const count = `${votes.length} ${votes.length === 1 ? 'vote' : 'votes'}`;
  return [count, ...apart, ...silent].join('; ');
}
