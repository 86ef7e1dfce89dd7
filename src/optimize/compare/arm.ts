import { emptyVector, type OutcomeVector, sourceAt } from '../../outcome/outcome-vector.ts';
import { drawFraction } from '../../policy/decide.ts';
import type { Study } from '../problem/study.ts';
import { at, floatAt, intAt } from '../rows/at.ts';

/** The part of the sessions that follows a policy; the rest stays with the baseline. */
export interface Arm {
  /** Above 0, below 1. */
  readonly share: number;
  /** What keeps to its arm. */
  readonly by: 'session' | 'request';
  /** Draws the sessions: see `drawFraction`. */
  readonly salt: string;
  /** Largest loss of quality allowed within the arm. @default the larger of 0.1 and twice the margin */
  readonly loss?: number | undefined;
}

/** Shares at which a candidate joins the list besides the whole. */
export const armShares = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1] as const;

/** A share is no way to hide a broken target: the arm itself may lose this much, or twice the margin. */
const leastLoss = 0.1;

/** Most that the arm itself may lose, beside the margin over all traffic. */
export function armLoss(margin: number, { loss }: Pick<Arm, 'loss'>): number {
  return loss ?? Math.max(leastLoss, 2 * margin);
}

/**
 * The margin within the arm: "mean(p d) > -m" over all traffic is "mean(d) > -m / p" over the arm,
 * and the arm may not lose more than its own limit.
 */
export function armMargin(margin: number, arm: Arm): number {
  return Math.min(margin / arm.share, armLoss(margin, arm));
}

/** ` by all traffic, within 0.05 in the arm of 40 %`; nothing without an arm. */
export function formatShare(arm: Arm | undefined, margin: number): string {
  if (!arm) return '';
  return ` over all traffic, within ${Number(margin.toFixed(4))} in the arm of ${Math.round(100 * arm.share)} %`;
}

/** What each row gives with its session in the arm that its hash gives: rows outside as the baseline. */
export function drawArm(study: Study, vector: OutcomeVector, { share, salt }: Arm): OutcomeVector {
  const { table, baseline, units } = study;
  const made = emptyVector(vector.name, table.rows);
  const inside = new Uint8Array(units.names.count);
  for (let code = 0; code < units.names.count; code++) {
    inside[code] = drawFraction(salt, units.names.name(code)) < share ? 1 : 0;
  }
  const chosen = Array.from({ length: table.rows }, (_, row) =>
    inside[intAt(units.unit, row)] === 1 ? vector : baseline,
  );
  chosen.forEach((from, row) => {
    made.cost[row] = floatAt(from.cost, row);
    made.quality[row] = intAt(from.quality, row);
    made.status[row] = at(from.status, row);
    made.source[row] = sourceAt(from, row);
  });
  for (const metric of ['latency', 'ttft'] as const) {
    const passes = Math.max(vector[metric].length, baseline[metric].length);
    for (let pass = 0; pass < passes; pass++) {
      const times = new Float32Array(table.rows).fill(Number.NaN);
      chosen.forEach((from, row) => {
        const column = from[metric][pass];
        if (column) times[row] = at(column, row);
      });
      made[metric].push(times);
    }
  }
  return made;
}
