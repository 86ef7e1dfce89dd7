import { roundMs } from '../units.ts';
import type { Histogram } from './histogram.ts';

/** A distribution in milliseconds, as far as the sample carries it. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  readonly p50: Percentile;
  readonly p75: Percentile;
  readonly p90: Percentile;
  readonly p95: Percentile;
  readonly p99: Percentile;
  readonly 'p99.9': Percentile;
}

export interface Percentile {
  readonly value: number;
  /** Whether the sample is large enough for an upper bound; if not, the value is not to be shown. */
  readonly supported: boolean;
  /** 95 % one-sided upper bound of the true percentile, by order statistics. */
  readonly upper?: number;
}

const confidence = 0.95;

/**
 * The percentiles of `histogram`, or nothing where it is empty. `independent` is the number of
 * independent rows behind the values, where it is not the number of values: the gaps of one stream
 * stall together.
 */
export function toPercentiles(
  histogram: Histogram,
  independent = histogram.count(),
): Percentiles | undefined {
  if (histogram.count() === 0) return undefined;
  const each = (percent: number) => percentile(histogram, percent, independent);
  return {
    count: histogram.count(),
    mean: roundMs(histogram.mean()),
    max: roundMs(histogram.max()),
    p50: each(50),
    p75: each(75),
    p90: each(90),
    p95: each(95),
    p99: each(99),
    'p99.9': each(99.9),
  };
}

function percentile(histogram: Histogram, percent: number, independent: number): Percentile {
  const rank = upperRank(independent, percent / 100);
  const value = roundMs(histogram.at(percent));
  if (rank === undefined) return { value, supported: false };
  return { value, supported: true, upper: roundMs(histogram.at((100 * rank) / independent)) };
}

/**
 * The rank of the order statistic that is a 95 % upper bound of the p-quantile of `n` independent
 * values: the least r with P(Bin(n, p) <= r - 1) >= .95. Absent where even the largest is none, that
 * is where p^n > .05.
 */
export function upperRank(n: number, p: number): number | undefined {
  if (n === 0 || p ** n > 1 - confidence) return undefined;
  // Of the values above the quantile, at most `above` may lie above the bound: count from the top.
  const mean = n * (1 - p);
  const variance = mean * p;
  if (variance > normalFrom) {
    const above = Math.floor(mean - z95 * Math.sqrt(variance) - 1);
    return n - Math.max(0, above);
  }
  let above = -1;
  // In logarithms: p^n of a large sample is below the least number there is.
  let logMass = n * Math.log(p);
  let sum = Math.exp(logMass);
  while (sum <= 1 - confidence) {
    above += 1;
    logMass += Math.log((n - above) / (above + 1)) + Math.log((1 - p) / p);
    sum += Math.exp(logMass);
  }
  return n - above;
}

/** Above this variance the normal quantile, one rank to the safe side, is as good as the exact sum. */
const normalFrom = 400;
const z95 = 1.6449;
