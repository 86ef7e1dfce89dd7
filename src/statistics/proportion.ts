import { betaQuantile } from './distribution/distributions.ts';

/** Two limits that hold the truth with the stated confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Exact two-sided limits of a share: Clopper & Pearson, Biometrika 26 (1934). Never covers less
 * than 1 - alpha.
 */
export function clopperPearson(hits: number, n: number, alpha = 0.05): Interval {
  return { low: shareAtLeast(hits, n, alpha / 2), high: shareAtMost(hits, n, alpha / 2) };
}

/** Exact one-sided lower limit of a share: 10 of 10 proves 74.1 %, 59 of 59 proves 95 %. */
export function shareAtLeast(hits: number, n: number, alpha = 0.05): number {
  return hits === 0 ? 0 : betaQuantile(alpha, hits, n - hits + 1);
}

/** Exact one-sided upper limit of a share. */
export function shareAtMost(hits: number, n: number, alpha = 0.05): number {
  return hits === n ? 1 : betaQuantile(1 - alpha, hits + 1, n - hits);
}
