import { binomialCdf } from './distribution/distributions.ts';
import type { Interval } from './proportion.ts';

/** A quantile of a sample with its two-sided limits. */
export interface QuantileEstimate extends Interval {
  readonly estimate: number;
}

/**
 * The quantile `share` of sorted values, with limits that are values of the sample themselves and hold
 * whatever the distribution: Conover, Practical Nonparametric Statistics (1999), section 3.2. Absent
 * where the sample is too small to have both limits: below 6 values for the median and 368 for p99 at
 * 95 %.
 */
export function quantileEstimate(
  sorted: Float32Array | Float64Array,
  share: number,
  alpha = 0.05,
): QuantileEstimate | undefined {
  const n = sorted.length;
  const below = (rank: number) => (rank < 1 ? 0 : binomialCdf(rank - 1, n, share));
  // The chance that the true quantile lies below the value of rank r is that of fewer than r hits.
  const low = firstRank(n + 1, (rank) => below(rank) > alpha / 2) - 1;
  const high = firstRank(n + 1, (rank) => below(rank) >= 1 - alpha / 2);
  const at = (rank: number) => sorted[rank - 1];
  const [estimate, least, most] = [at(Math.max(1, Math.ceil(share * n))), at(low), at(high)];
  if (estimate === undefined || least === undefined || most === undefined) return undefined;
  return { estimate, low: least, high: most };
}

/** The least rank from 1 to `end` for which `holds`, which holds for all above it; `end` if none. */
function firstRank(end: number, holds: (rank: number) => boolean): number {
  let [low, high] = [1, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The difference of two estimates with limits made from theirs: Zou & Donner, Statistics in Medicine
 * 27 (2008), which needs no distribution. For estimates on the same requests, which rise and fall
 * together, the limits are too wide rather than too narrow.
 */
export function subtractQuantiles(
  one: QuantileEstimate,
  other: QuantileEstimate,
): QuantileEstimate {
  const estimate = one.estimate - other.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(one.estimate - one.low, other.high - other.estimate),
    high: estimate + Math.hypot(one.high - one.estimate, other.estimate - other.low),
  };
}
