import { ArbError, type ExitCode, exitCodes, UsageError } from '../../errors.ts';
import { collect } from '../../report/html/collect.ts';
import type { ReportData, RequestSample, SampledCell } from '../../report/html/kit/report-data.ts';
import { renderReport } from '../../report/html/render.ts';
import { readAnswers, readOutcomeRows } from '../../store/rows.ts';
import { readManifest } from '../../store/run.ts';
import { readSummary } from '../../store/summary.ts';
import { check } from '../decide/check.ts';
import { type RecommendResult, recommend } from '../decide/recommend.ts';

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
  /** Put answers beside each other: with what they hold, redacted by the rules of import. @default false */
  readonly withText?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
}

export interface ReportResult {
  /** One file that needs nothing else. */
  readonly html: string;
  readonly data: ReportData;
  readonly exitCode: ExitCode;
}

/** An answer longer than this, in characters, is cut: a page holds thousands. */
const longestText = 2_000;

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
  const { requests, ...collected } = await collect(readOutcomeRows(dir));
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
    requests: request.withText ? await addAnswers(dir, requests) : requests,
    ...decided,
    ...(checked &&
      request.routes !== undefined && {
        checked: { file: request.routes, report: checked.report },
      }),
  };
  return { html: renderReport(data), data, exitCode: exitCodes.ok };
}

const decisionOf = (dir: string, { config, env }: ReportRequest) => ({
  runs: [dir],
  ...(config !== undefined && { config }),
  ...(env && { env }),
});

type Decided = Pick<ReportData, 'decision' | 'undecided' | 'arbitrage'>;

/** Where nothing can be decided (one target, nothing judged), the report says so and shows the rest. */
async function decideOn(dir: string, request: ReportRequest): Promise<Decided> {
  let result: RecommendResult;
  try {
    result = await recommend({
      ...decisionOf(dir, request),
      now: request.now,
      frontier: true,
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

/** The texts of the requests that are shown one by one. */
async function addAnswers(dir: string, sample: RequestSample): Promise<RequestSample> {
  const wanted = new Map(sample.rows.map((row, index) => [row.id, index]));
  const rows = sample.rows.map((row) => ({ ...row, cells: [...row.cells] }));
  for await (const { request_id, target, pass, answer } of readAnswers(dir)) {
    const row = rows[wanted.get(request_id) ?? -1];
    const at = sample.targets.indexOf(target);
    const cell = row?.cells[at];
    if (!row || !cell || pass > 1) continue;
    row.cells[at] = { ...cell, answer: cut(answer) } satisfies SampledCell;
  }
  return { ...sample, rows };
}

const cut = (text: string) =>
  text.length > longestText
    ? `${text.slice(0, longestText)} ... (${text.length} characters)`
    : text;
