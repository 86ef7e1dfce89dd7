import { join } from 'node:path';
import type { NamedPolicy, RecommendOptions } from '../../optimize/problem/options.ts';
import { parseSlo, type Slo } from '../../optimize/problem/slo.ts';
import { parsePolicy } from '../../policy/write.ts';
import { configOfRun, type LoadedConfig, loadConfig } from '../config/config.ts';
import { readInput } from '../config/input.ts';
import type { Config } from '../config/schema.ts';
import type { DecisionRequest, RecommendRequest } from './decision-request.ts';
import type { Sources } from './sources.ts';
import { toTargetFacts } from './target-facts.ts';

/** arb.yaml as named, else as the run was made with; a table that is no run's has none. */
export function findConfig(file: string | undefined, { runs }: Sources): LoadedConfig | undefined {
  if (file !== undefined) return loadConfig(file);
  const [run] = runs;
  return run && configOfRun(run.manifest.config, join(run.dir, 'manifest.json'));
}

/** The request in the optimiser's terms: what it names wins over arb.yaml. */
export function toOptions(
  request: RecommendRequest,
  loaded: LoadedConfig | undefined,
): RecommendOptions {
  const { quality, policy } = loaded?.config ?? {};
  const given = {
    by: request.by ?? policy?.by,
    floor: request.floor ?? (quality?.floor === undefined ? undefined : String(quality.floor)),
    baseline: toBaseline(request.baseline ?? quality?.baseline),
    maxRules: request.maxRules ?? policy?.max_rules,
    maxThresholds: request.maxThresholds ?? policy?.max_thresholds,
    maxTargets: request.maxTargets ?? policy?.max_targets,
    peakRpm: request.peakRpm,
    maxProviderShare: request.maxProviderShare,
    include: request.include,
    alpha: request.alpha,
    reportPart: request.reportPart,
    splitSeed: request.splitSeed,
    timeLimitMs: request.timeLimitMs,
    now: () => performance.now(),
    sticky: policy?.sticky,
    current: request.current === undefined ? undefined : toNamedPolicy(request.current),
  };
  return {
    ...withoutAbsent(given),
    perTask: Object.fromEntries(
      Object.entries(quality?.per_task ?? {}).map(([task, floor]) => [task, String(floor)]),
    ),
    slos: listSlos(request, loaded?.config),
    residency: loaded?.config.constraints.residency ?? [],
    targets: toTargetFacts(loaded?.targets ?? []),
    rivals: (request.rivals ?? []).map(toNamedPolicy),
    proof: (request.certify ?? true) ? 'certify' : 'none',
  };
}

function listSlos({ slos = [] }: DecisionRequest, config: Config | undefined): Slo[] {
  const configured = (config?.constraints.slo ?? []).map(({ at_most, when, ...slo }) => ({
    ...slo,
    atMost: at_most,
    ...(when && { when }),
  }));
  return [...configured, ...slos.map(parseSlo)];
}

function withoutAbsent<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** A name stands for a policy where it is that of a file. */
function toBaseline(baseline: string | NamedPolicy | undefined): string | NamedPolicy | undefined {
  if (typeof baseline !== 'string' || !/\.(?:ya?ml|json)$/.test(baseline)) return baseline;
  return toNamedPolicy(baseline);
}

/** A policy under the name of its file. @throws UsageError */
export function toNamedPolicy(policy: string | NamedPolicy): NamedPolicy {
  if (typeof policy !== 'string') return policy;
  return { name: policy, policy: parsePolicy(readInput(policy), policy) };
}
