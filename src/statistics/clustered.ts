import { tQuantile } from './distribution/distributions.ts';
import { type IntervalEstimate, scoreLimits } from './score-limits.ts';

/** A value seen on a request; values of one `group` stand or fall together. */
export interface Observed {
  readonly group: string;
  readonly value: number;
}

/** Two values seen together. */
export interface Pair {
  readonly group: string;
  readonly x: number;
  readonly y: number;
}

/** Two ratings of one case, as categories from 0. */
export interface Rating {
  readonly group: string;
  readonly one: number;
  readonly other: number;
  /** Cases this one stands for where cases were drawn unequally; 1 where absent. */
  readonly weight?: number;
}

/** Share, or mean of values between 0 and 1, with score limits; undefined where nothing was seen. */
export function shareEstimate(seen: readonly Observed[]): IntervalEstimate | undefined {
  if (seen.length === 0) return undefined;
  const share = seen.reduce((sum, { value }) => sum + value, 0) / seen.length;
  const { variance, groups } = variation(seen, (each) => each.value - share);
  const alone = groups === seen.length;
  // Where all agree there is no spread to measure: the groups count as if each were one draw. The
  // spread of single draws is known from their share, that of clusters is estimated from them.
  const spread = alone ? (variance * (groups - 1)) / groups : variance;
  const effective = spread > 0 ? (share * (1 - share)) / spread : groups;
  const z = alone ? normal : quantile(groups);
  return { estimate: share, ...scoreLimits(share, effective, z), n: groups };
}

/**
 * Pearson's correlation. Its variance comes from its influence function, which holds for verdicts
 * and lengths as well as for normal values, on Fisher's scale; limits by Student.
 */
export function correlation(pairs: readonly Pair[]): IntervalEstimate | undefined {
  const n = pairs.length;
  const [mx, my] = [average(pairs, 'x'), average(pairs, 'y')];
  const [sx, sy] = [deviation(pairs, 'x', mx), deviation(pairs, 'y', my)];
  if (n < 4 || sx === 0 || sy === 0) return undefined;
  const scaled = pairs.map(({ group, x, y }) => ({ group, x: (x - mx) / sx, y: (y - my) / sy }));
  const r = scaled.reduce((sum, { x, y }) => sum + x * y, 0) / n;
  const { variance, groups } = variation(scaled, ({ x, y }) => x * y - (r * (x * x + y * y)) / 2);
  return onFishersScale(r, variance, groups);
}

/**
 * Cohen's kappa (Educational and Psychological Measurement 20, 1960) with limits by its influence
 * function on Fisher's scale. Undefined where both raters use one category only.
 */
export function kappaEstimate(ratings: readonly Rating[]): IntervalEstimate | undefined {
  const total = ratings.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const [ones, others] = [margin(ratings, 'one', total), margin(ratings, 'other', total)];
  const expected = [...ones].reduce((sum, [key, share]) => sum + share * (others.get(key) ?? 0), 0);
  if (ratings.length < 2 || expected > 1 - 1e-12) return undefined;
  const agree = ({ one, other }: Rating) => (one === other ? 1 : 0);
  const observed = ratings.reduce((sum, each) => sum + agree(each) * (each.weight ?? 1), 0) / total;
  const rest = 1 - expected;
  const influence = (rating: Rating) => {
    const chance = (others.get(rating.one) ?? 0) + (ones.get(rating.other) ?? 0);
    const moved = (agree(rating) - observed) / rest;
    return moved - ((1 - observed) * (chance - 2 * expected)) / rest ** 2;
  };
  const { variance, groups } = variation(ratings, influence);
  const kappa = 1 - (1 - observed) / rest;
  if (variance > 0) return onFishersScale(kappa, variance, groups);
  const limits = scoreLimits(observed, groups, quantile(groups));
  const scaled = (share: number) => 1 - (1 - share) / rest;
  return { estimate: kappa, low: scaled(limits.low), high: scaled(limits.high), n: groups };
}

/** Variance of a mean whose terms are given, summed within groups; the groups are independent. */
function variation<T extends { group: string; weight?: number }>(
  rows: readonly T[],
  term: (row: T) => number,
): { variance: number; groups: number } {
  const sums = new Map<string, number>();
  let total = 0;
  for (const row of rows) {
    const { weight = 1 } = row;
    total += weight;
    sums.set(row.group, (sums.get(row.group) ?? 0) + weight * term(row));
  }
  const groups = sums.size;
  if (groups < 2) return { variance: 0, groups };
  let squares = 0;
  for (const sum of sums.values()) squares += sum * sum;
  return { variance: (squares / total ** 2) * (groups / (groups - 1)), groups };
}

function onFishersScale(value: number, variance: number, groups: number): IntervalEstimate {
  const slope = 1 - value * value;
  if (slope <= 1e-12) return { estimate: value, low: value, high: value, n: groups };
  const half = (quantile(groups) * Math.sqrt(variance)) / slope;
  const centre = Math.atanh(value);
  return {
    estimate: value,
    low: Math.tanh(centre - half),
    high: Math.tanh(centre + half),
    n: groups,
  };
}

/** Two-sided 95 %. */
const normal = 1.959963984540054;
const quantile = (groups: number) => (groups < 2 ? Infinity : tQuantile(0.975, groups - 1));

const average = (pairs: readonly Pair[], key: 'x' | 'y') =>
  pairs.reduce((sum, pair) => sum + pair[key], 0) / pairs.length;

const deviation = (pairs: readonly Pair[], key: 'x' | 'y', mean: number) =>
  Math.sqrt(pairs.reduce((sum, pair) => sum + (pair[key] - mean) ** 2, 0) / pairs.length);

function margin(ratings: readonly Rating[], key: 'one' | 'other', total: number) {
  const shares = new Map<number, number>();
  for (const rating of ratings) {
    shares.set(rating[key], (shares.get(rating[key]) ?? 0) + (rating.weight ?? 1) / total);
  }
  return shares;
}
