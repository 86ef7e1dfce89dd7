import { UsageError } from '../../errors.ts';
import {
  emptyVector,
  type GrowingVector,
  type OutcomeVector,
  sourceAt,
  targetVector,
} from '../../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../../outcome/table.ts';
import { decide, toArms } from '../../policy/decide.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Features } from '../../workload/request.ts';
import { at, floatAt, intAt } from '../rows/at.ts';
import type { NamedPolicy } from './options.ts';

/** A policy as it decides each row; a split is the expectation over its arms. */
export function policyVector(table: OutcomeTable, named: NamedPolicy): OutcomeVector {
  const { name, policy } = named;
  const rules = ruleByRow(table, policy);
  const arms = policy.rules.map((rule) =>
    toArms(rule).map(({ target, share }) => ({ vector: measured(table, name, target), share })),
  );
  const made = emptyVector(name, table.rows);
  for (let row = 0; row < table.rows; row++) mix(made, row, arms[intAt(rules, row)] ?? []);
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

/** Writes the expectation over `arms` into one row; the likeliest arm's times stand for all. */
export function mix(made: GrowingVector, row: number, arms: readonly Arm[]): void {
  let [cost, quality] = [0, 0];
  let main = arms[0];
  for (const arm of arms) {
    cost += arm.share * floatAt(arm.vector.cost, row);
    const judged = intAt(arm.vector.quality, row);
    quality = judged < 0 || quality < 0 ? -1 : quality + arm.share * judged;
    if (main && arm.share > main.share) main = arm;
  }
  if (!main) return;
  made.cost[row] = Math.round(cost);
  made.quality[row] = Math.floor(quality + 1e-6);
  made.status[row] = at(main.vector.status, row);
  if (main.share === 1) made.source[row] = sourceAt(main.vector, row);
  for (const metric of ['latency', 'ttft'] as const) {
    main.vector[metric].forEach((pass, i) => {
      let times = made[metric][i];
      if (!times) {
        times = new Float32Array(made.cost.length).fill(Number.NaN);
        made[metric][i] = times;
      }
      times[row] = at(pass, row);
    });
  }
}

/** The features of a row as a policy sees them. */
export function featureReader(table: OutcomeTable): (row: number) => Features {
  const categories = [...table.features];
  return (row) => {
    const features: Record<string, string | number | boolean> = Object.create(null);
    for (const [key, { values, code }] of categories) {
      const value = values[intAt(code, row)];
      if (value !== undefined) features[key] = typed(key, value);
    }
    const tokens = intAt(table.inputTokens, row);
    if (tokens >= 0) features.input_tokens = tokens;
    return features;
  };
}

function typed(key: string, value: string): string | number | boolean {
  if (key === 'turns') return Number(value);
  return key === 'tools' || key === 'json' || key === 'vision' ? value === 'true' : value;
}
