import { normalCdf, normalQuantile, tQuantile } from './distribution/distributions.ts';
import type { Interval } from './proportion.ts';

/**
 * The same requests served twice and scored: over `n` pairs, the sum of what the new way gained and
 * of what it lost. Counts for 0/1 scores; for fractional scores sums, whose squares are smaller than
 * themselves, so that the variance below can only be too large.
 */
export interface Paired {
  readonly n: number;
  readonly gains: number;
  readonly losses: number;
  /** Independent units behind the pairs; absent = each pair is one. */
  readonly units?: number;
  /** Factor of the variance because pairs stand or fall together; absent = 1. */
  readonly designEffect?: number;
}

/**
 * Score statistic for a difference of paired proportions `delta` (new - old): Tango, Statistics in
 * Medicine 17 (1998), eq. (8): (b - c - n d) / sqrt(n (2 q + d (1 - d))), q the share of losses of
 * greatest likelihood under the difference d. Standard normal at the difference.
 */
export function tangoZ({ n, gains, losses }: Paired, delta: number): number {
  if (n === 0) return 0;
  const q = constrainedLosses({ n, gains, losses }, delta);
  const variance = n * (2 * q + delta * (1 - delta));
  const excess = gains - losses - n * delta;
  // Without any spread the excess alone decides.
  if (variance <= 1e-12) return excess > 0 ? Infinity : excess < 0 ? -Infinity : 0;
  return excess / Math.sqrt(variance);
}

/** The larger root of 2 n q^2 + B q + C with B = -b - c + (2 n - b + c) d, C = -c d (1 - d). */
function constrainedLosses({ n, gains, losses }: Paired, delta: number): number {
  const b = -gains - losses + (2 * n - gains + losses) * delta;
  const c = -losses * delta * (1 - delta);
  return (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
}

/** p of "the new way is worse by `margin` or more"; small where that is refuted. */
export function notWorseP(paired: Paired, margin: number): number {
  const z = tangoZ(paired, -margin) / Math.sqrt(paired.designEffect ?? 1);
  return 1 - normalCdf(z, 0, 1);
}

/** With fewer pairs the counts are so coarse that the size of the test jumps with each of them. */
const pairs = { few: 200, veryFew: 60 } as const;

/**
 * The nominal level at which `notWorseP` refutes a true margin in at most `alpha` of samples. At
 * 5 %, by enumeration of every pair of counts for margins from 0.005 to 0.2: 4 % from 200 pairs on
 * (size at most 4.7 %), 3.8 % from 60 on (4.9 %; a plain 4 % gives 5.1 % at 67), and 2 % below
 * (4.1 %; 3.8 % would give 6.4 % at 12).
 */
export function scoreLevel(n: number, alpha: number): number {
  if (n < pairs.veryFew) return (alpha * 2) / 5;
  return n < pairs.few ? (alpha * 19) / 25 : (alpha * 4) / 5;
}

/**
 * Two-sided score limits of the difference new - old. Where pairs stand or fall together the spread
 * of the units is estimated, so that the quantile is Student's by their number.
 */
export function tangoInterval(paired: Paired, alpha = 0.05): Interval {
  if (paired.n === 0) return { low: -1, high: 1 };
  const { units, designEffect = 1 } = paired;
  const quantile =
    designEffect > 1 && units !== undefined
      ? studentQuantile(1 - alpha / 2, units)
      : normalQuantile(1 - alpha / 2, 0, 1);
  const z = quantile * Math.sqrt(designEffect);
  return { low: crossing(paired, z), high: crossing(paired, -z) };
}

function studentQuantile(p: number, units: number): number {
  return units < 2 ? Infinity : tQuantile(p, units - 1);
}

/** The difference at which the statistic, which falls with it, is `z`. */
function crossing(paired: Paired, z: number): number {
  let [low, high] = [-1, 1];
  // 2^-50 is below any digit printed.
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (tangoZ(paired, middle) > z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
