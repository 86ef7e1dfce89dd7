import { type ExitCode, exitCodes } from '../../../errors.ts';
import type { JudgingReport } from '../../../judge/judging-report.ts';
import {
  type Calibration,
  calibrationFaults,
  calibrationSays,
  heldAgainst,
} from '../../../measure/calibration.ts';
import { Scoreboard } from '../../../outcome/scoreboard.ts';
import type { StopReason } from '../../../replay/event/event.ts';
import type { Manifest, RunState } from '../../../store/manifest.ts';
import { readOutcomeRows } from '../../../store/rows.ts';
import { readManifest, writeManifest } from '../../../store/run.ts';
import { type RunSummary, withQuality, writeSummary } from '../../../store/summary.ts';
import type { CommandContext } from '../../context.ts';
import type { Disclosed } from '../disclosures.ts';
import { readRoutes } from '../routes/of-run.ts';
import type { BenchResult } from './bench-event.ts';
import type { Recorder } from './recorder.ts';
import type { Session } from './session.ts';
import { summariseShared } from './shared-requests.ts';

interface Ending {
  readonly recorder: Recorder;
  readonly why: StopReason;
  readonly judging?: JudgingReport;
  /** Why the judges did not judge, where they were refused. */
  readonly refused?: string;
  /** Where arb was measured before the run began. */
  readonly calibration: Calibration | undefined;
  readonly context: CommandContext;
}

const states: Record<StopReason, RunState> = {
  done: 'complete',
  interrupted: 'interrupted',
  deadline: 'stopped',
  budget: 'stopped',
};

/** Writes the summary and the manifest. */
export async function conclude(session: Session, ending: Ending): Promise<BenchResult> {
  const { recorder, why, judging, refused, context } = ending;
  const scores = judging ? await readScores(session.dir) : recorder.scores;
  const { dir } = session;
  const measured = recorder.meter.summary();
  const medians = measured.targets.map(({ service }) => service.ttft_ms?.p50.value ?? Infinity);
  const calibration = ending.calibration && heldAgainst(ending.calibration, Math.min(...medians));
  const manifest: Manifest = {
    ...session.manifest,
    state: states[why],
    invalid: listFaults(session, recorder, calibration),
    ended_at: context.now().toISOString(),
    ...countedByName(session, recorder),
    in_flight: { ...session.manifest.in_flight, ...recorder.inFlight },
    self: [...session.manifest.self, ...(recorder.self ? [recorder.self] : [])],
    ...(calibration && { calibration }),
  };
  const { arbitrage, cells } = await readRoutes({
    dir,
    targets: session.plan.targets,
    servers: recorder.servers,
    at: context.now(),
    outcomes: [...scores.byTarget.values()].reduce((n, each) => n + each.ok + each.failed, 0),
  });
  const shared =
    why === 'done'
      ? undefined
      : await summariseShared(
          measured.targets.map(({ target }) => target),
          () => readOutcomeRows(dir),
        );
  const summary: RunSummary = {
    kind: 'summary',
    version: 1,
    run: dir,
    state: manifest.state,
    invalid: manifest.invalid,
    ...(calibration && { calibration }),
    ...measured,
    targets: withQuality(measured, (target) => scores.of(target)).map((target) => {
      const route = cells.get(target.target);
      const achieved = manifest.in_flight ?? {};
      const inFlight = Object.hasOwn(achieved, target.target) && achieved[target.target];
      return {
        ...target,
        ...(route && { route }),
        ...(inFlight && { in_flight: inFlight }),
      };
    }),
    ...(shared && { shared }),
    ...(arbitrage.models.length > 0 && { arbitrage }),
    mismatches: recorder.mismatches.list(),
    ...(judging && { judging }),
  };
  writeSummary(dir, summary, recorder.meter.hlog());
  writeManifest(dir, manifest);
  const ended = toExitCode(why, summary, session.baseline);
  const unjudged = refused !== undefined && ended !== exitCodes.targets;
  const exitCode = unjudged ? exitCodes.input : ended;
  return {
    dir,
    why,
    exitCode,
    summary,
    errors: [...recorder.errors].flatMap(([target, byStatus]) =>
      [...byStatus].map(([status, error]) => ({ target, status, error })),
    ),
    arbitrage,
    ...(judging && { judging }),
    ...(refused !== undefined && { refused }),
  };
}

/** A part of the run that could not be believed stays in it, whoever resumes it. */
function listFaults(
  { manifest }: Session,
  recorder: Recorder,
  calibration: Calibration | undefined,
): readonly string[] {
  const before = manifest.invalid.filter((fault) => !fault.startsWith(calibrationSays));
  const now = calibration ? calibrationFaults(calibration) : [];
  return [...new Set([...before, ...recorder.faults, ...now])];
}

/** The targets' counts are the recorder's; judges' are on file, for they count by themselves. */
function countedByName(
  { dir, plan }: Session,
  { disclosures, servedModels }: Recorder,
): Pick<Manifest, 'disclosed' | 'served_models'> {
  const { disclosed = {}, served_models = {} } = readManifest(dir);
  const targets = plan.targets.map(({ name }) => name);
  const ofJudges = (counts: Disclosed) =>
    Object.fromEntries(Object.entries(counts).filter(([name]) => !targets.includes(name)));
  return {
    disclosed: { ...ofJudges(disclosed), ...disclosures.counts },
    served_models: { ...ofJudges(served_models), ...servedModels.counts },
  };
}

/** The scores as judges left them. */
async function readScores(dir: string): Promise<Scoreboard> {
  const scores = new Scoreboard();
  for await (const outcome of readOutcomeRows(dir)) scores.add(outcome);
  return scores;
}

/**
 * How a bench ends that its judges did not refuse.
 *
 * @param baseline without which nothing can be compared, where it is one of the targets
 */
export function toBenchExitCode(
  why: StopReason,
  { targets, invalid }: RunSummary,
  baseline?: string,
): ExitCode {
  if (why === 'interrupted') return exitCodes.interrupted;
  if (why !== 'done') return exitCodes.stopped;
  const answered = targets.filter((target) => target.ok > 0).length;
  // With one target left there is nothing to choose between.
  if (answered === 0 || (answered === 1 && targets.length > 1)) return exitCodes.targets;
  if (targets.some(({ target, ok }) => target === baseline && ok === 0)) return exitCodes.targets;
  // Its times are not to be believed: a script must not go on as if they were.
  return invalid.length > 0 ? exitCodes.stopped : exitCodes.ok;
}

/** A run that is measured and not judged to its end can go on, as one that is not measured. */
function toExitCode(why: StopReason, summary: RunSummary, baseline: string | undefined): ExitCode {
  const measured = toBenchExitCode(why, summary, baseline);
  const stopped = summary.judging?.stopped;
  if (measured !== exitCodes.ok || stopped === undefined) return measured;
  return stopped === 'interrupted' ? exitCodes.interrupted : exitCodes.stopped;
}
