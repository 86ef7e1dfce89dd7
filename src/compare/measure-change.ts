import { meanInterval, ratioInterval } from '../statistics/mean.ts';
import {
  type QuantileEstimate,
  quantileEstimate,
  subtractQuantiles,
} from '../statistics/quantile.ts';
import { type Change, type ChangeMetric, changeMetrics } from './change.ts';
import type { RequestFigures } from './run-rows.ts';

/** One target's requests in the two runs, or those of one task. */
export interface Sides {
  readonly target: string;
  readonly task?: string;
  readonly before: ReadonlyMap<string, RequestFigures>;
  readonly after: ReadonlyMap<string, RequestFigures>;
  /** Requests of one id are the same in both runs. */
  readonly sameRequests: boolean;
}

/** How a change is measured. */
export interface ChangeOptions {
  /** Two-sided error of the limits. @default 0.05 */
  readonly alpha?: number;
  /** The first run's figure is multiplied by this: 1.1 asks for the change beyond a rise of 10 %. @default 1 */
  readonly scale?: number;
}

/**
 * How much a figure changed, with its limits. Means are compared request by
 * request where both runs asked the same ones, by units that stand or fall together (Cochran, Sampling
 * Techniques, 1977, section 6.3); percentiles by their own limits (Conover; Zou & Donner).
 *
 * @returns undefined where a run has too few requests with the figure to give it limits.
 */
export function measureChange(
  sides: Sides,
  metric: ChangeMetric,
  { alpha = 0.05, scale = 1 }: ChangeOptions = {},
): Change | undefined {
  const how = { alpha, scale };
  switch (metric) {
    case 'cost_usd':
      return meanChange(sides, metric, { ...how, read: ({ cost }) => cost });
    case 'quality':
      return meanChange(sides, metric, { ...how, read: ({ quality }) => quality });
    case 'failed':
      return meanChange(sides, metric, { ...how, read: ({ failed }) => failed });
    case 'ttft_p50_ms':
      return quantileChange(sides, metric, { ...how, share: 0.5, read: ({ ttft }) => ttft });
    case 'ttft_p99_ms':
      return quantileChange(sides, metric, { ...how, share: 0.99, read: ({ ttft }) => ttft });
    case 'latency_p50_ms':
      return quantileChange(sides, metric, { ...how, share: 0.5, read: ({ latency }) => latency });
    case 'latency_p99_ms':
      return quantileChange(sides, metric, { ...how, share: 0.99, read: ({ latency }) => latency });
  }
}

/** All figures that can be compared. */
export function measureChanges(sides: Sides, alpha = 0.05): Change[] {
  return (Object.keys(changeMetrics) as ChangeMetric[]).flatMap(
    (metric) => measureChange(sides, metric, { alpha }) ?? [],
  );
}

interface Reading extends Required<ChangeOptions> {
  readonly read: (figures: RequestFigures) => number | undefined;
}

function meanChange(sides: Sides, metric: ChangeMetric, reading: Reading): Change | undefined {
  const { before, after, sameRequests } = sides;
  return sameRequests
    ? pairedChange(sides, metric, reading)
    : unpairedChange(sides, metric, {
        ...reading,
        one: byUnit(before.values(), reading.read),
        other: byUnit(after.values(), reading.read),
      });
}

function pairedChange(
  sides: Sides,
  metric: ChangeMetric,
  { alpha, scale, read }: Reading,
): Change | undefined {
  let [n, before, after] = [0, 0, 0];
  const units = new Map<string, { sum: number; count: number }>();
  for (const [id, old] of sides.before) {
    const fresh = sides.after.get(id);
    const [one, other] = [read(old), fresh && read(fresh)];
    if (one === undefined || other === undefined) continue;
    n += 1;
    before += one;
    after += other;
    addToUnit(units, old.unit, other - scale * one);
  }
  if (n < 2) return undefined;
  const { ratio, low, high } = intervalOf(units, alpha);
  return {
    ...head(sides, metric),
    n: [n, n],
    paired: true,
    before: before / n,
    after: after / n,
    difference: { estimate: ratio, low, high },
  };
}

interface TwoSamples extends Required<ChangeOptions> {
  readonly one: Sums;
  readonly other: Sums;
}

interface Sums {
  readonly n: number;
  readonly units: ReadonlyMap<string, { sum: number; count: number }>;
}

function unpairedChange(
  sides: Sides,
  metric: ChangeMetric,
  { alpha, scale, one, other }: TwoSamples,
): Change | undefined {
  if (one.n < 2 || other.n < 2) return undefined;
  const [before, after] = [intervalOf(one.units, alpha), intervalOf(other.units, alpha)];
  const estimate = (of: typeof before): QuantileEstimate => ({ ...of, estimate: of.ratio });
  return {
    ...head(sides, metric),
    n: [one.n, other.n],
    paired: false,
    before: before.ratio,
    after: after.ratio,
    difference: subtractQuantiles(estimate(after), scaled(estimate(before), scale)),
  };
}

function quantileChange(
  sides: Sides,
  metric: ChangeMetric,
  { alpha, scale, read, share }: Reading & { readonly share: number },
): Change | undefined {
  const [one, other] = [sortedOf(sides.before, read), sortedOf(sides.after, read)];
  const before = quantileEstimate(one, share, alpha);
  const after = quantileEstimate(other, share, alpha);
  if (!before || !after) return undefined;
  return {
    ...head(sides, metric),
    n: [one.length, other.length],
    paired: false,
    before: before.estimate,
    after: after.estimate,
    difference: subtractQuantiles(after, scaled(before, scale)),
  };
}

const scaled = ({ estimate, low, high }: QuantileEstimate, by: number): QuantileEstimate => ({
  estimate: by * estimate,
  low: by * low,
  high: by * high,
});

const head = ({ target, task }: Sides, metric: ChangeMetric) => ({
  metric,
  target,
  ...(task !== undefined && { task }),
});

function byUnit(rows: Iterable<RequestFigures>, read: Reading['read']): Sums {
  const units = new Map<string, { sum: number; count: number }>();
  let n = 0;
  for (const row of rows) {
    const value = read(row);
    if (value === undefined) continue;
    n += 1;
    addToUnit(units, row.unit, value);
  }
  return { n, units };
}

function addToUnit(
  units: Map<string, { sum: number; count: number }>,
  name: string,
  value: number,
) {
  const unit = units.get(name) ?? { sum: 0, count: 0 };
  unit.sum += value;
  unit.count += 1;
  units.set(name, unit);
}

/** The mean of all values with its limits, by unit. */
function intervalOf(units: ReadonlyMap<string, { sum: number; count: number }>, alpha: number) {
  const sums = Float64Array.from(units.values(), ({ sum }) => sum);
  const counts = Float64Array.from(units.values(), ({ count }) => count);
  if (counts.every((count) => count === 1)) {
    const { mean, low, high } = meanInterval(sums, alpha);
    return { ratio: mean, low, high };
  }
  return ratioInterval(sums, counts, alpha);
}

function sortedOf(rows: ReadonlyMap<string, RequestFigures>, read: Reading['read']): Float64Array {
  const values = [...rows.values()].flatMap((row) => read(row) ?? []);
  return Float64Array.from(values).sort();
}
