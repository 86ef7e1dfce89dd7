import { exitCodes, UsageError } from '../../../errors.ts';
import type { JudgingReport } from '../../../judge/judging-report.ts';
import type { Calibration } from '../../../measure/calibration.ts';
import { RECORDED } from '../../../outcome/recorded.ts';
import type { StopReason } from '../../../replay/event/event.ts';
import type { ReplayPlan } from '../../../replay/load/plan.ts';
import { type Run, startReplay } from '../../../replay/replay.ts';
import { limitHeapGrowth } from '../../../replay/thread/memory.ts';
import { statedErrorLimit } from '../../../replay/thread/self-check.ts';
import { lockRun } from '../../../store/file/run-lock.ts';
import { openLedger } from '../../../store/ledger/ledger.ts';
import { readAttempts, readOutcomeRows } from '../../../store/rows.ts';
import { RunWriter, readManifest, removeIfEmpty, writeManifest } from '../../../store/run.ts';
import { keepCopy } from '../../../store/scratch.ts';
import { toReadingLimits } from '../../../workload/limits.ts';
import { type LoadedConfig, loadConfig, selectTargets } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { calibrate } from '../calibrate/calibrate.ts';
import { calibrationLoad, plannedStreams } from '../calibrate/calibration-load.ts';
import { type JudgingInputs, judgeAnswers } from '../judge/judge.ts';
import { type OpenWorkload, openWorkload } from '../workload-file.ts';
import type { BenchEvent, LiveBench } from './bench-event.ts';
import { type BenchOptions, type NormalBenchOptions, normalBenchOptions } from './bench-options.ts';
import { conclude } from './conclude.ts';
import { Recorder } from './recorder.ts';
import { sampled } from './sample.ts';
import { asBegun, openRunDirectory, openSession, type Session } from './session.ts';

/**
 * Replays a workload against the targets of arb.yaml and leaves a run directory. Each event is on
 * disk before it is seen; `finished` is last and has the exit code.
 *
 * @throws UsageError, WorkloadError for what was given, StorageError where the disk is full.
 */
export async function* bench(
  workload: string,
  given: BenchOptions,
  context: CommandContext,
): AsyncGenerator<BenchEvent, void> {
  if (context.process === 'own') limitHeapGrowth();
  const loaded = selectTargets(loadConfig(given.config), given.targets);
  const { skipInvalid } = normalBenchOptions(given);
  const limits = toReadingLimits(loaded.config.limits);
  const opened = await openWorkload(workload, { stdin: context.stdin, skipInvalid, limits });
  try {
    yield* benchOpened(opened, { given, loaded, context });
  } finally {
    opened.release();
  }
}

interface Given {
  readonly given: BenchOptions;
  readonly loaded: LoadedConfig;
  readonly context: CommandContext;
}

async function* benchOpened(
  { survey, isCopy }: OpenWorkload,
  { given, loaded, context }: Given,
): AsyncGenerator<BenchEvent, void> {
  const dir = openRunDirectory(normalBenchOptions(given), survey, context.now());
  const lock = lockRun(dir);
  try {
    const options = given.resume
      ? asBegun(given, readManifest(dir), { survey, loaded })
      : normalBenchOptions(given);
    const { requests: wanted, seed } = options;
    const mode = options.load ?? loaded.config.load.mode;
    const order = mode === 'recorded' ? 'time' : 'random';
    const sample = sampled(survey, { requests: wanted, seed, order });
    const requests = sample.count;
    const session = await openSession({
      dir,
      loaded,
      options,
      survey,
      isCopy,
      requests,
      context,
    });
    const copyFrom = isCopy ? survey.file : undefined;
    yield* runSession(session, { loaded, options, sample, copyFrom, context });
  } finally {
    lock.release();
    removeIfEmpty(dir);
  }
}

interface SessionInputs {
  readonly loaded: LoadedConfig;
  readonly options: NormalBenchOptions;
  readonly sample: ReturnType<typeof sampled>;
  /** The workload, where it is kept with the run. */
  readonly copyFrom: string | undefined;
  readonly context: CommandContext;
}

async function* runSession(
  session: Session,
  { loaded, options, sample, copyFrom, context }: SessionInputs,
): AsyncGenerator<BenchEvent, void> {
  const { dir, manifest, plan } = session;
  const writer = options.resume
    ? RunWriter.resume(dir, manifest)
    : RunWriter.create(dir, manifest, options.umask);
  if (copyFrom !== undefined) keepCopy(copyFrom, manifest.workload.file);
  const recorder = openRecorder(session, { writer, options, loaded });
  const ledger = plan.budget && openLedger(dir, manifest.arb);
  let why: StopReason;
  let calibration: Calibration | undefined;
  try {
    calibration = manifest.calibration;
    if (!calibration && options.calibrate) {
      calibration = yield* calibrateFirst(session, context);
      if (!calibration) return yield interruptedEarly(dir);
    }
    if (session.earlier) yield await takeEarlier(session, recorder);
    for (const target of session.repriced) {
      const message = `${target}: its price is not the one that the run began with, and what is on file stays at the former. arb recommend ${dir} --prices LIST prices all of it alike.`;
      yield { kind: 'warning', message };
    }
    const limits = listLimits(plan, options, loaded.config.load.concurrency);
    for (const message of limits) yield { kind: 'warning', message };
    yield { kind: 'started', live: liveBench(session, recorder) };
    why = yield* follow(() => start(session, { recorder, sample, ledger, context }), {
      recorder,
      context,
    });
    yield { kind: 'measured' };
  } finally {
    try {
      recorder.close();
    } finally {
      await ledger?.close();
    }
  }
  const totalUsd = plan.budget?.run;
  const judging = options.allowKey ? { allowKey: options.allowKey } : {};
  const answered = recorder.meter.summary().targets.some(({ ok }) => ok > 0);
  const judged =
    answered && judgesNow(loaded, why, options)
      ? yield* judgeMeasured(dir, { loaded, options: judging, context, totalUsd })
      : {};
  const result = await conclude(session, { recorder, why, ...judged, calibration, context });
  yield { kind: 'finished', result };
}

/** What keeps the load below what was asked for, before anything is sent. */
function listLimits(
  plan: ReplayPlan,
  { concurrency, rate }: NormalBenchOptions,
  configured: number | undefined,
): string[] {
  if (plan.load.arrivals.mode !== 'closed') return listWaits(plan);
  const lower = lowerLimits(plan, concurrency ?? configured);
  if (rate === undefined) return lower;
  return [
    ...lower,
    `the rate of ${rate} is not used: a closed load sends whenever a place is free. Leave --load closed out.`,
  ];
}

/** In an open load, where an arrival waits for its place; by default nowhere. */
function listWaits({ targets, load }: ReplayPlan): string[] {
  const { concurrency = Infinity, maxInFlight } = load;
  const places = targets.flatMap(({ name, limits }) => {
    const most = Math.min(concurrency, limits.concurrency ?? Infinity);
    return most === Infinity ? [] : [`at most ${most} are in flight at ${name}`];
  });
  const all = maxInFlight === undefined ? [] : [`at most ${maxInFlight} are in flight in all`];
  return [...places, ...all].map(
    (most) => `${most}: what arrives beyond that waits, and its wait is in the response time.`,
  );
}

function lowerLimits({ targets, load }: ReplayPlan, asked: number | undefined): string[] {
  if (asked === undefined) return [];
  const lower = targets.flatMap(({ name, limits: { concurrency = Infinity } }) =>
    concurrency < asked
      ? `${name}: ${concurrency} in flight instead of ${asked}, by limits.concurrency of arb.yaml.`
      : [],
  );
  const sum = targets.reduce(
    (total, { limits: { concurrency = Infinity } }) => total + Math.min(asked, concurrency),
    0,
  );
  const { maxInFlight = Infinity } = load;
  return maxInFlight < sum
    ? [...lower, `${maxInFlight} in flight over all targets instead of ${sum}, by max_in_flight.`]
    : lower;
}

interface Recording {
  readonly writer: RunWriter;
  readonly options: NormalBenchOptions;
  readonly loaded: LoadedConfig;
}

function openRecorder(session: Session, { writer, options, loaded }: Recording): Recorder {
  const { manifest, plan, earlier } = session;
  return new Recorder({
    writer,
    targets: manifest.targets,
    priced: plan.targets,
    load: plan.load.arrivals.mode === 'closed' ? 'closed' : 'open',
    targetsLeft: (id, pass) =>
      manifest.targets.filter((target) => isAsked(session, target, pass)).length -
      (earlier?.settled(id, pass) ?? 0),
    recordedBefore: (id) => earlier?.done(id, RECORDED, 1) ?? false,
    keepAnswers: options.answers,
    slos: loaded.config.constraints.slo,
    checkMs: loaded.config.limits?.check_ms,
  });
}

const isAsked = ({ passesOf }: Session, target: string, pass: number) => pass <= passesOf(target);

/** The figures stay with the recorder, so that they are read as they are at that moment. */
function liveBench({ dir, plan, requests, passesOf }: Session, recorder: Recorder): LiveBench {
  return {
    dir,
    plan,
    requests,
    passesOf,
    meter: recorder.meter,
    scores: recorder.scores,
    warnings: recorder.warnings,
    statedErrorLimit,
    get self() {
      return recorder.self;
    },
  };
}

/** Nothing is sent before; undefined where it was interrupted. */
async function* calibrateFirst(
  { dir, manifest, plan }: Session,
  context: CommandContext,
): AsyncGenerator<BenchEvent, Calibration | undefined> {
  const load = calibrationLoad(plannedStreams(plan));
  yield { kind: 'calibrating', streams: load.streams };
  const calibration = await calibrate(load, { seed: plan.seed, context });
  if (calibration) writeManifest(dir, { ...manifest, calibration });
  return calibration;
}

function interruptedEarly(dir: string): BenchEvent {
  const exitCode = exitCodes.interrupted;
  return { kind: 'finished', result: { dir, why: 'interrupted', exitCode, errors: [] } };
}

async function takeEarlier(
  { dir, earlier, reopened }: Session,
  recorder: Recorder,
): Promise<BenchEvent> {
  await recorder.takeEarlier(readAttempts(dir), readOutcomeRows(dir));
  let done = 0;
  for (const { ok, failed, skipped } of recorder.scores.byTarget.values()) {
    done += ok + failed + skipped;
  }
  return { kind: 'resuming', dir, done, reopened, inDoubt: earlier?.inDoubt ?? 0 };
}

interface Starting {
  readonly recorder: Recorder;
  readonly sample: ReturnType<typeof sampled>;
  readonly ledger: ReturnType<typeof openLedger> | undefined;
  readonly context: CommandContext;
}

function start(session: Session, { recorder, sample, ledger, context }: Starting): Run {
  const { plan, earlier } = session;
  let pass = 0;
  const requestsOfPass = () => {
    pass += 1;
    return recorder.follow(sample.requests(), pass);
  };
  const done = (id: string, target: string, round: number) =>
    !isAsked(session, target, round) || (earlier?.done(id, target, round) ?? false);
  return startReplay(plan, requestsOfPass, {
    done,
    process: context.process,
    ...(ledger && { ledger: ledger.port }),
  });
}

interface Following {
  readonly recorder: Recorder;
  readonly context: CommandContext;
}

/** Takes every event to the recorder; the first interrupt drains, the second aborts. */
async function* follow(
  begin: () => Run,
  { recorder, context }: Following,
): AsyncGenerator<BenchEvent, StopReason> {
  let interrupts = 0;
  let said = recorder.warnings.length;
  let why: StopReason = 'done';
  const run = begin();
  const stopListening = context.onInterrupt(() => {
    interrupts += 1;
    if (interrupts === 1) run.drain();
    else run.abort();
  });
  try {
    for await (const event of run) {
      recorder.take(event);
      if (event.kind === 'finished') why = event.why;
      for (const message of recorder.warnings.slice(said)) yield { kind: 'warning', message };
      said = recorder.warnings.length;
    }
  } finally {
    stopListening();
  }
  return why;
}

/** Answers that were paid for are not lost where the judges are of no use. */
async function* judgeMeasured(
  dir: string,
  judging: JudgingInputs,
): AsyncGenerator<BenchEvent, { judging?: JudgingReport; refused?: string }> {
  try {
    return { judging: yield* judgeAnswers(dir, judging) };
  } catch (error) {
    if (error instanceof UsageError) return { refused: error.message };
    throw error;
  }
}

/** Where judges are named, they judge what no check could; an interrupted run is judged later. */
function judgesNow(
  { config }: LoadedConfig,
  why: StopReason,
  { answers }: NormalBenchOptions,
): boolean {
  const { judges, measure } = config.quality;
  return (judges.length > 0 || measure !== undefined) && why === 'done' && answers;
}
