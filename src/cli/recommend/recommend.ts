import {
  draftPolicy,
  type ExitCode,
  exitCodes,
  formatPolicy,
  makePolicy,
  type NamedPolicy,
  type Policy,
  parsePolicy,
  parseSlo,
  type Recommendation,
  type RecommendOptions,
  readOutcomes,
  recommend,
  writeAtomic,
} from '../../index.ts';
import type { RecommendFlags } from '../commands/recommend.ts';
import { type LoadedConfig, loadConfig } from '../config.ts';
import { readInput } from '../input.ts';
import { type Shell, say } from '../shell.ts';
import { version } from '../version.ts';
import { describeCase } from './case.ts';
import { factsOf, policyTargetsOf } from './facts.ts';
import { type Sources, sourcesOf } from './sources.ts';
import { summaryOf } from './summary.ts';

/** Finds the policy: on stdout what to deploy, on stderr why. */
export async function recommendRuns(
  runs: readonly string[],
  flags: RecommendFlags,
  shell: Shell,
): Promise<ExitCode> {
  const sources = sourcesOf(runs, flags.outcomes);
  const loaded = configOf(flags, sources);
  const table = await readOutcomes(sources.files);
  const found = recommend(table, optionsOf(flags, loaded));
  const policy = makePolicy(
    draftPolicy(found, {
      targets: policyTargetsOf(loaded?.targets ?? []),
      ...(loaded?.config.policy.sticky && { sticky: loaded.config.policy.sticky }),
      evidence: { ...evidenceOf(sources), arb: version },
    }),
  );
  const text = flags.json ? `${JSON.stringify(policy, null, 2)}\n` : formatPolicy(policy);
  if (flags.out === undefined) shell.stdout.write(text);
  else writeAtomic(flags.out, text);
  if (flags.summary !== undefined) {
    writeAtomic(flags.summary, `${JSON.stringify(summaryOf(found, policy), null, 2)}\n`);
  }
  for (const line of describeCase(found, table.rows)) say(shell.stderr, line);
  return exitCodeOf(found);
}

function exitCodeOf(found: Recommendation): ExitCode {
  if (found.status !== 'keep-current') return exitCodes.ok;
  return found.certificate?.verdict === 'INCONCLUSIVE' ? exitCodes.inconclusive : exitCodes.no;
}

/** The run keeps the targets it was made with; arb.yaml beside it is taken where it is named. */
function configOf(flags: RecommendFlags, { runs }: Sources): LoadedConfig | undefined {
  if (flags.config !== undefined) return loadConfig(flags.config);
  const [run] = runs;
  return run === undefined ? undefined : loadConfig(undefined);
}

function optionsOf(flags: RecommendFlags, loaded: LoadedConfig | undefined): RecommendOptions {
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
    sticky: policy?.sticky,
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

function namedPolicy(file: string): NamedPolicy {
  const policy: Policy = parsePolicy(readInput(file), file);
  return { name: file, policy };
}

/** What the policy should say of where its evidence came from. */
function evidenceOf({ runs, files }: Sources): Record<string, unknown> {
  const [first] = runs;
  if (!first) return { table: files.join(', ') };
  const { manifest } = first;
  return {
    run: runs.map(({ dir }) => dir).join(', '),
    workload: manifest.workload.hash.slice(0, 'sha256-'.length + 16),
    prices: manifest.prices.catalogue,
    load: { ...loadOf(manifest.load), vantage: manifest.vantage.name },
    seed: manifest.seed,
  };
}

function loadOf(load: unknown): Record<string, unknown> {
  if (typeof load !== 'object' || load === null) return {};
  const { concurrency, arrivals } = load as { concurrency?: unknown; arrivals?: unknown };
  return { concurrency, arrivals };
}
