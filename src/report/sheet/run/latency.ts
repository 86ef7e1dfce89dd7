import { formatMs } from '../../../units.ts';
import type { Point, ReportData, TargetFigures } from '../../data/report-data.ts';
import type { Sheet } from '../../text/table.ts';
import { toColumns } from '../sheet.ts';
import type { ReportPart } from './part.ts';

/** Of the shares that are drawn those that a table has room for. */
const shown = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999] as const;

/** Targets that answered at all: the others have no times. */
export const listAnswered = ({ targets }: ReportData): readonly TargetFigures[] =>
  targets.filter(({ latency }) => latency.length > 0);

/** Times by target: percentiles to p99.9, and over the run. */
export function latencyPart(data: ReportData): ReportPart | undefined {
  const answered = listAnswered(data);
  if (answered.length === 0) return undefined;
  const error = data.summary.calibration?.limit_ms;
  return {
    id: 'latency',
    title: 'Latency by target',
    lines: [
      'From when a request should have been sent to its last token, or to its first, waits and retries in.',
      error === undefined
        ? "arb's own error was not measured before this run."
        : `The band at the bottom is arb's own stated error (${error} ms).`,
    ],
    sheets: [
      toPercentiles('Latency', answered, ({ latency }) => latency),
      toPercentiles('Time to first token', answered, ({ ttft }) => ttft),
      overTimeSheet(answered),
    ],
  };
}

const toPercentiles = (
  title: string,
  targets: readonly TargetFigures[],
  pointsOf: (target: TargetFigures) => readonly Point[],
): Sheet => ({
  title,
  columns: toColumns('<target', ...shown.map((share) => `p${+(100 * share).toFixed(1)}`)),
  rows: targets.map((target) => [
    target.target,
    ...shown.map((share) => formatMs(pointsOf(target).find((at) => at.share === share)?.ms)),
  ]),
});

/** Every fifth of the run: what drifts was not measured under one condition. */
function overTimeSheet(targets: readonly TargetFigures[]): Sheet {
  const instants = [...new Set(targets.flatMap(({ overTime }) => overTime.map(({ at }) => at)))]
    .sort((a, b) => a - b)
    .filter((_, index, all) => index % Math.max(1, Math.ceil(all.length / 10)) === 0);
  return {
    title: 'Median latency over the run',
    columns: toColumns('<target', ...instants.map((at) => formatMs(at))),
    rows: targets.map(({ target, overTime }) => [
      target,
      ...instants.map((instant) => formatMs(overTime.find(({ at }) => at === instant)?.p50)),
    ]),
  };
}
