import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../../../errors.ts';
import { catalogueDate } from '../../../price/catalogue.ts';
import { listAnswerChanges } from '../../../provider/target/answer-changes.ts';
import type { Target } from '../../../provider/target/target.ts';
import { toFileNames } from '../../../record.ts';
import { planReplay, type ReplayPlan } from '../../../replay/load/plan.ts';
import { listRuns } from '../../../store/find-runs.ts';
import { describeMachine, type Manifest } from '../../../store/manifest.ts';
import { reopenUnanswered } from '../../../store/reopen.ts';
import { type ResumeState, readResumeState } from '../../../store/resume-state.ts';
import { readOutcomeRows } from '../../../store/rows.ts';
import { makeFreshRunDirectory, makeRunDirectory, readManifest } from '../../../store/run.ts';
import { usd } from '../../../units.ts';
import type { Survey } from '../../../workload/read.ts';
import { configOfRun, type LoadedConfig } from '../../config/config.ts';
import { readKeys } from '../../config/keys.ts';
import { loadOptions, retryOptions } from '../../config/load-options.ts';
import { clientOptions } from '../../config/network.ts';
import type { CommandContext, Env } from '../../context.ts';
import { version } from '../../version.ts';
import { pricesByTarget } from '../prices/lists.ts';
import { type BenchOptions, type NormalBenchOptions, normalBenchOptions } from './bench-options.ts';

/** Everything a bench needs, resolved before anything is sent. */
export interface Session {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly plan: ReplayPlan;
  readonly requests: number;
  readonly earlier?: ResumeState;
  /** Failures of the earlier part that are asked again: they never reached an answer. */
  readonly reopened: number;
  /** Targets of the earlier part whose price in arb.yaml is another one now. */
  readonly repriced: readonly string[];
  /** `quality.baseline` of arb.yaml. */
  readonly baseline: string | undefined;
  /** How often a target is asked each request. */
  readonly passesOf: (target: string) => number;
}

interface SessionParts {
  readonly dir: string;
  readonly loaded: LoadedConfig;
  readonly options: NormalBenchOptions;
  readonly survey: Survey;
  /** The workload is copied into the run directory. */
  readonly isCopy: boolean;
  readonly requests: number;
  readonly context: CommandContext;
}

/**
 * Resolves what to do. `dir` is locked; of a run that is resumed, the failures to be asked again are
 * taken out of its outcomes, and nothing else is written yet.
 */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { loaded, options, survey, isCopy, requests, context, dir } = parts;
  const targets = loaded.targets.filter((target) => target.role === 'candidate');
  const keys = readKeys(targets, context.env, options.allowKey);
  // What judging would be refused for in the end is refused before the targets are paid.
  if (options.answers) readKeys(listJudges(loaded), context.env, options.allowKey);
  const repriced = options.resume ? await compareWithBegun(dir, parts, targets) : [];
  const reopened = options.resume ? await reopenUnanswered(dir) : 0;
  const earlier = options.resume ? await readResumeState(dir) : undefined;
  const twice = findSampledTwice(loaded);
  const passes = twice === undefined ? options.passes : Math.max(2, options.passes);
  const { env } = context;
  const plan = createPlan({
    loaded,
    targets,
    keys,
    options,
    passes,
    env,
    ...(earlier && { earlier }),
  });
  const manifest = options.resume
    ? { ...readManifest(dir), config: loaded.config, state: 'running' as const }
    : createManifest(plan, {
        loaded,
        options,
        workload: {
          file: isCopy ? join(dir, 'workload.jsonl') : survey.file,
          hash: survey.hash,
          requests,
        },
        now: context.now(),
      });
  const passesOf = (target: string) => (target === twice ? passes : options.passes);
  return {
    dir,
    manifest,
    plan,
    requests,
    passesOf,
    baseline: loaded.config.quality.baseline,
    reopened,
    repriced,
    ...(earlier && { earlier }),
  };
}

const listJudges = ({ config, targets }: LoadedConfig) =>
  targets.filter(({ name }) => config.quality.judges.includes(name));

/** Under judges the baseline answers twice: its difference to itself is the noise floor. */
export function findSampledTwice({ config, targets }: LoadedConfig) {
  const name = config.quality.baseline;
  const judged = config.quality.judges.length > 0;
  return judged && targets.some((target) => target.name === name) ? name : undefined;
}

interface PlanParts {
  readonly loaded: LoadedConfig;
  readonly targets: readonly Target[];
  readonly keys: Readonly<Record<string, string>>;
  readonly options: NormalBenchOptions;
  readonly passes: number;
  readonly env: Env;
  readonly earlier?: ResumeState;
}

/** The command line wins over arb.yaml. */
function createPlan(parts: PlanParts): ReplayPlan {
  const { loaded, targets, keys, options, passes, env, earlier } = parts;
  const { config, file } = loaded;
  const cap = options.maxUsd ?? config.budget.max_usd;
  const perTarget = config.budget.per_target_usd;
  const capped = cap !== undefined || Object.keys(perTarget).length > 0;
  return planReplay({
    targets,
    keys,
    client: clientOptions(env),
    residency: config.constraints.residency,
    seed: options.seed,
    passes,
    retries: retryOptions(config),
    load: loadOptions(config, options, file),
    ...(capped && {
      budget: {
        ...(cap !== undefined && { run: usd(cap) }),
        targets: toDollars(perTarget),
        spent: toDollars(earlier?.spent ?? {}),
        lost: usd(earlier?.lost ?? 0),
      },
    }),
  });
}

function toDollars(amounts: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, usd(amount)]));
}

/** Makes the folder of the run, or finds it: as told, the run to be resumed, or a new one named by date. */
export function openRunDirectory(options: NormalBenchOptions, survey: Survey, now: Date): string {
  const { out, resume, name, umask } = options;
  if (out !== undefined) {
    makeRunDirectory(out, umask);
    return out;
  }
  if (!resume) {
    return makeFreshRunDirectory(
      join('reports', `${now.toISOString().slice(0, 10)}-${name}`),
      umask,
    );
  }
  const open = listRuns('reports').find(
    ({ manifest }) => manifest.state !== 'complete' && manifest.workload.hash === survey.hash,
  );
  if (open) return open.dir;
  throw new UsageError(
    `--resume: no unfinished run of ${survey.name} under reports/. Name it with --out, or start anew without --resume.`,
  );
}

/**
 * The sample of a run that is resumed is the one it was begun with.
 *
 * @throws UsageError where another one is asked for.
 */
export function asBegun(
  given: BenchOptions,
  { workload, seed, passes }: Manifest,
  { survey, loaded }: Pick<SessionParts, 'survey' | 'loaded'>,
): NormalBenchOptions {
  const asked = given.requests && Math.min(given.requests, survey.requests);
  refuseOther('--requests', asked, workload.requests);
  refuseOther('--seed', given.seed, seed);
  const begun = { ...given, requests: workload.requests, seed };
  // Under judges the manifest's passes are those of the baseline, which is asked once more.
  if (findSampledTwice(loaded) !== undefined) return normalBenchOptions(begun);
  refuseOther('--passes', given.passes, passes);
  return normalBenchOptions({ ...begun, passes });
}

function refuseOther(flag: string, asked: number | undefined, begun: number): void {
  if (asked === undefined || asked === begun) return;
  throw new UsageError(
    `--resume: the run began with ${flag} ${begun}, and ${flag} ${asked} would be another one. Leave it out, or start a new run.`,
  );
}

/**
 * Before anything of the run is touched. Returns the targets whose price is another one now.
 *
 * @throws UsageError where it would be another run.
 */
async function compareWithBegun(
  dir: string,
  { survey, loaded }: SessionParts,
  targets: readonly Target[],
): Promise<string[]> {
  const manifest = readManifest(dir);
  if (manifest.workload.hash !== survey.hash) {
    throw new UsageError(
      `${survey.name}: is not the workload this run began with (${manifest.workload.file}). Start a new run.`,
    );
  }
  const names = targets.map((target) => target.name);
  const same =
    names.length === manifest.targets.length && names.every((n) => manifest.targets.includes(n));
  if (!same) {
    throw new UsageError(
      `--resume: the run began with the targets ${manifest.targets.join(', ')}; ${loaded.file} now has ${names.join(', ')}. Put them back, give --targets ${manifest.targets.join(',')} where there are more, or start a new run.`,
    );
  }
  const before = configOfRun(manifest.config, join(dir, 'manifest.json')).targets;
  const answered = new Set<string>();
  for await (const { status, target } of readOutcomeRows(dir)) {
    if (status === 'ok') answered.add(target);
  }
  const repriced: string[] = [];
  for (const now of targets) {
    const then = before.find(({ name }) => name === now.name);
    if (!then || !answered.has(now.name)) continue;
    const changes = listAnswerChanges(then, now);
    if (changes.length > 0) {
      throw new UsageError(
        `--resume: ${now.name}: its ${changes.join(', its ')} in ${loaded.file}, and answers to the former are on file. Put it back, or start a new run.`,
      );
    }
    if (!isSamePrice(then, now)) repriced.push(now.name);
  }
  return repriced;
}

const isSamePrice = (a: Target, b: Target) =>
  a.feePercent === b.feePercent && isDeepStrictEqual(a.price, b.price);

interface ManifestParts {
  readonly loaded: LoadedConfig;
  readonly options: NormalBenchOptions;
  readonly workload: Manifest['workload'];
  readonly now: Date;
}

function createManifest(plan: ReplayPlan, parts: ManifestParts): Manifest {
  const { loaded, options, workload, now } = parts;
  return {
    kind: 'run',
    version: 1,
    arb: version,
    name: options.name,
    state: 'running',
    invalid: [],
    started_at: now.toISOString(),
    workload,
    config: loaded.config,
    targets: plan.targets.map((target) => target.name),
    seed: plan.seed,
    passes: plan.passes,
    load: toFileNames(plan.load),
    prices: {
      catalogue: catalogueDate,
      overridden: plan.targets.filter((t) => t.price).map((t) => t.name),
      by_target: pricesByTarget(plan.targets, now),
    },
    vantage: { name: loaded.config.vantage ?? 'not said', ...describeMachine() },
    versions: { node: describeMachine().node.slice(1) },
    self: [],
  };
}
