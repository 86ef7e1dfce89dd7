import { micro, type OutcomeTable, statuses, type TargetColumn } from '../../outcome/table.ts';
import { nanoToUsd } from '../../units.ts';
import { isJudged, type NamedColumn, nameAt } from './columns.ts';
import type { RequestSample, SampledCell, SampledRequest } from './report-data.ts';

/** Requests that can be looked at one by one, in all. */
const mostRequests = 2_000;

const words: Readonly<Record<number, string>> = {
  [statuses.ok]: 'ok',
  [statuses.failed]: 'failed',
  [statuses.skipped]: 'skipped',
};

/**
 * A quarter failures, a quarter where targets disagree most, the rest as they stand in the table, whose
 * order is that of a hash of their names.
 */
export function drawRequests(table: OutcomeTable, columns: readonly NamedColumn[]): RequestSample {
  const rows = [...Array(table.rows).keys()];
  const spread = Float64Array.from(rows, (row) => measureSpread(columns, row));
  const failed = rows.filter((row) =>
    columns.some(({ status }) => status[row] === statuses.failed),
  );
  const apart = rows
    .filter((row) => (spread[row] ?? 0) > 0)
    .sort((a, b) => (spread[b] ?? 0) - (spread[a] ?? 0));
  const why = new Map<number, SampledRequest['why']>();
  const half = mostRequests / 2;
  for (const row of failed.slice(0, half / 2)) why.set(row, 'failure');
  for (const row of apart.slice(0, half)) {
    if (why.size < half && !why.has(row)) why.set(row, 'disagreement');
  }
  for (const row of rows) if (why.size < mostRequests && !why.has(row)) why.set(row, 'random');
  const task = table.features.get('task');
  return {
    of: table.rows,
    targets: columns.map(({ target }) => target),
    rows: [...why].map(([row, reason]) => ({
      id: table.requests.name(row),
      task: nameAt(task, row),
      why: reason,
      cells: columns.map((column) => toCell(column, row)),
    })),
  };
}

/** The best quality of a request less the worst; 0 where fewer than two targets were judged. */
function measureSpread(columns: readonly TargetColumn[], row: number): number {
  let [most, least, judged] = [0, micro, 0];
  for (const column of columns) {
    if (!isJudged(column, row)) continue;
    const quality = column.quality[row] ?? 0;
    most = Math.max(most, quality);
    least = Math.min(least, quality);
    judged += 1;
  }
  return judged < 2 ? 0 : most - least;
}

/** Rounded: two thousand rows of ten targets are a large part of the page. */
function toCell(column: TargetColumn, row: number): SampledCell | undefined {
  const status = words[column.status[row] ?? statuses.missing];
  if (status === undefined) return undefined;
  const cost = column.cost[row] ?? Number.NaN;
  const latency = column.latency[0]?.[row] ?? Number.NaN;
  return {
    status,
    ...(isJudged(column, row) && {
      quality: Number(((column.quality[row] ?? 0) / micro).toFixed(3)),
    }),
    ...(!Number.isNaN(cost) && { cost: Number(nanoToUsd(cost).toPrecision(4)) }),
    ...(Number.isFinite(latency) && { latency: Math.round(latency) }),
  };
}
