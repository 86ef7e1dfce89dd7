import {
  emptyVector,
  type OutcomeVector,
  sourceAt,
  weightOf,
} from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { at, floatAt, intAt } from '../rows/at.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import type { Piece } from './instance.ts';
import type { Study } from './study.ts';

/** Index into `pieces` for each group. */
export function pieceByGroup(groups: RowGroups, pieces: readonly Piece[]): Int32Array {
  const byCell: { piece: Piece; index: number }[][] = groups.cells.map(() => []);
  pieces.forEach((piece, index) => {
    byCell[piece.cell]?.push({ piece, index });
  });
  return groups.cell.map((cell, group) => {
    const tokens = intAt(groups.tokens, group);
    const found = byCell[cell]?.find(({ piece }) => piece.from <= tokens && tokens < piece.below);
    return found?.index ?? -1;
  });
}

/** What every row gives when its group is sent to `target[group]`; times where an SLO asks. */
export function assignedVector(study: Study, { of }: RowGroups, target: Int32Array): OutcomeVector {
  const { vectors, table, options } = study;
  const made = emptyVector('policy', table.rows);
  for (let row = 0; row < table.rows; row++) {
    const vector = vectors[intAt(target, intAt(of, row))];
    if (!vector) continue;
    made.cost[row] = floatAt(vector.cost, row);
    made.quality[row] = intAt(vector.quality, row);
    made.status[row] = at(vector.status, row);
    made.source[row] = sourceAt(vector, row);
  }
  const asked = new Set(options.slos.map((slo) => (slo.metric === 'ttft_ms' ? 'ttft' : 'latency')));
  for (const metric of asked) {
    const passes = Math.max(...vectors.map((vector) => vector[metric].length));
    for (let pass = 0; pass < passes; pass++) {
      const times = new Float32Array(table.rows).fill(Number.NaN);
      for (let row = 0; row < table.rows; row++) {
        const column = vectors[intAt(target, intAt(of, row))]?.[metric][pass];
        if (column) times[row] = at(column, row);
      }
      made[metric].push(times);
    }
  }
  return made;
}

/** Means over rows. */
export interface Score {
  readonly n: number;
  /** 0 to 1, over the judged. */
  readonly quality: number;
  /** USD per request. */
  readonly costUsd: number;
  readonly unjudged: number;
}

export function scoreRows({ table }: Study, vector: OutcomeVector, rows?: Int32Array): Score {
  let [quality, judged, cost, total, unjudged] = [0, 0, 0, 0, 0];
  const n = rows ? rows.length : table.rows;
  for (let i = 0; i < n; i++) {
    const row = rows ? intAt(rows, i) : i;
    const weight = weightOf(table, row);
    const value = intAt(vector.quality, row);
    cost += weight * floatAt(vector.cost, row);
    total += weight;
    if (value < 0) unjudged++;
    else {
      quality += weight * value;
      judged += weight;
    }
  }
  return {
    n,
    quality: judged > 0 ? quality / judged / micro : 0,
    costUsd: total > 0 ? cost / total / 1e9 : 0,
    unjudged,
  };
}
