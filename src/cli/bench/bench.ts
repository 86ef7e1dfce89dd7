import { cpus } from 'node:os';
import { join } from 'node:path';
import {
  catalogueDate,
  type Earlier,
  type ExitCode,
  listRuns,
  type Manifest,
  ms,
  planReplay,
  RECORDED,
  type ReplayPlan,
  type Run,
  RunWriter,
  readAttempts,
  readEarlier,
  readManifest,
  readOutcomeRows,
  refuseInvalid,
  type Survey,
  startReplay,
  surveyWorkload,
  type Target,
  UsageError,
  usd,
} from '../../index.ts';
import type { BenchOptions } from '../commands/bench.ts';
import { keysOf, type LoadedConfig, loadConfig, loadOptions, retryOptions } from '../config.ts';
import { type Shell, say } from '../shell.ts';
import { version } from '../version.ts';
import { conclude } from './conclude.ts';
import { showProgress } from './progress.ts';
import { Recorder } from './recorder.ts';
import { sampled } from './sample.ts';

/** Everything a bench needs, resolved before anything is sent. */
export interface Session {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly plan: ReplayPlan;
  readonly survey: Survey;
  readonly requests: number;
  readonly earlier?: Earlier;
}

/** Replays a workload and leaves a run directory. */
export async function bench(
  workload: string,
  options: BenchOptions,
  shell: Shell,
): Promise<ExitCode> {
  const loaded = loadConfig(options.config);
  const targets = loaded.targets.filter((target) => target.role === 'candidate');
  const keys = keysOf(targets, shell.env);
  const survey = await surveyWorkload(workload);
  if (!options.skipInvalid) refuseInvalid(survey);
  const sample = sampled(survey, options.requests, options.seed);
  const dir = runDirectory(options, survey, shell.now());
  const earlier = options.resume ? await readEarlier(dir) : undefined;
  const plan = planOf({ loaded, targets, keys, options, ...(earlier && { earlier }) });
  const manifest = options.resume
    ? resumed(readManifest(dir), survey, plan)
    : manifestOf(plan, { loaded, options, survey, requests: sample.count, now: shell.now() });
  const session: Session = {
    dir,
    manifest,
    plan,
    survey,
    requests: sample.count,
    ...(earlier && { earlier }),
  };
  const writer = options.resume ? RunWriter.resume(dir, manifest) : RunWriter.create(dir, manifest);
  const recorder = new Recorder({
    writer,
    targets: manifest.targets,
    load: plan.load.arrivals.mode === 'closed' ? 'closed' : 'open',
    targetsLeft: (id, pass) => targets.length - (earlier?.settled(id, pass) ?? 0),
    recordedBefore: (id) => earlier?.done(id, RECORDED, 1) ?? false,
    keepAnswers: options.answers,
  });
  try {
    if (earlier) {
      await recorder.takeEarlier(readAttempts(dir), readOutcomeRows(dir));
      say(shell.stderr, resumeLine(dir, earlier, recorder));
    }
    let pass = 0;
    const run = startReplay(
      plan,
      () => {
        pass += 1;
        return recorder.follow(sample.requests(), pass);
      },
      earlier ? { done: earlier.done } : {},
    );
    const why = await follow(run, { recorder, session, options, shell });
    return conclude(session, { recorder, why, options, shell });
  } finally {
    recorder.close();
  }
}

type Why = 'done' | 'interrupted' | 'deadline' | 'budget';

interface Watch {
  readonly recorder: Recorder;
  readonly session: Session;
  readonly options: BenchOptions;
  readonly shell: Shell;
}

/** Takes every event to the recorder while the screen shows how it goes. */
async function follow(run: Run, { recorder, session, options, shell }: Watch): Promise<Why> {
  const progress = showProgress(shell, recorder, { ...session, json: options.json ?? false });
  let interrupts = 0;
  const stopListening = shell.onInterrupt(() => {
    interrupts += 1;
    progress.draining();
    if (interrupts === 1) run.drain();
    else run.abort();
  });
  let why: Why = 'done';
  try {
    for await (const event of run) {
      recorder.take(event);
      if (event.kind === 'finished') why = event.why;
      if (event.kind === 'warning') progress.warn(recorder.warnings.at(-1) ?? '');
    }
  } finally {
    stopListening();
    progress.end();
  }
  return why;
}

interface PlanParts {
  readonly loaded: LoadedConfig;
  readonly targets: readonly Target[];
  readonly keys: Readonly<Record<string, string>>;
  readonly options: BenchOptions;
  readonly earlier?: Earlier;
}

/** The command line wins over arb.yaml. */
function planOf({ loaded, targets, keys, options, earlier }: PlanParts): ReplayPlan {
  const { config, file } = loaded;
  const cap = options.maxUsd ?? config.budget.max_usd;
  const perTarget = config.budget.per_target_usd;
  const capped = cap !== undefined || Object.keys(perTarget).length > 0;
  const { concurrency, maxInFlight, duration, deadline } = options;
  return planReplay({
    targets,
    keys,
    seed: options.seed,
    passes: options.passes,
    retries: retryOptions(config),
    load: {
      ...loadOptions(config, file),
      ...(concurrency !== undefined && { concurrency }),
      ...(maxInFlight !== undefined && { maxInFlight }),
      ...(duration !== undefined && { duration: ms(duration) }),
      ...(deadline !== undefined && { deadline: ms(deadline) }),
    },
    ...(capped && {
      budget: {
        ...(cap !== undefined && { run: usd(cap) }),
        targets: dollarsOf(perTarget),
        spent: dollarsOf(earlier?.spent ?? {}),
      },
    }),
  });
}

function dollarsOf(amounts: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, usd(amount)]));
}

/** Where the run is kept: as told, the run to be resumed, or a new folder named by date. */
function runDirectory(options: BenchOptions, survey: Survey, now: Date): string {
  if (!options.resume) {
    return options.out ?? join('reports', `${now.toISOString().slice(0, 10)}-${options.name}`);
  }
  if (options.out !== undefined) return options.out;
  const open = listRuns('reports').find(
    ({ manifest }) => manifest.state !== 'complete' && manifest.workload.hash === survey.hash,
  );
  if (open) return open.dir;
  throw new UsageError(
    `--resume: no unfinished run of ${survey.file} under reports/. Name it with --out, or start anew without --resume.`,
  );
}

function resumed(manifest: Manifest, survey: Survey, plan: ReplayPlan): Manifest {
  const names = plan.targets.map((target) => target.name);
  const same =
    names.length === manifest.targets.length && names.every((n) => manifest.targets.includes(n));
  if (manifest.workload.hash !== survey.hash) {
    throw new UsageError(
      `${survey.file}: is not the workload this run began with (${manifest.workload.file}). Start a new run.`,
    );
  }
  if (!same) {
    throw new UsageError(
      `--resume: the run began with the targets ${manifest.targets.join(', ')}; arb.yaml now has ${names.join(', ')}. Put them back, or start a new run.`,
    );
  }
  return { ...manifest, state: 'running' };
}

interface ManifestParts {
  readonly loaded: LoadedConfig;
  readonly options: BenchOptions;
  readonly survey: Survey;
  readonly requests: number;
  readonly now: Date;
}

function manifestOf(plan: ReplayPlan, parts: ManifestParts): Manifest {
  const { loaded, options, survey, requests, now } = parts;
  const processors = cpus();
  return {
    kind: 'run',
    version: 1,
    arb: version,
    name: options.name,
    state: 'running',
    invalid: [],
    started_at: now.toISOString(),
    workload: { file: survey.file, hash: survey.hash, requests },
    config: loaded.config,
    targets: plan.targets.map((target) => target.name),
    seed: plan.seed,
    passes: plan.passes,
    load: plan.load,
    prices: {
      catalogue: catalogueDate,
      overridden: plan.targets.filter((t) => t.price).map((t) => t.name),
    },
    vantage: {
      name: loaded.config.vantage ?? 'not said',
      node: process.version,
      cpus: processors.length,
    },
    versions: { node: process.versions.node, undici: process.versions.undici ?? '' },
    self: [],
  };
}

function resumeLine(dir: string, earlier: Earlier, recorder: Recorder): string {
  const { ok, failed, skipped } = [...recorder.scores.byTarget.values()].reduce(
    (sum, score) => ({
      ok: sum.ok + score.ok,
      failed: sum.failed + score.failed,
      skipped: sum.skipped + score.skipped,
    }),
    { ok: 0, failed: 0, skipped: 0 },
  );
  const doubt =
    earlier.inDoubt === 0
      ? ''
      : `; ${earlier.inDoubt} were under way when it ended, and count at their worst price`;
  return `going on with ${dir}: ${ok + failed + skipped} are done and not asked again${doubt}`;
}
