import { UsageError } from '../../errors.ts';
import { micro, type OutcomeTable, statuses, type TargetColumn } from '../../outcome/table.ts';
import { armsOf, decide } from '../../policy/decide.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Features } from '../../workload/request.ts';
import type { NamedPolicy } from './options.ts';

/** What one way of serving every request gives, by row: a target, or a policy put together. */
export interface OutcomeVector {
  readonly name: string;
  readonly kind: 'target' | 'recorded' | 'policy';
  readonly status: Uint8Array;
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

/** A policy as it decides each row; a split is the expectation over its arms. */
export function policyVector(table: OutcomeTable, named: NamedPolicy): OutcomeVector {
  const { name, policy } = named;
  const rules = ruleByRow(table, policy);
  const arms = policy.rules.map((rule) =>
    armsOf(rule).map(({ target, share }) => ({ vector: measured(table, name, target), share })),
  );
  const made = emptyVector(name, table.rows);
  for (let row = 0; row < table.rows; row++) mix(made, row, arms[rules[row] as number] ?? []);
  return made;
}

/** Index of the rule that each row meets. */
export function ruleByRow(table: OutcomeTable, policy: Policy): Int32Array {
  const shown = featureReader(table);
  return Int32Array.from({ length: table.rows }, (_, row) => decide(policy, shown(row)).index);
}

function measured(table: OutcomeTable, policy: string, target: string): OutcomeVector {
  const at = table.targets.indexOf(target);
  if (at >= 0) return targetVector(table, at);
  throw new UsageError(
    `${policy} sends requests to "${target}", which was not measured. Bench it, or change the rule.`,
  );
}

interface Arm {
  readonly vector: OutcomeVector;
  readonly share: number;
}

interface GrowingVector extends OutcomeVector {
  latency: Float32Array[];
  ttft: Float32Array[];
}

export function emptyVector(name: string, rows: number): GrowingVector {
  return {
    ...{ name, kind: 'policy', latency: [], ttft: [], rounded: 0, absent: 0 },
    status: new Uint8Array(rows),
    cost: new Float64Array(rows),
    quality: new Int32Array(rows),
  };
}

/** Writes the expectation over `arms` into one row; the likeliest arm's times stand for all. */
export function mix(made: GrowingVector, row: number, arms: readonly Arm[]): void {
  let [cost, quality] = [0, 0];
  let main = arms[0];
  for (const arm of arms) {
    cost += arm.share * (arm.vector.cost[row] as number);
    const judged = arm.vector.quality[row] as number;
    quality = judged < 0 || quality < 0 ? -1 : quality + arm.share * judged;
    if (main && arm.share > main.share) main = arm;
  }
  if (!main) return;
  made.cost[row] = Math.round(cost);
  made.quality[row] = Math.floor(quality + 1e-6);
  made.status[row] = main.vector.status[row] as number;
  for (const metric of ['latency', 'ttft'] as const) {
    main.vector[metric].forEach((pass, i) => {
      let times = made[metric][i];
      if (!times) {
        times = new Float32Array(made.cost.length).fill(Number.NaN);
        made[metric][i] = times;
      }
      times[row] = pass[row] as number;
    });
  }
}

/** The features of a row as a policy sees them. */
export function featureReader(table: OutcomeTable): (row: number) => Features {
  const categories = [...table.features];
  return (row) => {
    const features: Record<string, string | number | boolean> = {};
    for (const [key, { values, code }] of categories) {
      const value = values[code[row] as number];
      if (value !== undefined) features[key] = typed(key, value);
    }
    const tokens = table.inputTokens[row] as number;
    if (tokens >= 0) features.input_tokens = tokens;
    return features;
  };
}

function typed(key: string, value: string): string | number | boolean {
  if (key === 'turns') return Number(value);
  return key === 'tools' || key === 'json' || key === 'vision' ? value === 'true' : value;
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
