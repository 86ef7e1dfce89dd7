import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import type { Interval } from './proportion.ts';

/** Student's limits of a mean, two-sided. */
export function meanInterval(values: Float64Array, alpha = 0.05): Interval & { mean: number } {
  const { mean, error } = moments(values);
  const half = quantile(values.length, alpha) * error;
  return { mean, low: mean - half, high: mean + half };
}

/** Limits of the mean of differences of pairs. */
export function pairedInterval(
  after: Float64Array,
  before: Float64Array,
  alpha = 0.05,
): Interval & { mean: number } {
  return meanInterval(
    after.map((value, i) => value - (before[i] ?? 0)),
    alpha,
  );
}

/**
 * p of "the mean over rows is `least` or less" where rows come in clusters that stand or fall
 * together: Student's test on the cluster sums of (value - least), G - 1 degrees of freedom
 * (Donner & Klar, Design and Analysis of Cluster Randomization Trials, 2000).
 */
export function clusterMeanP(
  clusters: { readonly sums: Float64Array; readonly sizes: Float64Array },
  least: number,
): number {
  const excess = clusters.sums.map((sum, i) => sum - least * (clusters.sizes[i] ?? 0));
  if (excess.length < 2) return 1;
  const { mean, error } = moments(excess);
  if (error === 0) return mean > 0 ? 0 : 1;
  return 1 - tCdf(mean / error, excess.length - 1);
}

/**
 * Limits of a ratio of sums over clusters, by linearisation: Cochran, Sampling Techniques (1977),
 * section 6.3.
 */
export function ratioInterval(
  above: Float64Array,
  below: Float64Array,
  alpha = 0.05,
): Interval & { ratio: number } {
  const total = below.reduce((sum, value) => sum + value, 0);
  if (total <= 0) return { ratio: 0, low: 0, high: 0 };
  const ratio = above.reduce((sum, value) => sum + value, 0) / total;
  const residuals = above.map((value, i) => value - ratio * (below[i] ?? 0));
  const { error } = moments(residuals);
  const half = (quantile(above.length, alpha) * error * above.length) / total;
  return { ratio, low: ratio - half, high: ratio + half };
}

function quantile(n: number, alpha: number): number {
  return n < 2 ? Infinity : tQuantile(1 - alpha / 2, n - 1);
}

/** Mean and its standard error. */
function moments(values: Float64Array): { mean: number; error: number } {
  const n = values.length;
  if (n === 0) return { mean: 0, error: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: n < 2 ? Infinity : Math.sqrt(squares / (n - 1) / n) };
}
