import { tQuantile } from './distribution/distributions.ts';
import type { Interval } from './proportion.ts';
import { type IntervalEstimate, scoreLimits } from './score-limits.ts';

/** What the judge said of one case; cases are compared within a `stratum`. */
export interface Judged {
  readonly judge: number;
  readonly stratum?: string;
}

/** A case that a person scored too; it is one of the judged cases. */
export interface Labelled extends Judged {
  readonly human: number;
}

/** A mean of people's scores over all judged cases, from few labels and many judgements. */
export interface PpiEstimate extends IntervalEstimate {
  /** Labels used; `n` again, by its own name. */
  readonly labels: number;
  readonly judged: number;
  /** The judge's own mean, uncorrected. */
  readonly judge: number;
  /** How much of the judge is believed: 0 none, 1 all of it. */
  readonly lambda: number;
  /** What the labels say without the judge, by the same kind of limits. */
  readonly labelsOnly: IntervalEstimate;
}

/**
 * Prediction-powered mean: mean = labels' mean - lambda (judge's mean on the labelled - judge's mean
 * on all), with the lambda of least variance (PPI++, Angelopoulos, Duchi & Zrnic, arXiv 2311.01453),
 * stratum by stratum where the cases have strata (post-stratified, so that labels may be drawn
 * unequally). The labelled cases are part of the judged ones, which makes this the regression
 * estimator of double sampling (Cochran, Sampling Techniques, 1977, chapter 12); one degree of freedom
 * goes to lambda. Limits are two-sided 95 % score limits at the estimate's effective number of
 * labels, because the plain normal ones under-cover near the ends of `range`. Undefined below 2
 * labels.
 */
export function ppiMean(
  judged: readonly Judged[],
  labelled: readonly Labelled[],
  range: readonly [number, number] = [0, 1],
): PpiEstimate | undefined {
  if (labelled.length < 2 || judged.length === 0) return undefined;
  const strata = toStrata(judged, labelled);
  const lambda = bestLambda(strata);
  const plain = labelsAlone(strata);
  const aided = estimateWith(strata, lambda);
  const z = tQuantile(0.975, Math.max(1, labelled.length - strata.length - 1));
  const toLimits = ({ mean, variance }: Moments) =>
    limits(mean, { variance, centre: plain.mean, labels: labelled.length, z, range });
  const shared = { labels: labelled.length, judged: judged.length, n: labelled.length };
  return {
    estimate: clamp(aided.mean, range),
    ...toLimits(aided),
    ...shared,
    judge: judged.reduce((sum, { judge }) => sum + judge, 0) / judged.length,
    lambda,
    labelsOnly: { estimate: plain.mean, ...toLimits(plain), n: labelled.length },
  };
}

interface Stratum {
  /** Share of the judged cases. */
  readonly share: number;
  readonly judged: number;
  readonly judge: number;
  readonly labels: readonly Labelled[];
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** A variance needs two labels; strata with fewer are taken together, at worst with the largest. */
function toStrata(judged: readonly Judged[], labelled: readonly Labelled[]): readonly Stratum[] {
  const labels = Map.groupBy(labelled, (each) => each.stratum ?? '');
  const thin = (stratum: string) => (labels.get(stratum)?.length ?? 0) < 2;
  const names = [...new Set(judged.map((each) => each.stratum ?? ''))];
  const thick = names.filter((name) => !thin(name));
  const largest = thick.toSorted(
    (a, b) => (labels.get(b)?.length ?? 0) - (labels.get(a)?.length ?? 0),
  )[0];
  const leftOver = names.filter(thin).flatMap((name) => labels.get(name) ?? []);
  const home = leftOver.length >= 2 ? undefined : largest;
  const place = (each: Judged) => (thin(each.stratum ?? '') ? home : (each.stratum ?? ''));
  const placed = Map.groupBy(labelled, place);
  return [...Map.groupBy(judged, place)].map(([name, cases]) => ({
    share: cases.length / judged.length,
    judged: cases.length,
    judge: cases.reduce((sum, { judge }) => sum + judge, 0) / cases.length,
    labels: placed.get(name) ?? [],
  }));
}

/** The share of the judge that leaves the least variance: a regression slope within strata. */
function bestLambda(strata: readonly Stratum[]): number {
  let [above, below] = [0, 0];
  for (const stratum of strata) {
    const { human, judge } = means(stratum.labels);
    const factor = sampling(stratum) / (stratum.labels.length - 1);
    for (const label of stratum.labels) {
      above += factor * (label.human - human) * (label.judge - judge);
      below += factor * (label.judge - judge) ** 2;
    }
  }
  return below > 0 ? above / below : 0;
}

function estimateWith(strata: readonly Stratum[], lambda: number): Moments {
  let [mean, variance, squares, judged] = [0, 0, 0, 0];
  const fitted = lambda === 0 ? 0 : 1 / strata.length;
  for (const stratum of strata) {
    const { labels, share } = stratum;
    const { human, judge } = means(labels);
    mean += share * (human - lambda * (judge - stratum.judge));
    const rest = labels.reduce(
      (sum, label) => sum + (label.human - human - lambda * (label.judge - judge)) ** 2,
      0,
    );
    variance += (sampling(stratum) * rest) / Math.max(1, labels.length - 1 - fitted);
    judged += stratum.judged;
    squares += share * (labels.reduce((sum, label) => sum + label.human ** 2, 0) / labels.length);
  }
  // The judged cases are a sample themselves, of all requests like them.
  return { mean, variance: variance + Math.max(0, squares - mean ** 2) / judged };
}

/** The labels without the judge, each standing for the cases of its stratum. */
function labelsAlone(strata: readonly Stratum[]): Moments {
  const n = strata.reduce((sum, { labels }) => sum + labels.length, 0);
  const mean = strata.reduce((sum, { labels, share }) => sum + share * means(labels).human, 0);
  let variance = 0;
  for (const { labels, share } of strata) {
    const weight = share / labels.length;
    for (const { human } of labels) variance += (weight * (human - mean)) ** 2;
  }
  return { mean, variance: (variance * n) / (n - 1) };
}

/** What a unit of variance within the stratum adds: labels out of a finite number of cases. */
const sampling = ({ share, labels, judged }: Stratum) =>
  share ** 2 * Math.max(0, 1 / labels.length - 1 / judged);

function means(labels: readonly Labelled[]): { human: number; judge: number } {
  let [human, judge] = [0, 0];
  for (const label of labels) {
    human += label.human;
    judge += label.judge;
  }
  return { human: human / labels.length, judge: judge / labels.length };
}

interface Shape {
  readonly variance: number;
  /** The labels' own mean, which says how near the end of the range the scores lie. */
  readonly centre: number;
  readonly labels: number;
  readonly z: number;
  readonly range: readonly [number, number];
}

/**
 * Score limits around the labels' mean, moved to the estimate: so the judge can only narrow them,
 * whichever way it moves the estimate.
 */
function limits(mean: number, { variance, centre, labels, z, range }: Shape): Interval {
  const width = range[1] - range[0];
  const share = (centre - range[0]) / width;
  const scaled = variance / width ** 2;
  const effective = scaled > 0 ? (share * (1 - share)) / scaled : labels;
  const around = scoreLimits(share, effective, z);
  const moved = (limit: number) => clamp(mean + (limit - share) * width, range);
  return { low: moved(around.low), high: moved(around.high) };
}

const clamp = (value: number, [low, high]: readonly [number, number]) =>
  Math.min(high, Math.max(low, value));
