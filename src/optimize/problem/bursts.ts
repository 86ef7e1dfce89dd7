import { slowShare, targetVector } from '../../outcome/outcome-vector.ts';
import { type OutcomeTable, statuses } from '../../outcome/table.ts';
import { floatAt, intAt } from '../rows/at.ts';
import type { Slo } from './slo.ts';
import { timesOf } from './slo.ts';

/** Consecutive failed or slow requests of one target that count as one: an outage, not bad luck. */
const leastRun = 3;

/**
 * By target, the number of the burst that each row is in; -1 = none. A burst is a run of three or more
 * requests of one target, in the order they were sent, that failed or were slow for an SLO. Empty where
 * no row says when it was sent.
 */
export function findBursts(table: OutcomeTable, slos: readonly Slo[]): readonly Int32Array[] {
  if (!table.columns.some(({ sent }) => sent)) return [];
  return table.columns.map(({ sent, status }, target) => {
    const burst = new Int32Array(table.rows).fill(-1);
    if (!sent) return burst;
    const vector = targetVector(table, target);
    const bad = (row: number) =>
      status[row] === statuses.failed ||
      slos.some((slo) => slowShare(timesOf(vector, slo), row, slo.atMost) > 0);
    const order = Int32Array.from(sent.keys())
      .filter((row) => Number.isFinite(sent[row]) && status[row] !== statuses.missing)
      .sort((a, b) => floatAt(sent, a) - floatAt(sent, b) || a - b);
    let found = 0;
    let start = 0;
    for (let i = 0; i <= order.length; i++) {
      if (i < order.length && bad(intAt(order, i))) continue;
      if (i - start >= leastRun) {
        for (const row of order.subarray(start, i)) burst[row] = found;
        found++;
      }
      start = i + 1;
    }
    return burst;
  });
}
