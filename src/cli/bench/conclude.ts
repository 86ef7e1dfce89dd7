import type { Disclosed, StopReason } from '../../index.ts';
import {
  type Calibration,
  calibrationFaults,
  calibrationSays,
  type ExitCode,
  exitCodes,
  heldAgainst,
  type JudgingReport,
  type Manifest,
  type Mismatches,
  type RunState,
  type RunSummary,
  type RunTargetSummary,
  readManifest,
  readOutcomeRows,
  routesOf,
  Scoreboard,
  withQuality,
  writeManifest,
  writeSummary,
} from '../../index.ts';
import type { BenchOptions } from '../commands/bench.ts';
import { describeArbitrage } from '../decide/arbitrage-lines.ts';
import { describeJudging } from '../judge/report.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { dollars, duration, formatTable, percent } from '../table.ts';
import { calibrationLine } from './calibration-lines.ts';
import { goodputCell, sloLines } from './goodput.ts';
import type { Recorder } from './recorder.ts';
import type { Session } from './session.ts';

interface Ending {
  readonly recorder: Recorder;
  readonly why: StopReason;
  readonly judging?: JudgingReport;
  /** Where arb was measured before the run began. */
  readonly calibration?: Calibration;
  readonly options: BenchOptions;
  readonly shell: Shell;
}

const states: Record<StopReason, RunState> = {
  done: 'complete',
  interrupted: 'interrupted',
  deadline: 'stopped',
  budget: 'stopped',
};

/** Writes the summary and the manifest, says how it went, and with which exit code. */
export async function conclude(session: Session, ending: Ending): Promise<ExitCode> {
  const { recorder, why, judging, options, shell } = ending;
  const scores = judging ? await scoresOf(session.dir) : recorder.scores;
  const { dir } = session;
  const measured = recorder.meter.summary();
  const medians = measured.targets.map(({ service }) => service.ttft_ms?.p50.value ?? Infinity);
  const calibration = ending.calibration && heldAgainst(ending.calibration, Math.min(...medians));
  const manifest: Manifest = {
    ...session.manifest,
    state: states[why],
    invalid: faultsOf(session, recorder, calibration),
    ended_at: shell.now().toISOString(),
    disclosed: disclosedBy(session, recorder),
    self: [...session.manifest.self, ...(recorder.self ? [recorder.self] : [])],
    ...(calibration && { calibration }),
  };
  const routes = await routesOf({
    ...{ dir, targets: session.plan.targets, servers: recorder.servers, at: shell.now() },
    outcomes: [...scores.byTarget.values()].reduce((n, each) => n + each.ok + each.failed, 0),
  });
  const summary: RunSummary = {
    kind: 'summary',
    version: 1,
    run: dir,
    state: manifest.state,
    invalid: manifest.invalid,
    ...(calibration && { calibration }),
    ...measured,
    targets: withQuality(measured, (target) => scores.of(target)).map((target) => {
      const route = routes.cells.get(target.target);
      return route ? { ...target, route } : target;
    }),
    ...(routes.arbitrage.models.length > 0 && { arbitrage: routes.arbitrage }),
    mismatches: recorder.mismatches.list(),
    ...(judging && { judging }),
  };
  writeSummary(dir, summary, recorder.meter.hlog());
  writeManifest(dir, manifest);
  if (options.json) sayJson(shell.stdout, summary);
  else {
    const routeLines = describeArbitrage(routes.arbitrage);
    for (const line of describe(summary, why, routeLines)) say(shell.stdout, line);
  }
  if (judging && !options.json) {
    for (const line of describeJudging(judging)) say(shell.stdout, line);
  }
  return exitCodeOf(why, summary);
}

/** A part of the run that could not be believed stays in it, whoever resumes it. */
function faultsOf(
  { manifest }: Session,
  recorder: Recorder,
  calibration: Calibration | undefined,
): readonly string[] {
  const before = manifest.invalid.filter((fault) => !fault.startsWith(calibrationSays));
  const now = calibration ? calibrationFaults(calibration) : [];
  return [...new Set([...before, ...recorder.faults, ...now])];
}

/** The targets' counts are the recorder's; judges' are on file, for they count by themselves. */
function disclosedBy({ dir, plan }: Session, { disclosures }: Recorder): Disclosed {
  const { disclosed = {} } = readManifest(dir);
  const targets = plan.targets.map(({ name }) => name);
  const judges = Object.entries(disclosed).filter(([name]) => !targets.includes(name));
  return { ...Object.fromEntries(judges), ...disclosures.counts };
}

/** The scores as judges left them. */
async function scoresOf(dir: string): Promise<Scoreboard> {
  const scores = new Scoreboard();
  for await (const outcome of readOutcomeRows(dir)) scores.add(outcome);
  return scores;
}

function exitCodeOf(why: StopReason, { targets }: RunSummary): ExitCode {
  if (why === 'interrupted') return exitCodes.interrupted;
  if (why !== 'done') return exitCodes.stopped;
  const answered = targets.filter((target) => target.ok > 0).length;
  // With one target left there is nothing to choose between.
  return answered === 0 || (answered === 1 && targets.length > 1)
    ? exitCodes.targets
    : exitCodes.ok;
}

function describe(summary: RunSummary, why: StopReason, routeLines: readonly string[]): string[] {
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'ok' },
    { title: 'failed' },
    { title: 'quality' },
    { title: '$/completed' },
    { title: 'total' },
    { title: 'TTFT p50' },
    { title: 'p99' },
    { title: 'latency p50' },
    { title: 'p99' },
    ...(summary.targets.some(({ goodput }) => goodput) ? [{ title: 'goodput' }] : []),
  ];
  return [
    ...formatTable(columns, summary.targets.map(cellsOf)),
    ...summary.targets.flatMap(failuresOf),
    ...sloLines(summary.targets),
    ...(summary.mismatches ?? []).map(mismatchLine),
    ...routeLines,
    ...(summary.calibration ? [calibrationLine(summary.calibration)] : []),
    ...summary.invalid.map((fault) => `NOT VALID: ${fault}`),
    endings[why](summary.run),
  ];
}

function mismatchLine({ target, attempts, reported_usd, computed_usd }: Mismatches): string {
  return `  ${target}: ${attempts} attempts reported ${dollars(reported_usd)} where tokens and prices make ${dollars(computed_usd)}; the reported cost counts`;
}

const endings: Record<StopReason, (dir: string) => string> = {
  done: (dir) => `kept in ${dir}; next: arb recommend ${dir} > routes.yaml`,
  interrupted: (dir) => `interrupted; kept in ${dir}; go on with --resume`,
  deadline: (dir) => `stopped at its time limit; kept in ${dir}; go on with --resume`,
  budget: (dir) => `stopped at its budget; kept in ${dir}; raise it and go on with --resume`,
};

function cellsOf(target: RunTargetSummary): string[] {
  const { ttft_ms: ttft, latency_ms: latency } = target.service;
  const shown = (p: { value: number; supported: boolean } | undefined) =>
    p === undefined ? '' : p.supported ? duration(p.value) : 'n too small';
  return [
    target.target,
    String(target.ok),
    String(target.failed),
    percent(target.quality?.mean),
    dollars(target.cost.per_completed_usd),
    dollars(target.cost.total_usd),
    shown(ttft?.p50),
    shown(ttft?.p99),
    shown(latency?.p50),
    shown(latency?.p99),
    goodputCell(target.goodput),
  ];
}

function failuresOf({ target, failures, skipped }: RunTargetSummary): string[] {
  const reasons = Object.entries(failures).map(([reason, count]) => `${count} ${reason}`);
  if (skipped > 0) reasons.push(`${skipped} skipped`);
  return reasons.length === 0 ? [] : [`  ${target}: ${reasons.join(', ')}`];
}
