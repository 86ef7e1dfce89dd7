import { join } from 'node:path';
import type { JudgingReport } from '../judge/judging-report.ts';
import type { Calibration } from '../measure/calibration.ts';
import { type MetricName, metricEntry, metricNames } from '../measure/metrics.ts';
import type { Percentiles } from '../measure/percentiles.ts';
import type { Summary, TargetSummary } from '../measure/summary.ts';
import type { TargetScore } from '../outcome/scoreboard.ts';
import type { AchievedLoad } from '../replay/event/event.ts';
import { tokenFigures } from '../replay/event/token-figures.ts';
import { writeAtomic } from './file/atomic.ts';
import { csvText } from './file/csv.ts';
import { fileModeIn } from './file/file-mode.ts';
import { readJson, writeJson } from './file/json-file.ts';
import type { RunState } from './manifest.ts';
import { type RouteCells, routeColumns } from './route-cells.ts';

/** `summary.json`: what a run measured, priced and judged, by target. */
export interface RunSummary extends Omit<Summary, 'targets'> {
  readonly kind: 'summary';
  readonly version: 1;
  readonly run: string;
  readonly state: RunState;
  /** Why the run is not to be believed; empty = valid. */
  readonly invalid: readonly string[];
  readonly targets: readonly RunTargetSummary[];
  /** arb's own error, where it was measured before the run. */
  readonly calibration?: Calibration;
  /** Attempts whose reported cost is not what tokens and prices make; the reported one counts. */
  readonly mismatches?: readonly {
    readonly target: string;
    readonly attempts: number;
    readonly reported_usd: number;
    readonly computed_usd: number;
  }[];
  /** Present where targets were asked different requests: their figures on those of all. */
  readonly shared?: SharedFigures;
  /** The routes of each model side by side, where one has several. */
  readonly arbitrage?: { readonly models: readonly object[] };
  /** Present where judges were asked. */
  readonly judging?: JudgingReport;
}

/** Figures of all targets on the same requests. */
export interface SharedFigures {
  /** Requests that every target was asked. */
  readonly requests: number;
  /** By target; a failed request counts as quality 0. */
  readonly targets: Readonly<
    Record<string, { readonly per_completed_usd?: number; readonly quality?: number }>
  >;
}

export interface RunTargetSummary extends TargetSummary {
  /** Absent where nothing was judged. A failed request counts as quality 0. */
  readonly quality?: { readonly mean: number; readonly judged: number };
  readonly route?: RouteCells;
  /** In a closed load: requests in flight as asked and as achieved. */
  readonly in_flight?: AchievedLoad;
}

/** What a run measured; nothing where it was cut off before it was summed up. @throws UsageError */
export function readSummary(dir: string): RunSummary | undefined {
  return readJson(join(dir, 'summary.json'), 'Resume the run: arb bench --resume.');
}

/** Adds what was judged to what was measured. */
export function withQuality(
  summary: Summary,
  scoreOf: (target: string) => TargetScore,
): readonly RunTargetSummary[] {
  return summary.targets.map((target) => {
    const { judged, quality } = scoreOf(target.target);
    return judged === 0 ? target : { ...target, quality: { mean: quality / judged, judged } };
  });
}

/** Writes `summary.json`, `summary.csv` and `latency.hlog` into the run directory. */
export function writeSummary(dir: string, summary: RunSummary, hlog: string): void {
  const mode = fileModeIn(dir);
  writeJson(join(dir, 'summary.json'), summary);
  writeAtomic(join(dir, 'summary.csv'), summaryCsv(summary.targets), mode);
  writeAtomic(join(dir, 'latency.hlog'), hlog, mode);
}

const shown = ['p50', 'p90', 'p95', 'p99', 'p99.9'] as const;

/** The columns of one distribution; every line has all of them. */
function spread(name: string, of: Percentiles | undefined): Record<string, number | undefined> {
  return Object.fromEntries(
    shown.map((p) => [`${name}_${p}_ms`, of?.[p].supported ? of[p].value : undefined]),
  );
}

/** The columns of all distributions that have some, in the order of the table of metrics. */
function spreads(target: RunTargetSummary): Record<string, number | undefined> {
  const of: Partial<Record<MetricName, Percentiles>> = {
    ...target.service,
    ...target.user,
    ...target.waits,
  };
  const columns = metricNames.map((name) => {
    const { column } = metricEntry(name);
    return column === undefined ? {} : spread(column, of[name]);
  });
  return Object.assign({}, ...columns);
}

function tokenColumns({ tokens }: RunTargetSummary): Record<string, number> {
  const shown = tokenFigures.filter(({ inCsv }) => inCsv);
  return Object.fromEntries(shown.map(({ field, total }) => [field, tokens[total]]));
}

/** `1 of 2`: those that concern no request are not counted. */
function sloCell(slos: RunTargetSummary['slos'] = []): string | undefined {
  const asked = slos.filter(({ met }) => met !== undefined);
  if (asked.length === 0) return undefined;
  return `${asked.filter(({ met }) => met).length} of ${asked.length}`;
}

/** One line a target; an unknown cell is empty, and a percentile that the sample does not carry too. */
function summaryCsv(targets: readonly RunTargetSummary[]): string {
  const rows = targets.map((target) => ({
    target: target.target,
    requests: target.requests,
    ok: target.ok,
    failed: target.failed,
    skipped: target.skipped,
    attempts: target.attempts,
    quality: target.quality?.mean,
    cost_usd: target.cost.total_usd,
    cost_per_completed_usd: target.cost.per_completed_usd,
    ...spreads(target),
    goodput: target.goodput?.share,
    goodput_low: target.goodput?.interval.low,
    goodput_high: target.goodput?.interval.high,
    goodput_per_s: target.goodput?.per_s,
    slos_met: sloCell(target.slos),
    requests_per_s: target.requests_per_s,
    output_tokens_per_s: target.output_tokens_per_s,
    ...tokenColumns(target),
    ...routeColumns(target.route),
  }));
  return csvText(rows);
}
