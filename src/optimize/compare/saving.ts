import { type OutcomeVector, weightOf } from '../../outcome/outcome-vector.ts';
import { ratioInterval } from '../../statistics/mean.ts';
import type { Interval } from '../../statistics/proportion.ts';
import type { Study } from '../problem/study.ts';
import { floatAt, intAt } from '../rows/at.ts';

/** 1 - cost / cost of the reference, with limits. */
export interface Saving extends Interval {
  readonly estimate: number;
}

/**
 * The level of the limits of a saving. The policy was the last to pass on the same rows: limits at
 * 95 % covered 92.5 % of true savings with thresholds, at 97.5 % they cover 95.
 */
const chosenAlpha = 0.025;

/** What all traffic saves when a share of it follows `vector`: of the baseline's cost, by units. */
export function measureSaving(
  study: Study,
  vector: OutcomeVector,
  { rows, share = 1 }: { readonly rows: Int32Array; readonly share?: number },
): Saving {
  const { ratio, low, high } = compareCosts(study, { vector, reference: study.baseline, rows });
  return { estimate: share * (1 - ratio), low: share * (1 - high), high: share * (1 - low) };
}

/** Ratio of the costs of two ways to serve the same rows, by units. */
export function compareCosts(
  { table, units }: Study,
  pair: {
    readonly vector: OutcomeVector;
    readonly reference: OutcomeVector;
    readonly rows: Int32Array;
  },
): Interval & { readonly ratio: number } {
  const { vector, reference, rows } = pair;
  const { unit, names, clustered } = units;
  const above = new Float64Array(clustered ? names.count : rows.length);
  const below = new Float64Array(above.length);
  rows.forEach((row, i) => {
    const at = clustered ? intAt(unit, row) : i;
    const weight = weightOf(table, row);
    above[at] = floatAt(above, at) + weight * floatAt(vector.cost, row);
    below[at] = floatAt(below, at) + weight * floatAt(reference.cost, row);
  });
  const seen = (_: number, i: number) => floatAt(below, i) > 0 || floatAt(above, i) > 0;
  return ratioInterval(above.filter(seen), below.filter(seen), chosenAlpha);
}
