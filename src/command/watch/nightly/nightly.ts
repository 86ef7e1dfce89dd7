import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Night } from '../../../compare/night.ts';
import { type ExitCode, exitCodes } from '../../../errors.ts';
import { readGateFile, readNightFile, writeNightFile } from '../../../store/decision-files.ts';
import { writeAtomic } from '../../../store/file/atomic.ts';
import { defaultUmask, fileModeIn } from '../../../store/file/file-mode.ts';
import { findRuns } from '../../../store/find-runs.ts';
import { makeRunDirectory, readManifest } from '../../../store/run.ts';
import { loadConfig } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { type RecommendResult, recommend } from '../../decide/recommend.ts';
import { bench } from '../../measure/bench/bench.ts';
import type { BenchEvent, BenchResult } from '../../measure/bench/bench-event.ts';
import type { SampleGoal } from '../../measure/sample/goal.ts';
import { sampleWorkload } from '../../measure/sample/sample.ts';
import { type GateResult, gate } from '../gate.ts';
import { report } from '../report.ts';
import { concludeNight, type NightFindings } from './conclude.ts';

/** What a night is to do. What is absent is as arb.yaml or the default says. */
export interface NightlyOptions {
  /** Last night's log or workload, in any form that `arb import` knows. */
  readonly log: string;
  /** The deployed policy; written only where another one is shown to be better. */
  readonly routes: string;
  /** @default 'arb.yaml' */
  readonly config?: string;
  /** Where run directories are. @default 'reports' */
  readonly reports?: string;
  /** Requests that are drawn from the log. @default 500 */
  readonly requests?: number;
  /** Draw as many requests as cost at most this, in USD, instead. */
  readonly maxUsd?: number;
  /** Say what would be done, and send nothing. @default false */
  readonly dryRun?: boolean;
}

/** What a night yields; `night` is last. */
export type NightEvent =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'bench'; readonly event: BenchEvent }
  | {
      readonly kind: 'night';
      readonly dir: string;
      readonly night: Night;
      readonly exitCode: ExitCode;
    };

/** So many accepted nights stand for the past. */
const remembered = 7;
const usualRequests = 500;

/**
 * All of a night: draws from the log, measures, judges, gates the deployed policy, looks for a better one
 * and writes it where it is certified and saves more than the hysteresis. The directory is named by the
 * UTC date and a hash of arb.yaml and the options, so that the same night is never paid for twice: a
 * finished one is read, one that was cut off goes on.
 *
 * @throws UsageError where arb.yaml or the log is not there, or not valid.
 */
export async function* nightly(
  options: NightlyOptions,
  context: CommandContext,
): AsyncGenerator<NightEvent, void> {
  const plan = planNight(options, context);
  const { dir, begun } = plan;
  const done = readNightFile<Night>(dir);
  if (done?.exit_code !== undefined && done.verdict !== 'stopped') {
    yield { kind: 'step', text: `${dir}: this night is done; nothing is sent` };
    yield { kind: 'night', dir, night: done, exitCode: done.exit_code };
    return;
  }
  if (options.dryRun) {
    yield* describePlan(plan, options);
    const night: Night = { ...begun, verdict: 'kept', why: 'a dry run: nothing was sent' };
    yield { kind: 'night', dir, night, exitCode: exitCodes.ok };
    return;
  }
  makeRunDirectory(dir, defaultUmask);
  writeNightFile(dir, begun);
  const workload = join(dir, 'workload.jsonl');
  if (!existsSync(workload)) {
    const { goal, seed, config } = plan;
    const sampling = { goal, seed, config, out: workload, skipInvalid: true };
    const drawn = await sampleWorkload(options.log, sampling, context);
    yield { kind: 'step', text: `${drawn.requests} of ${drawn.of} requests of ${options.log}` };
  }
  const measured = yield* measure(workload, plan, context);
  const findings = await decide(measured, plan, context);
  const { night, exitCode, texts, writes } = concludeNight(begun, findings);
  const mode = fileModeIn(dir);
  for (const [name, text] of texts) writeAtomic(join(dir, name), text, mode);
  for (const { path, text } of writes) writeAtomic(path, text);
  writeNightFile(dir, night);
  yield { kind: 'night', dir, night, exitCode };
}

interface NightPlan {
  readonly dir: string;
  readonly config: string;
  /** The deployed policy's file. */
  readonly routes: string;
  /** Whether times decide; without one they may be left out. */
  readonly hasSlo: boolean;
  readonly begun: Night;
  readonly goal: SampleGoal;
  /** Accepted runs, newest first. */
  readonly baseline: readonly string[];
  /** Of the sample: another one each night, the same one when the night is resumed. */
  readonly seed: number;
}

function planNight(options: NightlyOptions, { now }: CommandContext): NightPlan {
  const { config = 'arb.yaml', reports = 'reports', requests, maxUsd } = options;
  const { constraints } = loadConfig(config).config;
  const date = now().toISOString().slice(0, 10);
  const asked = { routes: options.routes, requests, maxUsd };
  const hash = createHash('sha256')
    .update(readFileSync(config))
    .update(JSON.stringify(asked))
    .digest('hex')
    .slice(0, 8);
  const dir = join(reports, `${date}-nightly-${hash}`);
  const begun: Night = {
    kind: 'nightly',
    version: 1,
    date,
    config_hash: hash,
    verdict: 'started',
    why: 'cut off before it was decided; the same command goes on',
    changes: [],
    files: [],
  };
  return {
    dir,
    config,
    routes: options.routes,
    hasSlo: constraints.slo.length > 0,
    begun,
    goal:
      maxUsd === undefined
        ? { kind: 'requests', requests: requests ?? usualRequests }
        : { kind: 'max-usd', maxUsd },
    baseline: listBaselines(reports, dir),
    seed: Number(date.replaceAll('-', '')),
  };
}

/** The newest complete and valid runs that no gate failed; other nights only. */
function listBaselines(reports: string, tonight: string): string[] {
  const accepted = findRuns(reports).filter(({ dir, state }) => {
    if (state !== 'complete' || resolve(dir) === resolve(tonight)) return false;
    if (readNightFile(dir) === undefined || readManifest(dir).invalid.length > 0) return false;
    return readGateFile(dir)?.verdict !== 'FAIL';
  });
  return accepted
    .reverse()
    .slice(0, remembered)
    .map(({ dir }) => dir);
}

function* describePlan(
  { dir, goal, baseline }: NightPlan,
  { log, routes }: NightlyOptions,
): Generator<NightEvent> {
  const size = goal.kind === 'requests' ? `${goal.requests} requests` : 'a sample under its price';
  const steps = [
    `draw ${size} of ${log} into ${dir}`,
    'measure and judge them, under the budget of arb.yaml',
    baseline.length > 0
      ? `hold them against ${baseline.length} accepted nights: ${baseline.join(', ')}`
      : 'no night was accepted yet, so there is nothing to hold them against',
    existsSync(routes)
      ? `check ${routes} and look for a better policy`
      : `look for a policy; ${routes} is not there yet`,
  ];
  for (const text of steps) yield { kind: 'step', text };
}

async function* measure(
  workload: string,
  { dir, config }: NightPlan,
  context: CommandContext,
): AsyncGenerator<NightEvent, BenchResult> {
  const resume = existsSync(join(dir, 'manifest.json'));
  const events = bench(workload, { config, out: dir, name: 'nightly', resume }, context);
  let result: BenchResult | undefined;
  for await (const event of events) {
    if (event.kind === 'finished') result = event.result;
    yield { kind: 'bench', event };
  }
  if (!result) throw new Error(`the bench of ${dir} ended without a result`);
  return result;
}

/**
 * Whether a decision can stand on the run. Times that cannot be trusted leave cost and quality as they
 * are: they matter only where an SLO is to be kept.
 */
function isDecidable({ why, exitCode, refused }: BenchResult, { hasSlo }: NightPlan): boolean {
  if (why !== 'done' || refused !== undefined) return false;
  if (exitCode === exitCodes.stopped) return !hasSlo;
  return exitCode === exitCodes.ok;
}

/** Gates, checks, recommends and draws; nothing of it is written yet. */
async function decide(
  measured: BenchResult,
  plan: NightPlan,
  { now, env }: CommandContext,
): Promise<NightFindings> {
  const { dir, config, routes, baseline } = plan;
  const draw = async (decided?: RecommendResult) => {
    const asked = { config, env, now: now(), ...(decided && { decided }) };
    return (await report(dir, asked)).html;
  };
  if (!isDecidable(measured, plan)) {
    return { routes, measured, ...(measured.summary && { page: await draw() }) };
  }
  const current = existsSync(routes) ? routes : undefined;
  const gated: GateResult | undefined =
    baseline.length === 0
      ? undefined
      : await gate(dir, { baseline, config, ...(current !== undefined && { routes: current }) });
  const decided = await recommend({
    runs: [dir],
    config,
    env,
    now: now(),
    out: routes,
    frontier: true,
    ...(current !== undefined && { current }),
  });
  return { routes, measured, decided, page: await draw(decided), ...(gated && { gated }) };
}
