import { join } from 'node:path';
import {
  configOfRun,
  type LoadedConfig,
  loadConfig,
  type NamedPolicy,
  parsePolicy,
  parseSlo,
  type RecommendOptions,
  readInput,
} from '../../index.ts';
import type { RecommendFlags } from '../commands/recommend.ts';
import { factsOf } from './facts.ts';
import type { Sources } from './sources.ts';

/** As named, else as the run was made with; anybody's table has none. */
export function configOf(flags: RecommendFlags, { runs }: Sources): LoadedConfig | undefined {
  if (flags.config !== undefined) return loadConfig(flags.config);
  const [run] = runs;
  return run && configOfRun(run.manifest.config, join(run.dir, 'manifest.json'));
}

/** What is asked: the command line wins over arb.yaml. */
export function optionsOf(
  flags: RecommendFlags,
  loaded: LoadedConfig | undefined,
): RecommendOptions {
  const { quality, policy, constraints } = loaded?.config ?? {};
  const given = {
    by: flags.by ?? policy?.by,
    floor: flags.floor ?? (quality?.floor === undefined ? undefined : String(quality.floor)),
    baseline: baselineOf(flags.baseline ?? quality?.baseline),
    maxRules: flags.maxRules ?? policy?.max_rules,
    maxThresholds: flags.maxThresholds ?? policy?.max_thresholds,
    maxTargets: flags.maxTargets ?? policy?.max_targets,
    peakRpm: flags.peakRpm,
    maxProviderShare: flags.maxProviderShare,
    include: flags.include,
    alpha: flags.alpha,
    reportPart: flags.reportPart,
    splitSeed: flags.splitSeed,
    timeLimitMs: flags.timeLimit === undefined ? undefined : flags.timeLimit * 1_000,
    now: () => performance.now(),
    sticky: policy?.sticky,
    current: flags.current === undefined ? undefined : namedPolicy(flags.current),
  };
  const slos = (constraints?.slo ?? []).map(({ at_most, when, ...slo }) => ({
    ...slo,
    atMost: at_most,
    ...(when && { when }),
  }));
  return {
    ...withoutAbsent(given),
    perTask: Object.fromEntries(
      Object.entries(quality?.per_task ?? {}).map(([task, floor]) => [task, String(floor)]),
    ),
    slos: [...slos, ...(flags.slo ?? []).map(parseSlo)],
    residency: constraints?.residency ?? [],
    targets: factsOf(loaded?.targets ?? []),
    rivals: (flags.rival ?? []).map(namedPolicy),
    proof: flags.certify ? 'certify' : 'none',
  };
}

function withoutAbsent<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** A name, or a policy where the name is that of a file. */
function baselineOf(name: string | undefined): string | NamedPolicy | undefined {
  if (name === undefined || !/\.(?:ya?ml|json)$/.test(name)) return name;
  return namedPolicy(name);
}

/** A policy under the name of its file. */
export function namedPolicy(file: string): NamedPolicy {
  return { name: file, policy: parsePolicy(readInput(file), file) };
}
