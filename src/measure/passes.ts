import { meanInterval } from '../statistics/mean.ts';

/** A figure over several passes: each pass is one independent repetition. */
export interface OverPasses {
  /** In the order of the passes. */
  readonly values: readonly number[];
  readonly mean: number;
  /** 95 % limits of the mean by Student's t; absent for a single pass. */
  readonly interval?: { readonly low: number; readonly high: number };
}

export function overPasses(values: readonly number[]): OverPasses | undefined {
  if (values.length === 0) return undefined;
  if (values.length === 1) return { values, mean: values[0] ?? Number.NaN };
  const { mean, low, high } = meanInterval(Float64Array.from(values));
  return { values, mean, interval: { low, high } };
}
