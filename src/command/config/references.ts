import type { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { nearest } from '../../input.ts';
import { parseFloor } from '../../optimize/problem/floor.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import { hasListedValues, isFeature } from '../../workload/features.ts';

type Conditions = Readonly<Record<string, unknown>>;
type Route = string | { readonly when: Conditions; readonly use: string };
type FloorText = string | number;

/** What in arb.yaml names something else: targets, features of requests, floors, patterns. */
interface Referring {
  readonly targets: Conditions;
  readonly budget: { readonly per_target_usd: Conditions };
  readonly quality: {
    readonly baseline?: string | undefined;
    readonly floor?: FloorText | undefined;
    readonly per_task: Readonly<Record<string, FloorText>>;
    readonly judges: readonly string[];
  };
  readonly constraints: {
    readonly slo: readonly { readonly when?: Conditions | undefined }[];
    readonly residency: readonly { readonly when: Conditions }[];
  };
  readonly policy: {
    readonly by?: readonly string[] | undefined;
    readonly pin?: readonly Route[] | undefined;
    readonly forbid?: readonly Route[] | undefined;
  };
  readonly redact: { readonly patterns: Readonly<Record<string, string>> };
}

type Report = (path: (string | number)[], says: string) => void;

const listed = 'task, app, metadata.<key>, tools, json, vision or turns';

/**
 * Reports every name in arb.yaml that stands for nothing. A cap, a residency or an SLO under such a
 * name would hold for nobody in silence, and a floor would be refused after the run was paid for.
 */
export function checkReferences(config: Referring, context: z.RefinementCtx): void {
  const report: Report = (path, says) =>
    context.addIssue({ code: 'custom', path, message: says, input: undefined });
  checkTargetNames(config, report);
  checkFeatures(config, report);
  checkFloors(config, report);
  for (const [name, pattern] of Object.entries(config.redact.patterns)) {
    const fault = faultOf(() => new RegExp(pattern, 'gu'));
    if (fault) report(['redact', 'patterns', name], `${fault.message}; correct the pattern`);
  }
}

function checkTargetNames({ targets, budget, quality, policy }: Referring, report: Report): void {
  const names = Object.keys(targets);
  const check = (path: (string | number)[], name: string, others = '') => {
    if (names.includes(name)) return;
    const meant = nearest(name, names);
    const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`;
    report(path, `no target is named "${name}"; ${hint}${others}`);
  };
  for (const name of Object.keys(budget.per_target_usd)) {
    check(['budget', 'per_target_usd', name], name);
  }
  quality.judges.forEach((name, at) => void check(['quality', 'judges', at], name));
  const { baseline } = quality;
  // A name with a dot or a folder is a policy file.
  if (baseline !== undefined && baseline !== RECORDED && !/[./\\]/.test(baseline)) {
    check(['quality', 'baseline'], baseline, `, or write ${RECORDED} or a routes.yaml`);
  }
  for (const key of ['pin', 'forbid'] as const) {
    policy[key]?.forEach((one, at) => {
      if (typeof one === 'string') check(['policy', key, at], one);
      else check(['policy', key, at, 'use'], one.use);
    });
  }
}

function checkFeatures({ constraints, policy }: Referring, report: Report): void {
  const check = (path: (string | number)[], when: Conditions = {}) => {
    for (const name of Object.keys(when)) {
      if (hasListedValues(name)) continue;
      report([...path, 'when', name], `"${name}" is no feature with values; use ${listed}`);
    }
  };
  constraints.slo.forEach(({ when }, at) => void check(['constraints', 'slo', at], when));
  constraints.residency.forEach(({ when }, at) => {
    check(['constraints', 'residency', at], when);
  });
  for (const key of ['pin', 'forbid'] as const) {
    policy[key]?.forEach((one, at) => {
      if (typeof one !== 'string') check(['policy', key, at], one.when);
    });
  }
  policy.by?.forEach((name, at) => {
    if (isFeature(name)) return;
    const says = `"${name}" is no feature; use task, app, metadata.<key>, tools, json, vision, turns or input_tokens`;
    report(['policy', 'by', at], says);
  });
}

function checkFloors({ quality: { floor, per_task } }: Referring, report: Report): void {
  const check = (path: string[], text: FloorText) => {
    const fault = faultOf(() => parseFloor(String(text)));
    if (fault) report(path, fault.message);
  };
  if (floor !== undefined) check(['quality', 'floor'], floor);
  for (const [task, text] of Object.entries(per_task)) check(['quality', 'per_task', task], text);
}

function faultOf(read: () => unknown): Error | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError || error instanceof SyntaxError) return error;
    throw error;
  }
}
