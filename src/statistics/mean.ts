import { tQuantile } from './distribution/distributions.ts';
import type { Interval } from './proportion.ts';

/** Student's limits of a mean, two-sided. */
export function meanInterval(values: Float64Array, alpha = 0.05): Interval & { mean: number } {
  const { mean, error } = moments(values);
  const half = quantile(values.length, alpha) * error;
  return { mean, low: mean - half, high: mean + half };
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
