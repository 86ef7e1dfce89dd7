import { micro } from '../outcome/table.ts';
import { type Demand, marginOf, needOf } from './demand.ts';
import { slowShare, weightOf } from './line.ts';
import { costs, type Sample, slowLimit, sumByGrain } from './problem.ts';
import type { Slo } from './slo.ts';
import { sloRows, timesOf } from './slow.ts';

/**
 * What the optimise part says about every choice, shrunk: sums over grains by [target][grain]. The
 * best-looking of many choices looks better than it is; pulling each cell's difference towards the
 * target's overall difference takes most of that back.
 */
export interface Forecast {
  /** Nano-dollars. */
  readonly cost: readonly Float64Array[];
  readonly baselineCost: number;
  readonly weight: number;
  readonly demands: readonly DemandForecast[];
  readonly slos: readonly SloForecast[];
}

interface DemandForecast {
  readonly demand: Demand;
  /** Shrunk sum of quality - need. */
  readonly delta: readonly Float64Array[];
  /** Shrunk sum of |quality - need|. */
  readonly spread: readonly Float64Array[];
  /** Weight of the rows it holds for. */
  readonly weight: number;
  readonly margin: number;
}

interface SloForecast {
  readonly slo: Slo;
  /** Slow requests, in requests. */
  readonly slow: readonly Float64Array[];
  readonly weight: number;
}

/** Weight of the overall difference, in rows: a cell of 20 rows is believed half. */
const shrinkRows = 20;

export function forecastOf(sample: Sample, demands: readonly Demand[]): Forecast {
  const { study } = sample;
  const baseline = sumByGrain(
    sample,
    (row) => weightOf(study.table, row) * (study.baseline.cost[row] as number),
  );
  return {
    cost: costs(sample),
    baselineCost: total(baseline),
    weight: total(sumByGrain(sample, (row) => weightOf(study.table, row))),
    demands: demands.map((demand) => demandForecast(sample, demand)),
    slos: study.options.slos.map((slo) => sloForecast(sample, slo)),
  };
}

function demandForecast(sample: Sample, demand: Demand): DemandForecast {
  const { table, lines } = sample.study;
  const holds = (row: number) => (demand.mask ? demand.mask[row] === 1 : true);
  const rows = sumByGrain(sample, (row) => (holds(row) ? weightOf(table, row) : 0));
  const difference = (quality: Int32Array) => (row: number) => {
    const [mine, need] = [quality[row] as number, needOf(demand, row)];
    if (mine < 0 || need < 0 || !holds(row)) return 0;
    return (weightOf(table, row) * (mine - need)) / micro;
  };
  const shrunk = (value: (quality: Int32Array) => (row: number) => number) =>
    lines.map(({ quality }) => shrink(sample, sumByGrain(sample, value(quality)), rows));
  return {
    demand,
    delta: shrunk(difference),
    spread: shrunk((quality) => {
      const signed = difference(quality);
      return (row) => Math.abs(signed(row));
    }),
    weight: total(rows),
    margin: marginOf(demand) / micro,
  };
}

/** n/(n+k) of what the cell says, k/(n+k) of what the target says overall, spread over its rows. */
function shrink({ grains }: Sample, sums: Float64Array, rows: Float64Array): Float64Array {
  const overall = total(sums) / Math.max(1e-9, total(rows));
  const inCell = new Float64Array(grains.cells.length);
  rows.forEach((count, grain) => {
    const cell = grains.cell[grain] as number;
    inCell[cell] = (inCell[cell] as number) + count;
  });
  return sums.map((sum, grain) => {
    const n = inCell[grains.cell[grain] as number] as number;
    const own = n / (n + shrinkRows);
    return own * sum + (1 - own) * overall * (rows[grain] as number);
  });
}

function sloForecast(sample: Sample, slo: Slo): SloForecast {
  const { study } = sample;
  const applies = sloRows(study, slo);
  // Refuses an SLO over times that nobody measured.
  slowLimit({ ...sample, rows: new Int32Array() }, slo, 0);
  return {
    slo,
    slow: study.lines.map((line) =>
      sumByGrain(sample, (row) =>
        applies(row)
          ? weightOf(study.table, row) * slowShare(timesOf(line, slo), row, slo.atMost)
          : 0,
      ),
    ),
    weight: total(sumByGrain(sample, (row) => (applies(row) ? weightOf(study.table, row) : 0))),
  };
}

/** What a choice of target per grain is expected to do on `certifyRows` fresh rows. */
export interface Outlook {
  readonly cost: number;
  readonly saving: number;
  /** Least distance of any hypothesis to its limit, in standard errors. */
  readonly z: number;
}

export function outlookOf(
  forecast: Forecast,
  target: Int32Array,
  certifyRows: number,
  sure: number,
): Outlook {
  const cost = sumOver(forecast.cost, target);
  const share = (weight: number) => (certifyRows * weight) / forecast.weight;
  let z = Infinity;
  for (const { delta, spread, weight, margin } of forecast.demands) {
    const mean = sumOver(delta, target) / weight;
    const variance = sumOver(spread, target) / weight - mean * mean;
    z = Math.min(z, zOf(margin + mean, variance, share(weight)));
  }
  for (const { slo, slow, weight } of forecast.slos) {
    const expected = sumOver(slow, target) / weight;
    const limit = 1 - slo.share;
    z = Math.min(z, zOf(limit - expected, limit * (1 - limit), share(weight)));
  }
  return { cost, saving: 1 - cost / forecast.baselineCost, z: Math.min(z, sure) };
}

function zOf(distance: number, variance: number, n: number): number {
  // One pair in n may always turn out otherwise: no choice is without risk.
  return distance / Math.sqrt(Math.max(variance, 1 / n) / n);
}

export function sumOver(amount: readonly Float64Array[], target: Int32Array): number {
  let sum = 0;
  for (let grain = 0; grain < target.length; grain++) {
    const chosen = target[grain] as number;
    if (chosen >= 0) sum += amount[chosen]?.[grain] as number;
  }
  return sum;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
