import { RECORDED } from '../../outcome/recorded.ts';
import { micro, type OutcomeTable, statuses, type TargetColumn } from '../../outcome/table.ts';
import { ratioInterval } from '../../statistics/mean.ts';
import { scoreLimits } from '../../statistics/score-limits.ts';
import { nanoToUsd } from '../../units.ts';
import { isJudged, type NamedColumn, nameAt } from './columns.ts';
import { drawRequests } from './draw-requests.ts';
import type { Point, RequestSample, TargetFigures, TaskFigures } from './report-data.ts';

/** What the rows of a run come to in a report. */
export interface Collected {
  readonly targets: readonly TargetFigures[];
  readonly tasks: readonly TaskFigures[];
  readonly requests: RequestSample;
}

/** Shares that are drawn: each tenth of the rest takes as much room as the one before (log tail). */
export const shares = [
  0.01, 0.05, 0.1, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.975, 0.98,
  0.985, 0.99, 0.9925, 0.995, 0.9965, 0.998, 0.999,
] as const;

/** Tasks with fewer requests have limits that say nothing. */
const fewestRequests = 10;
const bins = 40;
const z95 = 1.959963984540054;

/** Sums a table up. What the log says of itself is left out: it was not measured. */
export function collectOutcomes(table: OutcomeTable): Collected {
  const columns = table.columns.flatMap((column, at): NamedColumn[] => {
    const target = table.targets[at] ?? '';
    return target === RECORDED ? [] : [{ ...column, target }];
  });
  return {
    targets: columns.map(toFigures),
    tasks: listTasks(table, columns),
    requests: drawRequests(table, columns),
  };
}

function toFigures(column: NamedColumn): TargetFigures {
  return {
    target: column.target,
    latency: toPoints(sortTimes(column.latency)),
    ttft: toPoints(sortTimes(column.ttft)),
    overTime: toBins(column),
  };
}

/** Of all answers, over all passes; what failed has no time. */
function sortTimes(passes: readonly Float32Array[]): Float32Array {
  const times = passes.map((pass) => pass.filter(Number.isFinite));
  const all = new Float32Array(times.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const pass of times) {
    all.set(pass, from);
    from += pass.length;
  }
  return all.sort();
}

/** A share is drawn only where at least one answer lies beyond it. */
function toPoints(sorted: Float32Array): Point[] {
  return shares.flatMap((share) => {
    const ms = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    const carried = (1 - share) * sorted.length >= 1;
    return ms === undefined || !carried ? [] : [{ share, ms }];
  });
}

/** Of the first pass: the instants of the others are not in a table. */
function toBins({ sent, latency: [latency] }: TargetColumn): TargetFigures['overTime'] {
  if (!sent || !latency) return [];
  const last = sent.filter(Number.isFinite).reduce((most, at) => Math.max(most, at), 0);
  if (last === 0) return [];
  const found = Array.from({ length: bins }, (): number[] => []);
  latency.forEach((ms, row) => {
    const at = sent[row] ?? Number.NaN;
    if (Number.isFinite(ms) && at >= 0) {
      found[Math.min(bins - 1, Math.floor((bins * at) / last))]?.push(ms);
    }
  });
  return found.flatMap((times, bin) => {
    if (times.length === 0) return [];
    times.sort((a, b) => a - b);
    const at = ((bin + 0.5) * last) / bins;
    const rank = (share: number) => times[Math.ceil(share * times.length) - 1] ?? 0;
    return [{ at, p50: rank(0.5), p99: rank(0.99) }];
  });
}

function listTasks(table: OutcomeTable, columns: readonly NamedColumn[]): TaskFigures[] {
  const units = listUnits(table);
  return [...groupByTask(table)].flatMap(([task, rows]) =>
    columns.flatMap((column): TaskFigures[] => {
      const judged = rows.filter((row) => isJudged(column, row));
      const scored = judged.some((row) => column.status[row] === statuses.ok);
      if (judged.length < fewestRequests || !scored) return [];
      const cost = meanCost(column, rows);
      return [
        {
          task: task === '' ? 'all requests' : task,
          target: column.target,
          requests: judged.length,
          ...limitsOf(judged, column, units),
          ...(cost !== undefined && { cost }),
        },
      ];
    }),
  );
}

/** Rows by the name of their task, sorted; '' = none. */
function groupByTask({ rows, features }: OutcomeTable): Map<string, number[]> {
  const task = features.get('task');
  const found = new Map<string, number[]>();
  for (const name of ['', ...(task?.values ?? [])]) found.set(name, []);
  for (let row = 0; row < rows; row++) found.get(nameAt(task, row))?.push(row);
  return found;
}

function meanCost({ status, cost }: TargetColumn, rows: readonly number[]): number | undefined {
  let [sum, known] = [0, 0];
  for (const row of rows) {
    const amount = cost[row] ?? Number.NaN;
    if (status[row] === statuses.missing || Number.isNaN(amount)) continue;
    sum += amount;
    known += 1;
  }
  return known === 0 ? undefined : nanoToUsd(sum / known);
}

/** The unit that each row belongs to: its session, else its near-duplicates, else itself. */
interface Units {
  readonly count: number;
  readonly of: Int32Array;
}

function listUnits({ rows, session, group }: OutcomeTable): Units {
  const [sessions, groups] = [session?.values.length ?? 0, group?.values.length ?? 0];
  const of = Int32Array.from({ length: rows }, (_, row) => {
    const [inSession, inGroup] = [session?.code[row] ?? -1, group?.code[row] ?? -1];
    if (inSession >= 0) return inSession;
    return inGroup >= 0 ? sessions + inGroup : sessions + groups + row;
  });
  return { count: sessions + groups + rows, of };
}

/** By score limits where each request is a unit (Wilson), by units otherwise (Cochran). */
function limitsOf(
  rows: readonly number[],
  { quality }: TargetColumn,
  units: Units,
): Pick<TaskFigures, 'quality' | 'low' | 'high'> {
  const sums = new Float64Array(units.count);
  const counts = new Float64Array(units.count);
  let total = 0;
  for (const row of rows) {
    const unit = units.of[row] ?? 0;
    const value = Math.max(0, quality[row] ?? 0) / micro;
    sums[unit] = (sums[unit] ?? 0) + value;
    counts[unit] = (counts[unit] ?? 0) + 1;
    total += value;
  }
  const mean = total / rows.length;
  const used = counts.reduce((found, count) => found + (count > 0 ? 1 : 0), 0);
  if (used === rows.length) return { quality: mean, ...scoreLimits(mean, rows.length, z95) };
  const isUsed = (_: number, unit: number) => (counts[unit] ?? 0) > 0;
  const { low, high } = ratioInterval(sums.filter(isUsed), counts.filter(isUsed));
  return { quality: mean, low: Math.max(0, low), high: Math.min(1, high) };
}
