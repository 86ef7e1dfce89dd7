import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

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

/** Score limits of a share: Wilson, JASA 22 (1927). Short and near its level, for display. */
export function wilson(hits: number, n: number, alpha = 0.05): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const z = normalQuantile(1 - alpha / 2, 0, 1);
  const share = hits / n;
  const centre = share + (z * z) / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return {
    low: hits === 0 ? 0 : (centre - half) / scale,
    high: hits === n ? 1 : (centre + half) / scale,
  };
}
