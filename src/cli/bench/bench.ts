import {
  type Calibration,
  type ExitCode,
  exitCodes,
  type JudgingReport,
  type LoadedConfig,
  limitHeapGrowth,
  loadConfig,
  openLedger,
  RECORDED,
  type ResumeState,
  type Run,
  RunWriter,
  readAttempts,
  readOutcomeRows,
  refuseInvalid,
  type StopReason,
  startReplay,
  surveyWorkload,
  writeManifest,
} from '../../index.ts';
import type { BenchOptions } from '../commands/bench.ts';
import { judgeAnswers } from '../judge/judge.ts';
import { type Shell, say } from '../shell.ts';
import { calibrate } from './calibrate.ts';
import { calibrationLoad, plannedStreams } from './calibration-load.ts';
import { conclude } from './conclude.ts';
import { type Progress, showProgress } from './progress.ts';
import { Recorder } from './recorder.ts';
import { sampled } from './sample.ts';
import { openSession, type Session } from './session.ts';

/** Replays a workload and leaves a run directory. */
export async function bench(
  workload: string,
  options: BenchOptions,
  shell: Shell,
): Promise<ExitCode> {
  limitHeapGrowth();
  const loaded = loadConfig(options.config);
  const survey = await surveyWorkload(workload);
  if (!options.skipInvalid) refuseInvalid(survey);
  const sample = sampled(survey, options.requests, options.seed);
  const { count: requests } = sample;
  const session = await openSession({ loaded, options, survey, requests, shell });
  const { dir, manifest, plan, earlier, passesOf } = session;
  const writer = options.resume ? RunWriter.resume(dir, manifest) : RunWriter.create(dir, manifest);
  const asked = (target: string, pass: number) => pass <= passesOf(target);
  const recorder = new Recorder({
    writer,
    targets: manifest.targets,
    priced: plan.targets,
    load: plan.load.arrivals.mode === 'closed' ? 'closed' : 'open',
    targetsLeft: (id, pass) =>
      manifest.targets.filter((target) => asked(target, pass)).length -
      (earlier?.settled(id, pass) ?? 0),
    recordedBefore: (id) => earlier?.done(id, RECORDED, 1) ?? false,
    keepAnswers: options.answers,
    slos: loaded.config.constraints.slo,
  });
  const ledger = plan.budget && openLedger(dir, manifest.arb);
  let why: StopReason;
  let calibration: Calibration | 'none';
  try {
    const found = await calibrationOf(session, options, shell);
    if (found === 'interrupted') return exitCodes.interrupted;
    calibration = found;
    if (earlier) {
      await recorder.takeEarlier(readAttempts(dir), readOutcomeRows(dir));
      say(shell.stderr, resumeLine(dir, earlier, recorder));
    }
    let pass = 0;
    const requestsOfPass = () => {
      pass += 1;
      return recorder.follow(sample.requests(), pass);
    };
    const done = (id: string, target: string, round: number) =>
      !asked(target, round) || (earlier?.done(id, target, round) ?? false);
    // Before anything is sent: what the screen stands on takes its time to load.
    const progress = await showProgress(shell, recorder, {
      ...session,
      json: options.json ?? false,
    });
    const start = () =>
      startReplay(plan, requestsOfPass, {
        ...{ done, process: shell.process },
        ...(ledger && { ledger: ledger.port }),
      });
    why = await follow(start, { recorder, progress, shell });
  } finally {
    try {
      recorder.close();
    } finally {
      await ledger?.close();
    }
  }
  const judging = await judgeAfter(session, { loaded, why, options, shell });
  return conclude(session, {
    ...{ recorder, why, options, shell },
    ...(judging && { judging }),
    ...(calibration !== 'none' && { calibration }),
  });
}

/** From the earlier part of the run, or made now where it is asked for; nothing is sent before. */
async function calibrationOf(
  { dir, manifest, plan }: Session,
  options: BenchOptions,
  shell: Shell,
): Promise<Calibration | 'none' | 'interrupted'> {
  if (manifest.calibration) return manifest.calibration;
  if (!options.calibrate) return 'none';
  const load = calibrationLoad(plannedStreams(plan));
  const calibration = await calibrate(load, { seed: plan.seed, shell });
  if (calibration) {
    writeManifest(dir, { ...manifest, calibration });
    return calibration;
  }
  const next = `--resume --calibrate --out ${dir}`;
  say(shell.stderr, `interrupted before anything was sent; go on with ${next}`);
  return 'interrupted';
}

interface After {
  readonly loaded: LoadedConfig;
  readonly why: StopReason;
  readonly options: BenchOptions;
  readonly shell: Shell;
}

/** Where judges are named, they judge what no check could; an interrupted run is judged later. */
async function judgeAfter(
  { dir }: Session,
  { loaded, why, options, shell }: After,
): Promise<JudgingReport | undefined> {
  const { judges, measure } = loaded.config.quality;
  if ((judges.length === 0 && !measure) || why !== 'done' || !options.answers) return;
  const { config, json } = options;
  const flags = { ...(config !== undefined && { config }), ...(json && { json }) };
  return judgeAnswers(dir, { loaded, flags, shell });
}

interface Watch {
  readonly recorder: Recorder;
  readonly progress: Progress;
  readonly shell: Shell;
}

/** Takes every event to the recorder while the screen shows how it goes. */
async function follow(start: () => Run, { recorder, progress, shell }: Watch): Promise<StopReason> {
  let interrupts = 0;
  let stopListening = () => {};
  let why: StopReason = 'done';
  try {
    const run = start();
    stopListening = shell.onInterrupt(() => {
      interrupts += 1;
      progress.draining();
      if (interrupts === 1) run.drain();
      else run.abort();
    });
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

function resumeLine(dir: string, earlier: ResumeState, recorder: Recorder): string {
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
