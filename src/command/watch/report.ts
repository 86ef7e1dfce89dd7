import { join } from 'node:path';
import { ArbError, type ExitCode, exitCodes, UsageError } from '../../errors.ts';
import { readOutcomes } from '../../outcome/read.ts';
import { collectOutcomes } from '../../report/data/collect.ts';
import type { ReportData } from '../../report/data/report-data.ts';
import { renderReport } from '../../report/html/render.ts';
import type { Findings } from '../../report/sheet/junit.ts';
import { listFindings } from '../../report/sheet/run/findings.ts';
import { describeRun, type RunReport } from '../../report/sheet/run/run.ts';
import { readManifest } from '../../store/run.ts';
import { readSummary } from '../../store/summary.ts';
import { check } from '../decide/check.ts';
import { type RecommendResult, recommend } from '../decide/recommend.ts';
import { addTexts } from './texts.ts';

/** What a report is made of. */
export interface ReportRequest {
  /** A policy to be checked on the run. */
  readonly routes?: string;
  /** The policy in force, which is kept where nothing better is shown. */
  readonly current?: string;
  /** @default the arb.yaml of this folder, then what the run was made with */
  readonly config?: string;
  /** Requests a month, for amounts a month. @default as the log shows */
  readonly volume?: number;
  /** Put prompts and answers beside each other, redacted by the rules of import. @default false */
  readonly withText?: boolean;
  /** Run the command of arb.yaml that finds personal values. @default false */
  readonly allowCommands?: boolean;
  /** What was decided on the run already, with its frontier. @default decided here */
  readonly decided?: RecommendResult;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
}

export interface ReportResult {
  /** One file that needs nothing else. */
  readonly html: string;
  readonly data: ReportData;
  /** The same as text and tables. */
  readonly text: RunReport;
  /** What of it a CI shows as tests. */
  readonly findings: Findings;
  readonly exitCode: ExitCode;
}

/**
 * The report of a run as one HTML file: the answer, then everything that it stands on.
 *
 * @throws UsageError where the directory holds no finished run.
 */
export async function report(dir: string, request: ReportRequest): Promise<ReportResult> {
  const manifest = readManifest(dir);
  const summary = readSummary(dir);
  if (!summary) {
    throw new UsageError(`${dir}: the run has no summary yet. Finish it: arb bench --resume.`);
  }
  const { requests, ...collected } = collectOutcomes(
    await readOutcomes(join(dir, 'outcomes.jsonl')),
  );
  const decided = await decideOn(dir, request);
  const checked =
    request.routes === undefined
      ? undefined
      : await check(request.routes, decisionOf(dir, request));
  const data: ReportData = {
    dir,
    made_at: request.now.toISOString(),
    manifest,
    summary,
    ...collected,
    requests: request.withText ? await addTexts(requests, { dir, manifest, ...request }) : requests,
    ...decided,
    ...(checked &&
      request.routes !== undefined && {
        checked: { file: request.routes, report: checked.report },
      }),
  };
  return {
    html: renderReport(data),
    data,
    text: describeRun(data),
    findings: listFindings(data),
    exitCode: exitCodes.ok,
  };
}

const decisionOf = (dir: string, { config, env }: ReportRequest) => ({
  runs: [dir],
  ...(config !== undefined && { config }),
  ...(env && { env }),
});

/** Requests times targets behind the line and the other floors of a page: more take minutes. */
const viewCells = 60_000;

type Decided = Pick<ReportData, 'decision' | 'undecided' | 'arbitrage'>;

/** Where nothing can be decided (one target, nothing judged), the report says so and shows the rest. */
async function decideOn(dir: string, request: ReportRequest): Promise<Decided> {
  let result = request.decided;
  try {
    result ??= await recommend({
      ...decisionOf(dir, request),
      now: request.now,
      frontier: true,
      floors: true,
      viewCells,
      ...(request.current !== undefined && { current: request.current }),
      ...(request.volume !== undefined && { volume: request.volume }),
    });
  } catch (error) {
    if (error instanceof ArbError) return { undecided: `Nothing was decided: ${error.message}` };
    throw error;
  }
  const { frontier, arbitrage } = result;
  return {
    ...(frontier && { decision: { ...result, frontier } }),
    arbitrage,
  };
}
