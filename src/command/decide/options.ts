import { existsSync } from 'node:fs';
import type { NamedPolicy, RecommendOptions } from '../../optimize/problem/options.ts';
import { formatSlo, parseSlo, type Slo } from '../../optimize/problem/slo.ts';
import type { Setting, SettingSource } from '../../optimize/setting.ts';
import type { Policy } from '../../policy/policy.ts';
import { parsePolicy } from '../../policy/write.ts';
import { listFixed, readFixedRoutes } from '../config/fixed-routes.ts';
import { readInput } from '../config/input.ts';
import type { Config } from '../config/schema.ts';
import type { Configs } from './configs.ts';
import type { DecisionRequest, RecommendRequest } from './decision-request.ts';
import { toTargetFacts } from './target-facts.ts';

/** The request in the optimiser's terms, and where what it is held to was taken from. */
export interface Held {
  readonly options: RecommendOptions;
  readonly settings: readonly Setting[];
}

/** What a policy that is checked says of itself. */
export type PolicyEvidence = NonNullable<Policy['evidence']>;

export function toOptions(
  request: RecommendRequest,
  configs: Configs,
  evidence?: PolicyEvidence,
): Held {
  const [now, run] = [configs.now?.config, configs.run?.config];
  const baseline = firstSaid([
    ['request', request.baseline],
    ['policy', toMeasuredName(evidence?.baseline, configs)],
    ['config', now?.quality.baseline],
    ['run', run?.quality.baseline],
  ]);
  const floor = firstSaid([
    ['request', request.floor],
    ['policy', toText(evidence?.floor)],
    ['config', toText(now?.quality.floor)],
    ['run', toText(run?.quality.floor)],
    // A margin below the best target says little about a baseline that is not the best.
    ['default', baseline && 'baseline-0.02'],
  ]);
  const perTask = firstSaid([
    ['config', filled(now?.quality.per_task)],
    ['run', filled(run?.quality.per_task)],
  ]);
  const slos = firstSaid<readonly Slo[]>([
    ['request', request.slos?.length ? request.slos.map(parseSlo) : undefined],
    ['config', listSlos(now)],
    ['run', listSlos(run)],
  ]);
  const own = now?.policy;
  const earlier = run?.policy;
  const options = withoutAbsent({
    by: request.by ?? own?.by ?? earlier?.by,
    floor: floor?.value,
    floorBy: request.floorBy,
    baseline: baseline && toBaseline(baseline.value),
    maxRules: request.maxRules ?? own?.max_rules ?? earlier?.max_rules,
    maxThresholds: request.maxThresholds ?? own?.max_thresholds ?? earlier?.max_thresholds,
    maxTargets: request.maxTargets ?? own?.max_targets ?? earlier?.max_targets,
    peakRpm: request.peakRpm,
    maxProviderShare: request.maxProviderShare,
    include: request.include,
    alpha: request.alpha,
    reportPart: request.reportPart,
    splitSalt: request.splitSalt ?? own?.split_salt ?? earlier?.split_salt,
    armSalt: own?.arm_salt ?? earlier?.arm_salt,
    armLoss: request.armLoss ?? own?.arm_loss ?? earlier?.arm_loss,
    arms: request.shares === false ? ('none' as const) : undefined,
    taskLoss: request.allowTaskLoss === true ? ('allowed' as const) : undefined,
    simpler: request.simpler,
    timeLimitMs: request.timeLimitMs,
    now: () => performance.now(),
    sticky: own?.sticky ?? earlier?.sticky,
    current: request.current === undefined ? undefined : toNamedPolicy(request.current),
  });
  return {
    options: {
      ...options,
      perTask: Object.fromEntries(
        Object.entries(perTask?.value ?? {}).map(([task, value]) => [task, String(value)]),
      ),
      slos: slos?.value ?? [],
      residency: (now ?? run)?.constraints.residency ?? [],
      ...readFixedRoutes(toTargetFacts(configs.targets), own ?? earlier ?? {}),
      rivals: (request.rivals ?? []).map(toNamedPolicy),
      proof: (request.certify ?? true) ? 'certify' : 'none',
    },
    settings: [
      { name: 'floor', value: floor?.value ?? 'best-0.02', from: floor?.from ?? 'default' },
      {
        name: 'baseline',
        value: baseline ? nameOf(baseline.value) : 'the best single target',
        from: baseline?.from ?? 'default',
      },
      ...(request.floorBy === undefined
        ? []
        : [{ name: 'floor by', value: request.floorBy, from: 'request' } as const]),
      ...Object.entries(perTask?.value ?? {}).map(([task, value]): Setting => {
        return { name: 'floor for task', value: `${task} ${value}`, from: perTask?.from ?? 'run' };
      }),
      ...(slos?.value ?? []).map((slo): Setting => {
        return { name: 'SLO', value: formatSlo(slo), from: slos?.from ?? 'run' };
      }),
      ...listFixed(own ?? earlier ?? {}, own ? 'config' : 'run'),
    ],
  };
}

interface Said<T> {
  readonly value: T;
  readonly from: SettingSource;
}

function firstSaid<T>(
  said: readonly (readonly [SettingSource, T | undefined])[],
): Said<T> | undefined {
  for (const [from, value] of said) if (value !== undefined) return { value, from };
  return undefined;
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function filled<T extends object>(value: T | undefined): T | undefined {
  return value && Object.keys(value).length > 0 ? value : undefined;
}

/** A policy's evidence may name a baseline that this run knows nothing of. */
function toMeasuredName(value: unknown, { targets }: Configs): string | undefined {
  const name = toText(value);
  if (name === undefined) return undefined;
  const known = name === 'recorded' || targets.some((target) => target.name === name);
  return known || (isPolicyFile(name) && existsSync(name)) ? name : undefined;
}

function listSlos(config: Config | undefined): readonly Slo[] | undefined {
  const slos = (config?.constraints.slo ?? []).map(({ at_most, when, ...slo }) => ({
    ...slo,
    atMost: at_most,
    ...(when && { when }),
  }));
  return slos.length > 0 ? slos : undefined;
}

function withoutAbsent<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> };
}

const isPolicyFile = (name: string) => /\.(?:ya?ml|json)$/.test(name);

const nameOf = (named: string | NamedPolicy) => (typeof named === 'string' ? named : named.name);

/** A name stands for a policy where it is that of a file. */
function toBaseline(baseline: NonNullable<DecisionRequest['baseline']>): string | NamedPolicy {
  if (typeof baseline !== 'string' || !isPolicyFile(baseline)) return baseline;
  return toNamedPolicy(baseline);
}

/** A policy under the name of its file. @throws UsageError */
export function toNamedPolicy(policy: string | NamedPolicy): NamedPolicy {
  if (typeof policy !== 'string') return policy;
  return { name: policy, policy: parsePolicy(readInput(policy), policy) };
}
