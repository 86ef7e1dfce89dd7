import {
  correlation,
  kappaEstimate,
  type Observed,
  shareEstimate,
} from '../../statistics/clustered.ts';
import { controlHandicap } from '../../statistics/logistic.ts';
import type { IntervalEstimate } from '../../statistics/score-limits.ts';
import { bothOrders } from './vote.ts';

/** All that one judge said of one answer. */
export interface JudgedAnswer {
  readonly request_id: string;
  readonly target: string;
  readonly kind: 'pairwise' | 'rubric';
  /** Score where the candidate was read first; for a rubric the score. */
  readonly candidateFirst?: number;
  readonly opponentFirst?: number;
  /** The candidate-first call made a second time. */
  readonly again?: number;
  /** Characters of the candidate, and of its opponent where there is one. */
  readonly length: number;
  readonly opponentLength?: number;
  /** What a person says of the same pair. */
  readonly human?: number;
  /** Pairs the labelled one stands for. */
  readonly weight?: number;
}

/** How far a judge is to be believed; shares and correlations with 95 % limits over requests. */
export interface Trust {
  /** Answers with a score. */
  readonly answers: number;
  /** The same verdict in both orders. */
  readonly position_consistency?: IntervalEstimate;
  /** Of the calls with a winner, those won by the answer read first; .5 = no preference. */
  readonly first_wins?: IntervalEstimate;
  /** The same verdict when asked the same again. */
  readonly repeat_consistency?: IntervalEstimate;
  readonly ties?: IntervalEstimate;
  readonly length: {
    /** Of the score with the logarithm of candidate / opponent length (of the candidate's alone under a rubric). */
    readonly correlation?: IntervalEstimate;
    /** Decided pairs in which the longer answer won. */
    readonly longest_wins?: IntervalEstimate;
    /** Score of each target were its answers as long as their opponents'. */
    readonly controlled?: Readonly<Record<string, IntervalEstimate>>;
  };
  /** Beside people, where they labelled. */
  readonly people?: {
    readonly kappa?: IntervalEstimate;
    /** Pairs that people decided and the judge decided alike. */
    readonly judge_agrees?: IntervalEstimate;
    /** The same for the rule "the longest answer wins". */
    readonly longest_agrees?: IntervalEstimate;
  };
}

/** The score a judge's calls give an answer; absent where a call is missing. */
export function toScore(answer: JudgedAnswer): number | undefined {
  const { kind, candidateFirst, opponentFirst } = answer;
  if (kind === 'rubric') return candidateFirst;
  if (candidateFirst === undefined || opponentFirst === undefined) return undefined;
  return bothOrders(candidateFirst, opponentFirst);
}

/** Measures one judge on all it said. */
export function measureTrust(answers: readonly JudgedAnswer[]): Trust {
  const scored = answers.flatMap((answer) => {
    const score = toScore(answer);
    return score === undefined ? [] : [{ ...answer, score, longer: longerBy(answer) }];
  });
  const pairs = scored.filter(({ kind }) => kind === 'pairwise');
  const share = <T extends JudgedAnswer>(rows: readonly T[], value: (row: T) => number) =>
    shareEstimate(rows.map((row): Observed => ({ group: row.request_id, value: value(row) })));
  const again = answers.filter((each) => each.again !== undefined && 'candidateFirst' in each);
  const decided = pairs.filter(({ score, longer }) => score !== 0.5 && longer !== 0);
  const people = compareWithPeople(pairs);
  return {
    answers: scored.length,
    ...some({
      position_consistency: share(pairs, (pair) =>
        Number(pair.candidateFirst === pair.opponentFirst),
      ),
      first_wins: first_wins(pairs),
      repeat_consistency: share(again, (each) => Number(each.again === each.candidateFirst)),
      ties: share(pairs, ({ score }) => Number(score === 0.5)),
    }),
    length: some({
      correlation: correlation(
        scored.map(({ request_id, longer, score }) => ({ group: request_id, x: longer, y: score })),
      ),
      longest_wins: share(decided, ({ score, longer }) => Number((score === 1) === longer > 0)),
      controlled: controlled(pairs),
    }),
    ...(people && { people }),
  };
}

type Scored = JudgedAnswer & { readonly score: number; readonly longer: number };

function first_wins(pairs: readonly Scored[]): IntervalEstimate | undefined {
  const calls = pairs.flatMap(({ request_id, candidateFirst = 0.5, opponentFirst = 0.5 }) => [
    { group: request_id, value: candidateFirst },
    { group: request_id, value: 1 - opponentFirst },
  ]);
  return shareEstimate(calls.filter(({ value }) => value !== 0.5));
}

function controlled(pairs: readonly Scored[]): Record<string, IntervalEstimate> | undefined {
  const mean = pairs.reduce((sum, { longer }) => sum + longer, 0) / pairs.length;
  const spread = Math.sqrt(
    pairs.reduce((sum, { longer }) => sum + (longer - mean) ** 2, 0) / pairs.length,
  );
  if (!(spread > 0)) return undefined;
  const bouts = pairs.map(({ request_id, target, score, longer }) => ({
    player: target,
    group: request_id,
    score,
    handicap: Math.tanh(longer / spread),
  }));
  const result = controlHandicap(bouts);
  return result && Object.fromEntries(result.players);
}

function compareWithPeople(pairs: readonly Scored[]): Trust['people'] {
  const labelled = pairs.flatMap((pair) =>
    pair.human === undefined ? [] : [{ ...pair, human: pair.human }],
  );
  if (labelled.length === 0) return undefined;
  const decided = labelled.filter(({ human }) => human !== 0.5);
  const agrees = (says: (pair: Scored) => number) =>
    shareEstimate(
      decided
        .filter((pair) => says(pair) !== 0.5)
        .map((pair) => ({ group: pair.request_id, value: says(pair) === pair.human ? 1 : 0 })),
    );
  return some({
    kappa: kappaEstimate(
      labelled.map(({ request_id, score, human, weight = 1 }) => ({
        group: request_id,
        one: 2 * score,
        other: 2 * human,
        weight,
      })),
    ),
    judge_agrees: agrees(({ score }) => score),
    longest_agrees: agrees(({ longer }) => (longer === 0 ? 0.5 : longer > 0 ? 1 : 0)),
  });
}

/** Log of the ratio of lengths, so that twice as long and half as long are as far apart. */
const longerBy = ({ length, opponentLength }: JudgedAnswer) =>
  Math.log((length + 1) / ((opponentLength ?? 0) + 1));

/** The properties that are known. */
function some<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
