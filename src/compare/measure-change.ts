import { meanInterval, ratioInterval } from '../statistics/mean.ts';
import {
  type QuantileEstimate,
  quantileEstimate,
  subtractQuantiles,
} from '../statistics/quantile.ts';
import { type ChangeMetric, changeMetrics, type MeasuredChange } from './change.ts';
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

/** The figure of one request; absent where it is not known. */
type Read = (figures: RequestFigures) => number | undefined;

/** How each is read of a request; with a share it is that quantile, else the mean. */
const figures: Readonly<Record<ChangeMetric, { readonly read: Read; readonly share?: number }>> = {
  cost_usd: { read: ({ cost }) => cost },
  quality: { read: ({ quality }) => quality },
  failed: { read: ({ failed }) => failed },
  ttft_p50_ms: { read: ({ ttft }) => ttft, share: 0.5 },
  ttft_p99_ms: { read: ({ ttft }) => ttft, share: 0.99 },
  latency_p50_ms: { read: ({ latency }) => latency, share: 0.5 },
  latency_p99_ms: { read: ({ latency }) => latency, share: 0.99 },
};

/** What the change of a figure is under given limits; asked with several, its requests are read once. */
export type ChangeAt = (options?: ChangeOptions) => MeasuredChange | undefined;

/**
 * How much a figure changed, with its limits. Means are compared request by
 * request where both runs asked the same ones, by units that stand or fall together (Cochran, Sampling
 * Techniques, 1977, section 6.3); percentiles by their own limits (Conover; Zou & Donner).
 *
 * @returns what gives undefined where a run has too few requests with the figure to give it limits.
 */
export function measureChange(sides: Sides, metric: ChangeMetric): ChangeAt {
  const { read, share } = figures[metric];
  return share === undefined
    ? meanChange(sides, metric, read)
    : quantileChange(sides, metric, { share, read });
}

/** Requests of one side that have the figure. */
export function countFigures(rows: Sides['before'], metric: ChangeMetric): number {
  const { read } = figures[metric];
  return [...rows.values()].filter((row) => read(row) !== undefined).length;
}

/** All figures that can be compared. */
export function measureChanges(sides: Sides, alpha = 0.05): MeasuredChange[] {
  return (Object.keys(changeMetrics) as ChangeMetric[]).flatMap(
    (metric) => measureChange(sides, metric)({ alpha }) ?? [],
  );
}

function meanChange(sides: Sides, metric: ChangeMetric, read: Read): ChangeAt {
  return sides.sameRequests
    ? pairedChange(sides, metric, read)
    : unpairedChange(sides, metric, read);
}

function pairedChange(sides: Sides, metric: ChangeMetric, read: Read): ChangeAt {
  const [before, after] = [new UnitSums(), new UnitSums()];
  for (const [id, old] of sides.before) {
    const fresh = sides.after.get(id);
    const [one, other] = [read(old), fresh && read(fresh)];
    if (one === undefined || other === undefined) continue;
    before.add(old.unit, one);
    after.add(old.unit, other);
  }
  const { n, counts } = before;
  return ({ alpha = 0.05, scale = 1 } = {}) => {
    if (n < 2) return undefined;
    const differences = after.sums.map((sum, unit) => sum - scale * (before.sums[unit] ?? 0));
    const { ratio, low, high } = intervalOf(differences, counts, alpha);
    return {
      ...head(sides, metric),
      n: [n, n],
      paired: true,
      before: before.mean,
      after: after.mean,
      difference: { estimate: ratio, low, high },
    };
  };
}

function unpairedChange(sides: Sides, metric: ChangeMetric, read: Read): ChangeAt {
  const [one, other] = [byUnit(sides.before.values(), read), byUnit(sides.after.values(), read)];
  return ({ alpha = 0.05, scale = 1 } = {}) => {
    if (one.n < 2 || other.n < 2) return undefined;
    const before = intervalOf(one.sums, one.counts, alpha);
    const after = intervalOf(other.sums, other.counts, alpha);
    const estimate = (of: typeof before): QuantileEstimate => ({ ...of, estimate: of.ratio });
    return {
      ...head(sides, metric),
      n: [one.n, other.n],
      paired: false,
      before: before.ratio,
      after: after.ratio,
      difference: subtractQuantiles(estimate(after), scaled(estimate(before), scale)),
    };
  };
}

function quantileChange(
  sides: Sides,
  metric: ChangeMetric,
  { read, share }: { readonly read: Read; readonly share: number },
): ChangeAt {
  const [one, other] = [sortedOf(sides.before, read), sortedOf(sides.after, read)];
  return ({ alpha = 0.05, scale = 1 } = {}) => {
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

function byUnit(rows: Iterable<RequestFigures>, read: Read): UnitSums {
  const units = new UnitSums();
  for (const row of rows) {
    const value = read(row);
    if (value !== undefined) units.add(row.unit, value);
  }
  return units;
}

/** Values added up by unit, units in the order in which they were met. */
class UnitSums {
  readonly sums: number[] = [];
  readonly counts: number[] = [];
  /** Values in all. */
  n = 0;
  #sum = 0;
  readonly #places = new Map<string, number>();

  add(unit: string, value: number): void {
    const place = this.#places.get(unit) ?? this.counts.length;
    if (place === this.counts.length) {
      this.#places.set(unit, place);
      this.sums.push(0);
      this.counts.push(0);
    }
    this.sums[place] = (this.sums[place] ?? 0) + value;
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.n += 1;
    this.#sum += value;
  }

  get mean(): number {
    return this.#sum / this.n;
  }
}

/** The mean of all values with its limits, by unit. */
function intervalOf(sums: readonly number[], counts: readonly number[], alpha: number) {
  const values = Float64Array.from(sums);
  if (counts.every((count) => count === 1)) {
    const { mean, low, high } = meanInterval(values, alpha);
    return { ratio: mean, low, high };
  }
  return ratioInterval(values, Float64Array.from(counts), alpha);
}

function sortedOf(rows: ReadonlyMap<string, RequestFigures>, read: Read): Float64Array {
  const values: number[] = [];
  for (const row of rows.values()) {
    const value = read(row);
    if (value !== undefined) values.push(value);
  }
  return Float64Array.from(values).sort();
}
