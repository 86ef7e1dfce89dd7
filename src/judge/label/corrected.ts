import { type Labelled, type PpiEstimate, ppiMean } from '../../statistics/ppi.ts';
import type { IntervalEstimate } from '../../statistics/score-limits.ts';
import { requestKey } from '../../workload/request-key.ts';
import type { Verdict } from '../check/verdict.ts';

/** What a person says of one answer, on the scale of its quality: pairwise 0, .5 or 1. */
export interface HumanLabel {
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  readonly score: number;
  readonly by?: string;
}

/** The mean quality of one target with people's labels over the judge's verdicts. */
export interface CorrectedMean extends PpiEstimate {
  readonly target: string;
  readonly kind: 'pairwise' | 'rubric';
}

/** The mean difference in quality, `target` less `other`, over the requests both answered. */
export interface CorrectedDifference extends IntervalEstimate {
  readonly target: string;
  readonly other: string;
  readonly kind: 'pairwise' | 'rubric';
  /** Requests on which people labelled both. */
  readonly labels: number;
}

export interface Judgements {
  readonly verdicts: readonly Verdict[];
  readonly labels: readonly HumanLabel[];
  /** Task of a request; labels are weighted by task and verdict. */
  readonly taskOf: (requestId: string) => string | undefined;
}

/**
 * Every target's mean quality, corrected by prediction-powered inference. Answers that needed no
 * judge count as they are: a rule is not corrected. Pass 1 of each request.
 */
export function correctedMeans(judgements: Judgements): readonly CorrectedMean[] {
  const cases = pairCases(judgements);
  return [...Map.groupBy(cases, ({ target, kind }) => `${kind}\n${target}`).values()].flatMap(
    (rows) => {
      const [first] = rows;
      if (!first || rows.filter(isLabelled).length < 2) return [];
      const mean = ppiMean(rows, rows.filter(isKnown));
      const labels = rows.filter(isLabelled).length;
      return mean ? [{ ...mean, labels, target: first.target, kind: first.kind }] : [];
    },
  );
}

/**
 * The corrected paired difference of two targets; undefined below two requests labelled for both.
 * @internal exported for tests and benches
 */
export function correctedDifference(
  judgements: Judgements,
  { target, other }: { readonly target: string; readonly other: string },
): CorrectedDifference | undefined {
  const cases = pairCases(judgements);
  const theirs = new Map(
    cases.filter((each) => each.target === other).map((each) => [each.request_id, each]),
  );
  const pairs = cases.flatMap((each) => {
    const opposite = theirs.get(each.request_id);
    if (each.target !== target || opposite?.kind !== each.kind) return [];
    const known = each.human !== undefined && opposite.human !== undefined;
    return [
      {
        kind: each.kind,
        judge: each.judge - opposite.judge,
        stratum: `${each.stratum}/${opposite.stratum}`,
        ...(known && { human: (each.human ?? 0) - (opposite.human ?? 0) }),
      },
    ];
  });
  const kind = pairs[0]?.kind;
  const labels = pairs.filter(isKnown);
  const mean = ppiMean(pairs, labels, [-1, 1]);
  if (!mean || !kind) return undefined;
  const { estimate, low, high, n } = mean;
  return { target, other, kind, labels: labels.length, estimate, low, high, n };
}

interface Case {
  readonly request_id: string;
  readonly target: string;
  readonly kind: 'pairwise' | 'rubric';
  readonly judge: number;
  readonly stratum: string;
  readonly human?: number;
  /** A rule decided: nothing to correct. */
  readonly settled: boolean;
}

function pairCases({ verdicts, labels, taskOf }: Judgements): readonly Case[] {
  const known = new Map(labels.map((label) => [requestKey(label), label.score]));
  return verdicts.flatMap((verdict) => {
    const { request_id, target, quality, quality_kind: kind } = verdict;
    if (kind === 'check' || kind === 'agreement' || verdict.pass !== 1) return [];
    const settled = verdict.votes === undefined;
    const human = settled ? quality : known.get(requestKey(verdict));
    const place = { request_id, target, kind, judge: quality, settled };
    const stratum = settled ? 'settled' : toStratum(taskOf(request_id), verdict);
    return [{ ...place, stratum, ...(human !== undefined && { human }) }];
  });
}

/** The strata that labels are drawn from, and weighted back by: task, verdict, and whether judges differ. */
export function toStratum(task: string | undefined, { quality, votes = [] }: Verdict): string {
  const split = votes.some(({ score }) => score !== votes[0]?.score);
  const said = split ? 'split' : quality < 0.5 ? 'lost' : quality > 0.5 ? 'won' : 'tie';
  return JSON.stringify([task ?? '', said]);
}

const isKnown = <T extends { judge: number; human?: number }>(each: T): each is T & Labelled =>
  each.human !== undefined;

const isLabelled = (each: Case) => !each.settled && each.human !== undefined;
