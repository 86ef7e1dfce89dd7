import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Night } from '../../../compare/night.ts';
import { type ExitCode, exitCodes } from '../../../errors.ts';
import { readNightFile, writeNightFile } from '../../../store/decision-files.ts';
import { removeUnfinished } from '../../../store/file/atomic.ts';
import { defaultUmask } from '../../../store/file/file-mode.ts';
import { lockNight } from '../../../store/file/run-lock.ts';
import { makeRunDirectory, readManifest, removeIfEmpty } from '../../../store/run.ts';
import { readSummary } from '../../../store/summary.ts';
import type { CommandContext } from '../../context.ts';
import { type RecommendResult, recommend } from '../../decide/recommend.ts';
import { bench } from '../../measure/bench/bench.ts';
import type { BenchResult } from '../../measure/bench/bench-event.ts';
import { toBenchExitCode } from '../../measure/bench/conclude.ts';
import { type GateResult, gate } from '../gate.ts';
import { report } from '../report.ts';
import { concludeNight, type NightFindings } from './conclude.ts';
import { describePlan, drawSample, sampleIn } from './draw.ts';
import type { NightEvent } from './night-event.ts';
import { type NightlyOptions, type NightPlan, planNight } from './plan.ts';
import { endUnwritten, putInPlace } from './put-in-place.ts';

/**
 * All of a night: draws from the log, measures, judges, gates the deployed policy, looks for a better one
 * and writes it where it is certified and saves more than the hysteresis. The directory is named by the
 * UTC date and a hash of arb.yaml and the options, so that the same night is never paid for twice: a
 * finished one is read, one that was cut off goes on.
 *
 * @throws UsageError where arb.yaml, the log or the deployed policy is not there, or not valid, or
 * another process is at this night.
 */
export async function* nightly(
  options: NightlyOptions,
  context: CommandContext,
): AsyncGenerator<NightEvent, void> {
  const plan = planNight(options, context);
  const { dir } = plan;
  const done = readDone(dir);
  if (done) {
    yield* readOnly(dir, done);
    return;
  }
  for (const notice of plan.notices) yield { kind: 'step', text: `warning: ${notice}` };
  if (options.dryRun) {
    yield* describePlan(plan, context);
    return;
  }
  makeRunDirectory(dir, defaultUmask);
  const lock = lockNight(dir);
  try {
    // Another process may have ended it before this one had the lock.
    const ended = readDone(dir);
    if (ended) yield* readOnly(dir, ended);
    else yield* goOn(plan, context);
  } finally {
    lock.release();
    removeIfEmpty(dir);
  }
}

function readDone(dir: string): (Night & { readonly exit_code: ExitCode }) | undefined {
  const night = readNightFile<Night>(dir);
  const code = night?.exit_code;
  if (!night || code === undefined || night.verdict === 'stopped') return undefined;
  return { ...night, exit_code: code };
}

function* readOnly(
  dir: string,
  night: Night & { readonly exit_code: ExitCode },
): Generator<NightEvent> {
  yield { kind: 'step', text: `${dir}: this night is done; nothing is sent` };
  yield { kind: 'night', dir, night, exitCode: night.exit_code };
}

/** A night from where it is. Its directory is locked. */
async function* goOn(plan: NightPlan, context: CommandContext): AsyncGenerator<NightEvent, void> {
  const { dir } = plan;
  removeUnfinished(dir);
  const before = readNightFile<Night>(dir);
  const ended = before && endUnwritten(before, plan);
  if (ended?.exit_code !== undefined) {
    yield { kind: 'step', text: `${dir}: was cut off while it wrote; it is written now` };
    yield { kind: 'night', dir, night: ended, exitCode: ended.exit_code };
    return;
  }
  const sample = yield* drawSample(before?.sample, plan, context);
  const begun: Night = { ...plan.begun, ...(sample && { sample }) };
  const drawn = { ...plan, begun };
  writeNightFile(dir, begun);
  const measured = readMeasured(plan) ?? (yield* measure(plan, context));
  const findings = await decide(measured, drawn, context);
  const concluded = concludeNight(begun, findings);
  putInPlace(concluded, drawn);
  const { night, exitCode } = concluded;
  yield { kind: 'night', dir, night, exitCode };
}

/**
 * A run that was measured and judged to its end before the night was cut off: nothing of it is asked or
 * summed up again, so that the decision is the one that was cut off.
 */
function readMeasured({ dir, hasJudges }: NightPlan): BenchResult | undefined {
  if (!existsSync(join(dir, 'manifest.json'))) return undefined;
  const summary = readSummary(dir);
  if (readManifest(dir).state !== 'complete' || !summary) return undefined;
  if (hasJudges && (!summary.judging || summary.judging.stopped !== undefined)) return undefined;
  return { dir, why: 'done', exitCode: toBenchExitCode('done', summary), summary, errors: [] };
}

async function* measure(
  { dir, config }: NightPlan,
  context: CommandContext,
): AsyncGenerator<NightEvent, BenchResult> {
  const resume = existsSync(join(dir, 'manifest.json'));
  const events = bench(sampleIn(dir), { config, out: dir, name: 'nightly', resume }, context);
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
function isDecidable(
  { why, exitCode, refused, judging }: BenchResult,
  { hasSlo }: NightPlan,
): boolean {
  if (why !== 'done' || refused !== undefined || judging?.stopped !== undefined) return false;
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
