import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { micro, type OutcomeTable } from '../../outcome/table.ts';
import type { Paired } from '../../statistics/tango.ts';
import { type Demand, needOf } from '../problem/demand.ts';
import type { Study } from '../problem/study.ts';

/** A comparison row by row: what the test sees, and how much of the rows it cannot see. */
export interface Comparison extends Paired {
  /** Share of pairs that differ. */
  readonly discordant: number;
  /** Mean difference, 0 to 1. */
  readonly difference: number;
  /** Rows that either side lacks a quality for. */
  readonly unjudged: number;
  /** Rows asked of. */
  readonly asked: number;
}

/**
 * Gains and losses of `vector` against `reference` over `rows`. With weights the counts are scaled to
 * the effective number of rows, (sum w)^2 / sum w^2.
 */
export function pairedOf(
  table: OutcomeTable,
  vector: OutcomeVector,
  reference: OutcomeVector,
  rows: Int32Array | undefined,
): Comparison {
  return compare(table, rows, (row) => {
    const [mine, other] = [vector.quality[row] as number, reference.quality[row] as number];
    return mine < 0 || other < 0 ? undefined : mine - other;
  });
}

/** The same against what a demand asks for; rows it does not speak of are left out. */
export function againstDemand(
  { table }: Study,
  vector: OutcomeVector,
  demand: Demand,
  rows: Int32Array,
): Comparison {
  const asked = demand.mask ? rows.filter((row) => demand.mask?.[row] === 1) : rows;
  return compare(table, asked, (row) => {
    const [mine, need] = [vector.quality[row] as number, needOf(demand, row)];
    return mine < 0 || need < 0 ? undefined : mine - need;
  });
}

function compare(
  table: OutcomeTable,
  rows: Int32Array | undefined,
  difference: (row: number) => number | undefined,
): Comparison {
  const asked = rows ? rows.length : table.rows;
  let [gains, losses, differ, total, squares, unjudged] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < asked; i++) {
    const row = rows ? (rows[i] as number) : i;
    const change = difference(row);
    if (change === undefined) {
      unjudged++;
      continue;
    }
    const weight = table.weight ? (table.weight[row] as number) : 1;
    total += weight;
    squares += weight * weight;
    if (change > 0) gains += weight * change;
    else losses -= weight * change;
    if (change !== 0) differ += weight;
  }
  const judged = asked - unjudged;
  const n = table.weight && squares > 0 ? (total * total) / squares : judged;
  const scale = total > 0 ? n / total / micro : 0;
  return {
    n,
    gains: gains * scale,
    losses: losses * scale,
    discordant: total > 0 ? differ / total : 0,
    difference: total > 0 ? (gains - losses) / total / micro : 0,
    unjudged,
    asked,
  };
}
