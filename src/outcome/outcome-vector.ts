import { micro, type OutcomeTable, statuses, type TargetColumn } from './table.ts';

/** What one way of serving every request gives, by row: a target, or a policy put together. */
export interface OutcomeVector {
  readonly name: string;
  readonly kind: 'target' | 'recorded' | 'policy';
  readonly status: Uint8Array;
  /** Index in the table of the target that serves each row, or every row; -1 = several or none. */
  readonly source: Int16Array | number;
  /** Rows skipped or never sent. */
  readonly absent: number;
  /** Nano-dollars, never NaN. */
  readonly cost: Float64Array;
  /** Millionths; -1 = not judged. */
  readonly quality: Int32Array;
  readonly rounded: number;
  readonly latency: readonly Float32Array[];
  readonly ttft: readonly Float32Array[];
}

/** One target for every request. Where its cost is not known it is taken at its mean. */
export function targetVector(table: OutcomeTable, index: number): OutcomeVector {
  const column = table.columns[index] as TargetColumn;
  return {
    name: table.targets[index] ?? '',
    kind: 'target',
    source: index,
    status: column.status,
    absent: column.status.reduce((count, status) => count + (isAbsent(status) ? 1 : 0), 0),
    cost: pricedEverywhere(column),
    quality: column.quality,
    rounded: column.rounded,
    latency: column.latency,
    ttft: column.ttft,
  };
}

function pricedEverywhere({ cost }: TargetColumn): Float64Array {
  let [known, total] = [0, 0];
  for (const value of cost) {
    if (!Number.isNaN(value)) {
      known++;
      total += value;
    }
  }
  if (known === cost.length) return cost;
  const mean = known > 0 ? Math.round(total / known) : 0;
  return cost.map((value) => (Number.isNaN(value) ? mean : value));
}

/** A vector that is being put together. */
export interface GrowingVector extends OutcomeVector {
  source: Int16Array;
  latency: Float32Array[];
  ttft: Float32Array[];
}

export function emptyVector(name: string, rows: number): GrowingVector {
  return {
    name,
    kind: 'policy',
    latency: [],
    ttft: [],
    rounded: 0,
    absent: 0,
    status: new Uint8Array(rows),
    source: new Int16Array(rows).fill(-1),
    cost: new Float64Array(rows),
    quality: new Int32Array(rows),
  };
}

/** Whether one target serves a row under both. */
export function sameSource(one: OutcomeVector, other: OutcomeVector, row: number): boolean {
  const source = sourceAt(one, row);
  return source >= 0 && source === sourceAt(other, row);
}

export function sourceAt({ source }: OutcomeVector, row: number): number {
  return typeof source === 'number' ? source : (source[row] as number);
}

/** A skipped request counts 0 for whoever would replace the baseline, and 1 for the baseline. */
export function asBaseline(vector: OutcomeVector): OutcomeVector {
  if (!vector.status.some(isAbsent)) return vector;
  const quality = vector.quality.map((value, row) =>
    isAbsent(vector.status[row] as number) ? micro : value,
  );
  return { ...vector, quality };
}

export function isAbsent(status: number): boolean {
  return status === statuses.missing || status === statuses.skipped;
}

/** Mean over the judged rows, 0 to 1. */
export function meanQuality(vector: OutcomeVector, table: OutcomeTable): number {
  let [total, weight] = [0, 0];
  for (let row = 0; row < table.rows; row++) {
    const quality = vector.quality[row] as number;
    if (quality < 0) continue;
    total += weightOf(table, row) * quality;
    weight += weightOf(table, row);
  }
  return weight > 0 ? total / weight / micro : 0;
}

/** Nano-dollars per request. */
export function meanCost(vector: OutcomeVector, table: OutcomeTable): number {
  const total = sum(table.rows, (row) => weightOf(table, row) * (vector.cost[row] as number));
  return total / totalWeight(table);
}

/** Mean over the passes that were timed of "slower than `atMost`", 0 to 1; not timed = slow. */
export function slowShare(times: readonly Float32Array[], row: number, atMost: number): number {
  const limit = Math.fround(atMost);
  let [slow, timed] = [0, 0];
  for (const pass of times) {
    const value = pass[row] as number;
    if (Number.isNaN(value)) continue;
    timed++;
    if (value > limit) slow++;
  }
  return timed === 0 ? 1 : slow / timed;
}

export function weightOf(table: OutcomeTable, row: number): number {
  return table.weight ? (table.weight[row] as number) : 1;
}

export function totalWeight(table: OutcomeTable): number {
  return sum(table.rows, (row) => weightOf(table, row));
}

function sum(rows: number, value: (row: number) => number): number {
  let total = 0;
  for (let row = 0; row < rows; row++) total += value(row);
  return total;
}
