import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type GateFinding, type GateReport, gateRun } from '../../compare/gate.ts';
import { defaultGateRules, type GateRules } from '../../compare/gate-rules.ts';
import { poolRuns } from '../../compare/pool.ts';
import { readRunRows } from '../../compare/run-rows.ts';
import { shellWord } from '../../encode.ts';
import { type ExitCode, UsageError } from '../../errors.ts';
import { listTargets } from '../../policy/policy.ts';
import { describeGate } from '../../report/sheet/gate.ts';
import { toJunit } from '../../report/sheet/junit.ts';
import type { TextReport } from '../../report/sheet/sheet.ts';
import { readGateFile, writeGateFile } from '../../store/decision-files.ts';
import { readManifest } from '../../store/run.ts';
import { loadConfig } from '../config/config.ts';
import { check } from '../decide/check.ts';
import { toNamedPolicy } from '../decide/options.ts';
import { toVerdictExitCode } from '../verdict-exit-code.ts';

/** What a run is held to. */
export interface GateRequest {
  /** Run directories that stand for what was accepted, newest first. */
  readonly baseline: readonly string[];
  /** The deployed policy: checked on the run, and only its targets count. */
  readonly routes?: string;
  /** @default the arb.yaml of this folder, where there is one */
  readonly config?: string;
}

export interface GateResult {
  readonly figures: GateReport;
  readonly text: TextReport;
  /** JUnit XML. */
  readonly junit: string;
  readonly exitCode: ExitCode;
}

/**
 * Holds a run against its baseline and leaves `gate.json` in it. A run that failed its own gate cannot
 * be a baseline.
 *
 * @throws UsageError where a directory is no run, a baseline failed, or the run is its own baseline.
 */
export async function gate(run: string, request: GateRequest): Promise<GateResult> {
  const rules = readRules(request.config);
  for (const each of request.baseline) refuseBaseline(each, run);
  for (const each of [run, ...request.baseline]) refuseUnfinished(each);
  const baseline = poolRuns(await Promise.all(request.baseline.map(readRunRows)));
  const routes = request.routes === undefined ? undefined : await checkRoutes(request.routes, run);
  const found = gateRun(baseline, await readRunRows(run), {
    rules,
    ...(routes && { targets: routes.targets, routes: routes.finding }),
  });
  const names = request.baseline.map((dir) => basename(dir));
  const figures: GateReport = { ...found, baseline: names };
  writeGateFile(run, figures);
  return {
    figures,
    text: describeGate(figures, toNext(run, figures, request)),
    junit: toJunit('arb gate', figures),
    exitCode: toVerdictExitCode(figures.verdict),
  };
}

/** A run that passed is decided on; of another one it is asked what changed. */
function toNext(run: string, { verdict }: GateReport, { baseline, routes }: GateRequest): string {
  if (verdict !== 'PASS') return `arb compare ${shellWord(baseline[0] ?? '')} ${shellWord(run)}`;
  return `arb recommend ${shellWord(run)}${routes === undefined ? '' : ` --current ${shellWord(routes)} --out ${shellWord(routes)}`}`;
}

/** The rules of arb.yaml over the defaults. */
function readRules(file: string | undefined): GateRules {
  if (file === undefined && !existsSync('arb.yaml')) return defaultGateRules;
  const { gate: said } = loadConfig(file).config;
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...defaultGateRules, ...Object.fromEntries(given) };
}

function refuseBaseline(dir: string, run: string): void {
  if (resolve(dir) === resolve(run)) {
    throw new UsageError(
      `${dir}: is the run itself; a run is no evidence against itself. Name an earlier one with --baseline.`,
    );
  }
  if (readGateFile(dir)?.verdict !== 'FAIL') return;
  throw new UsageError(
    `${dir}: failed its own gate, so it cannot be a baseline. Name the last run that passed.`,
  );
}

/** What is still to be asked would be missing. */
function refuseUnfinished(dir: string): void {
  const { state, workload } = readManifest(dir);
  if (state === 'complete') return;
  throw new UsageError(
    `${dir}: the run did not end (${state}). Finish it first: arb bench ${workload.file} --out ${dir} --resume`,
  );
}

async function checkRoutes(
  routes: string,
  run: string,
): Promise<{ readonly targets: readonly string[]; readonly finding: GateFinding }> {
  const { policy } = toNamedPolicy(routes);
  const { report } = await check(routes, { runs: [run] });
  const { verdict, claim, why } = report;
  return {
    targets: [...new Set(policy.rules.flatMap(listTargets))],
    finding: { check: 'deployed policy', verdict, text: `${claim}: ${why}` },
  };
}
