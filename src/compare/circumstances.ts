import { isDeepStrictEqual } from 'node:util';
import { toFileNames } from '../record.ts';
import type { Manifest } from '../store/manifest.ts';
import { type ChangeMetric, type Circumstance, changeMetrics, type Refusal } from './change.ts';

const times = (Object.keys(changeMetrics) as ChangeMetric[]).filter(
  (metric) => changeMetrics[metric].unit === 'ms',
);

/** What is not the same in two runs, and what must not be compared for it. */
export interface Differences {
  readonly circumstances: readonly Circumstance[];
  readonly refusals: readonly Refusal[];
}

/** Compares the manifests of two runs: what differs is named, or forbids a comparison. */
export function findDifferences(before: Manifest, after: Manifest): Differences {
  const circumstances: Circumstance[] = [];
  const refusals: Refusal[] = [];
  const differ = (what: string, one: unknown, other: unknown): boolean => {
    if (isDeepStrictEqual(one, other)) return false;
    circumstances.push({ what, before: toWords(one), after: toWords(other) });
    return true;
  };
  differ('arb', before.arb, after.arb);
  differ('Node', before.versions.node, after.versions.node);
  differ('workload', before.workload.hash, after.workload.hash);
  differ('requests', before.workload.requests, after.workload.requests);
  differ('passes', before.passes, after.passes);
  if (differ('vantage', toVantage(before), toVantage(after))) {
    refusals.push({ metrics: times, why: 'times were measured from different places' });
  }
  if (differ('load', toLoad(before), toLoad(after))) {
    refusals.push({ metrics: times, why: 'times were measured under different loads' });
  }
  if (differ('judges', listJudges(before), listJudges(after))) {
    refusals.push({ metrics: ['quality'], why: 'quality was judged by different judges' });
  }
  for (const run of [before, after]) {
    if (run.invalid.length === 0) continue;
    const [first = '', ...others] = run.invalid;
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    // What is to be done about it stands with the run.
    const [fault] = first.split(/\. (?=[A-Z])/);
    const why = `the run of ${run.started_at} is not valid: ${fault}${more}`;
    refusals.push({ metrics: times, why });
  }
  for (const [target, one, other] of bothOf(listTargets(before), listTargets(after))) {
    differ(`target ${target}`, one, other);
  }
  for (const [target, one, other] of bothOf(before.prices.by_target, after.prices.by_target)) {
    differ(`price of ${target} (USD per million tokens)`, one, other);
  }
  for (const [target, one, other] of bothOf(before.served_models, after.served_models)) {
    differ(`model served by ${target}`, Object.keys(one).sort(), Object.keys(other).sort());
  }
  return { circumstances, refusals };
}

/** Older manifests have names of the code in it. */
const toLoad = ({ load }: Manifest) =>
  typeof load === 'object' && load !== null ? toFileNames(load) : load;

/** What both have a value for, by name. */
export function bothOf<Value>(
  one: Readonly<Record<string, Value>> = {},
  other: Readonly<Record<string, Value>> = {},
): [name: string, before: Value, after: Value][] {
  return Object.entries(one).flatMap(([name, value]): [string, Value, Value][] => {
    const found = Object.hasOwn(other, name) ? other[name] : undefined;
    return found === undefined ? [] : [[name, value, found]];
  });
}

const toVantage = ({ vantage: { name, cpus } }: Manifest) => ({ name, cpus });

/** What arb.yaml said, without what may change from night to night and says nothing of an answer. */
function listTargets({ config }: Manifest): Record<string, unknown> {
  const targets = partOf(config, 'targets');
  const entries = Object.entries(targets).map(([name, target]) => {
    const { price: _, api_key_env: __, limits: ___, ...kept } = target as Record<string, unknown>;
    return [name, kept] as const;
  });
  return Object.fromEntries(entries);
}

function listJudges(manifest: Manifest): unknown {
  const names = partOf(manifest.config, 'quality').judges;
  if (!Array.isArray(names)) return [];
  const targets = partOf(manifest.config, 'targets');
  return names.map((name) => ({ name, model: partOf(targets, String(name)).model }));
}

function partOf(value: unknown, name: string): Record<string, unknown> {
  const inner = (value as Record<string, unknown> | undefined)?.[name];
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
}

function toWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
