import { createHash } from 'node:crypto';
import type { Outcome } from '../../outcome/outcome.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import { ratioInterval } from '../../statistics/mean.ts';
import { scoreLimits } from '../../statistics/score-limits.ts';
import { shares } from './chart/percentiles.ts';
import type {
  Point,
  RequestSample,
  SampledCell,
  SampledRequest,
  TargetFigures,
  TaskFigures,
} from './kit/report-data.ts';

/** What the rows of a run come to in a report. */
export interface Collected {
  readonly targets: readonly TargetFigures[];
  readonly tasks: readonly TaskFigures[];
  readonly requests: RequestSample;
}

const statuses = ['', 'ok', 'failed', 'skipped'] as const;
/** Requests that can be looked at one by one, in all. */
const mostRequests = 2_000;
/** Tasks with fewer requests have limits that say nothing. */
const fewestRequests = 10;
const bins = 40;
const z95 = 1.959963984540054;

/** One figure of a target, by request; NaN = not there. Grows by doubling. */
class Column {
  #values = new Float32Array(1_024).fill(Number.NaN);

  set(row: number, value: number | undefined): void {
    if (value === undefined) return;
    if (row >= this.#values.length) {
      const grown = new Float32Array(2 * Math.max(row, this.#values.length)).fill(Number.NaN);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[row] = value;
  }

  get(row: number): number | undefined {
    const value = this.#values[row];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }
}

class TargetColumns {
  readonly status = new Column();
  readonly quality = new Column();
  readonly cost = new Column();
  readonly latency = new Column();
  readonly ttft = new Column();
  readonly sent = new Column();
}

interface Requests {
  readonly ids: string[];
  readonly tasks: string[];
  /** Number of the session, group or request that each belongs to. */
  readonly units: number[];
}

/** Sums the rows of a run up, in memory for some 30 bytes a row. Further passes are left out. */
export async function collectOutcomes(rows: AsyncIterable<Outcome>): Promise<Collected> {
  const requests: Requests = { ids: [], tasks: [], units: [] };
  const places = new Map<string, number>();
  const units = new Map<string, number>();
  const targets = new Map<string, TargetColumns>();
  for await (const row of rows) {
    if (row.target === RECORDED || (row.pass ?? 1) > 1) continue;
    let place = places.get(row.request_id);
    if (place === undefined) {
      place = places.size;
      places.set(row.request_id, place);
      requests.ids.push(row.request_id);
      requests.tasks.push(row.task ?? '');
      const unit = row.session ?? row.group ?? row.request_id;
      const known = units.get(unit) ?? units.size;
      units.set(unit, known);
      requests.units.push(known);
    }
    let columns = targets.get(row.target);
    if (!columns) {
      columns = new TargetColumns();
      targets.set(row.target, columns);
    }
    columns.status.set(place, statuses.indexOf(row.status));
    columns.quality.set(place, row.status === 'failed' ? (row.quality ?? 0) : row.quality);
    columns.cost.set(place, row.cost_usd);
    columns.latency.set(place, row.latency_ms);
    columns.ttft.set(place, row.ttft_ms);
    columns.sent.set(place, row.sent_ms);
  }
  return {
    targets: [...targets].map(([name, columns]) => toFigures(name, columns, requests)),
    tasks: listTasks(targets, requests, units.size),
    requests: drawRequests(targets, requests),
  };
}

function toFigures(target: string, columns: TargetColumns, { ids }: Requests): TargetFigures {
  const sorted = (column: Column) =>
    Float32Array.from(ids.flatMap((_, row) => column.get(row) ?? [])).sort();
  return {
    target,
    latency: toPoints(sorted(columns.latency)),
    ttft: toPoints(sorted(columns.ttft)),
    overTime: toBins(columns, ids.length),
  };
}

/** A share is drawn only where at least ten answers lie beyond it. */
function toPoints(sorted: Float32Array): Point[] {
  return shares.flatMap((share) => {
    const ms = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    const carried = (1 - share) * sorted.length >= 1;
    return ms === undefined || !carried ? [] : [{ share, ms }];
  });
}

function toBins({ sent, latency }: TargetColumns, rows: number): TargetFigures['overTime'] {
  let last = 0;
  for (let row = 0; row < rows; row++) last = Math.max(last, sent.get(row) ?? 0);
  if (last === 0) return [];
  const found = Array.from({ length: bins }, (): number[] => []);
  for (let row = 0; row < rows; row++) {
    const [at, ms] = [sent.get(row), latency.get(row)];
    if (at === undefined || ms === undefined) continue;
    found[Math.min(bins - 1, Math.floor((bins * at) / last))]?.push(ms);
  }
  return found.flatMap((times, bin) => {
    if (times.length === 0) return [];
    times.sort((a, b) => a - b);
    const at = ((bin + 0.5) * last) / bins;
    const rank = (share: number) => times[Math.ceil(share * times.length) - 1] ?? 0;
    return [{ at, p50: rank(0.5), p99: rank(0.99) }];
  });
}

function listTasks(
  targets: ReadonlyMap<string, TargetColumns>,
  { tasks, units }: Requests,
  unitCount: number,
): TaskFigures[] {
  const names = [...new Set(tasks)].sort();
  return names.flatMap((task) => {
    const rows = tasks.flatMap((each, row) => (each === task ? [row] : []));
    return [...targets].flatMap(([target, columns]): TaskFigures[] => {
      const judged = rows.filter((row) => columns.quality.get(row) !== undefined);
      if (judged.length < fewestRequests) return [];
      const costs = rows.flatMap((row) => columns.cost.get(row) ?? []);
      return [
        {
          task: task === '' ? 'all requests' : task,
          target,
          requests: judged.length,
          ...limitsOf(judged, columns.quality, { units, unitCount }),
          ...(costs.length > 0 && {
            cost: costs.reduce((sum, cost) => sum + cost, 0) / costs.length,
          }),
        },
      ];
    });
  });
}

/** By score limits where each request is a unit (Wilson), by units otherwise (Cochran). */
function limitsOf(
  rows: readonly number[],
  quality: Column,
  { units, unitCount }: { readonly units: readonly number[]; readonly unitCount: number },
): Pick<TaskFigures, 'quality' | 'low' | 'high'> {
  const sums = new Float64Array(unitCount);
  const counts = new Float64Array(unitCount);
  for (const row of rows) {
    const unit = units[row] as number;
    sums[unit] = (sums[unit] as number) + (quality.get(row) ?? 0);
    counts[unit] = (counts[unit] as number) + 1;
  }
  const used = [...counts.keys()].filter((unit) => (counts[unit] as number) > 0);
  const above = Float64Array.from(used, (unit) => sums[unit] as number);
  const below = Float64Array.from(used, (unit) => counts[unit] as number);
  const mean = above.reduce((sum, each) => sum + each, 0) / rows.length;
  if (used.length === rows.length) {
    return { quality: mean, ...scoreLimits(mean, rows.length, z95) };
  }
  const { low, high } = ratioInterval(above, below);
  return { quality: mean, low: Math.max(0, low), high: Math.min(1, high) };
}

/** A quarter failures, a quarter where targets disagree most, the rest by a hash of the id. */
function drawRequests(
  targets: ReadonlyMap<string, TargetColumns>,
  { ids, tasks }: Requests,
): RequestSample {
  const all = [...targets.values()];
  const share = mostRequests / 4;
  const order = ids
    .map((id, row) => ({ row, key: createHash('md5').update(id).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
  const failed = order.filter((row) => all.some(({ status }) => status.get(row) === 2));
  const spread = (row: number) => {
    const values = all.flatMap(({ quality }) => quality.get(row) ?? []);
    return values.length < 2 ? 0 : Math.max(...values) - Math.min(...values);
  };
  const apart = order.filter((row) => spread(row) > 0).sort((a, b) => spread(b) - spread(a));
  const why = new Map<number, SampledRequest['why']>();
  for (const row of failed.slice(0, share)) why.set(row, 'failure');
  for (const row of apart.slice(0, 2 * share)) {
    if (why.size < 2 * share && !why.has(row)) why.set(row, 'disagreement');
  }
  for (const row of order) if (why.size < mostRequests && !why.has(row)) why.set(row, 'random');
  return {
    of: ids.length,
    targets: [...targets.keys()],
    rows: [...why].map(([row, reason]) => ({
      id: ids[row] ?? '',
      task: tasks[row] ?? '',
      why: reason,
      cells: all.map((columns) => toCell(columns, row)),
    })),
  };
}

function toCell(columns: TargetColumns, row: number): SampledCell | undefined {
  const status = statuses[columns.status.get(row) ?? 0];
  if (!status) return undefined;
  const [quality, cost] = [columns.quality.get(row), columns.cost.get(row)];
  const latency = columns.latency.get(row);
  return {
    status,
    ...(quality !== undefined && { quality: Number(quality.toFixed(3)) }),
    ...(cost !== undefined && { cost: Number(cost.toPrecision(4)) }),
    ...(latency !== undefined && { latency: Math.round(latency) }),
  };
}
