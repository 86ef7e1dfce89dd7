import { slowShare, weightOf } from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { type Demand, needOf } from '../problem/demand.ts';
import { costs, type Sample, sumByGroup } from '../problem/problem.ts';
import type { Slo } from '../problem/slo.ts';
import { sloRows, timesOf } from '../problem/slow.ts';
import { widthOf } from './verdict.ts';

/** What some rows say about every choice: sums over groups by [target][group]. */
export interface Tallies {
  /** Nano-dollars. */
  readonly cost: readonly Float64Array[];
  readonly baselineCost: number;
  readonly weight: number;
  readonly demands: readonly DemandTally[];
  readonly slos: readonly SloTally[];
}

interface DemandTally {
  readonly demand: Demand;
  /** Sum of quality - need. */
  readonly delta: readonly Float64Array[];
  /** Sum of |quality - need|. */
  readonly spread: readonly Float64Array[];
  /** Weight of the rows it holds for, by group. */
  readonly rows: Float64Array;
}

interface SloTally {
  readonly slo: Slo;
  /** Slow requests. */
  readonly slow: readonly Float64Array[];
  readonly rows: Float64Array;
}

export function tallyRows(sample: Sample, demands: readonly Demand[]): Tallies {
  const { study } = sample;
  const weighted = (value: (row: number) => number) => (row: number) =>
    weightOf(study.table, row) * value(row);
  const within = (holds: (row: number) => boolean) =>
    sumByGroup(
      sample,
      weighted((row) => (holds(row) ? 1 : 0)),
    );
  return {
    cost: costs(sample),
    baselineCost: total(
      sumByGroup(
        sample,
        weighted((row) => study.baseline.cost[row] as number),
      ),
    ),
    weight: total(within(() => true)),
    demands: demands.map((demand) => demandTally(sample, demand)),
    slos: study.options.slos.map((slo): SloTally => {
      const applies = sloRows(study, slo);
      const slow = study.vectors.map((vector) => {
        const times = timesOf(vector, slo);
        const share = (row: number) => (applies(row) ? slowShare(times, row, slo.atMost) : 0);
        return sumByGroup(sample, weighted(share));
      });
      return { slo, slow, rows: within(applies) };
    }),
  };
}

function demandTally(sample: Sample, demand: Demand): DemandTally {
  const { table, vectors } = sample.study;
  const holds = (row: number) => (demand.mask ? demand.mask[row] === 1 : true);
  const differences = vectors.map(({ quality }) => (row: number) => {
    const [mine, need] = [quality[row] as number, needOf(demand, row)];
    if (mine < 0 || need < 0 || !holds(row)) return 0;
    return (weightOf(table, row) * (mine - need)) / micro;
  });
  return {
    demand,
    delta: differences.map((difference) => sumByGroup(sample, difference)),
    spread: differences.map((difference) => sumByGroup(sample, (row) => Math.abs(difference(row)))),
    rows: sumByGroup(sample, (row) => (holds(row) ? weightOf(table, row) : 0)),
  };
}

/** The tallies of all rows but those of `part`. */
export function without(all: Tallies, part: Tallies): Tallies {
  const less = (sums: Float64Array, other: Float64Array | undefined) =>
    sums.map((sum, group) => sum - (other?.[group] as number));
  const each = (many: readonly Float64Array[], others: readonly Float64Array[] | undefined) =>
    many.map((sums, t) => less(sums, others?.[t]));
  return {
    cost: each(all.cost, part.cost),
    baselineCost: all.baselineCost - part.baselineCost,
    weight: all.weight - part.weight,
    demands: all.demands.map(({ demand, delta, spread, rows }, i) => ({
      demand,
      delta: each(delta, part.demands[i]?.delta),
      spread: each(spread, part.demands[i]?.spread),
      rows: less(rows, part.demands[i]?.rows),
    })),
    slos: all.slos.map(({ slo, slow, rows }, i) => ({
      slo,
      slow: each(slow, part.slos[i]?.slow),
      rows: less(rows, part.slos[i]?.rows),
    })),
  };
}

/** Weight of the overall difference, in rows: a cell of 20 rows is believed half. */
const shrinkRows = 20;

/**
 * Pulls each cell's differences towards the target's overall difference: n/(n+k) of what the cell
 * says, k/(n+k) of what the target says over all cells. The best-looking of many cells looks better
 * than it is.
 */
export function shrunk(tallies: Tallies, cells: Int32Array): Tallies {
  return {
    ...tallies,
    demands: tallies.demands.map((one) => ({
      ...one,
      delta: one.delta.map((sums) => shrink(sums, one.rows, cells)),
      spread: one.spread.map((sums) => shrink(sums, one.rows, cells)),
    })),
  };
}

function shrink(sums: Float64Array, rows: Float64Array, cells: Int32Array): Float64Array {
  const overall = total(sums) / Math.max(1e-9, total(rows));
  const inCell = new Float64Array(cells.reduce((most, cell) => Math.max(most, cell), 0) + 1);
  rows.forEach((count, group) => {
    const cell = cells[group] as number;
    inCell[cell] = (inCell[cell] as number) + count;
  });
  return sums.map((sum, group) => {
    const n = inCell[cells[group] as number] as number;
    const own = n / (n + shrinkRows);
    return own * sum + (1 - own) * overall * (rows[group] as number);
  });
}

/** What a choice of target per group adds up to on the rows of some tallies. */
export interface Outcome {
  cost: number;
  /** By demand. */
  readonly delta: number[];
  readonly spread: number[];
  /** By SLO. */
  readonly slow: number[];
}

export function outcomeOf(tallies: Tallies, target: Int32Array): Outcome {
  return {
    cost: sumOver(tallies.cost, target),
    delta: tallies.demands.map(({ delta }) => sumOver(delta, target)),
    spread: tallies.demands.map(({ spread }) => sumOver(spread, target)),
    slow: tallies.slos.map(({ slow }) => sumOver(slow, target)),
  };
}

export function addOutcomes(a: Outcome, b: Outcome): Outcome {
  const sums = (one: readonly number[], other: readonly number[]) =>
    one.map((value, i) => value + (other[i] ?? 0));
  return {
    cost: a.cost + b.cost,
    delta: sums(a.delta, b.delta),
    spread: sums(a.spread, b.spread),
    slow: sums(a.slow, b.slow),
  };
}

/**
 * The least distance of any hypothesis to its limit, in standard errors, that `certifyRows` fresh
 * rows are expected to show when they turn out like `outcome` on the rows of `tallies`.
 */
export function predictedZ(tallies: Tallies, outcome: Outcome, certifyRows: number): number {
  const share = (rows: Float64Array) => (certifyRows * total(rows)) / tallies.weight;
  const quality = tallies.demands.map(({ demand, rows }, i) => {
    const mean = (outcome.delta[i] ?? 0) / total(rows);
    const { floor } = demand;
    const variance =
      floor.kind === 'absolute'
        ? floor.value * (1 - floor.value)
        : (outcome.spread[i] ?? 0) / total(rows) - mean * mean;
    return zOf(widthOf(demand) + mean, variance, share(rows));
  });
  const times = tallies.slos.map(({ slo, rows }, i) => {
    const limit = 1 - slo.share;
    const distance = limit - (outcome.slow[i] ?? 0) / total(rows);
    return zOf(distance, limit * (1 - limit), share(rows));
  });
  return Math.min(...quality, ...times);
}

function zOf(distance: number, variance: number, n: number): number {
  // One pair in n may always turn out otherwise: no choice is without risk.
  return distance / Math.sqrt(Math.max(variance, 1 / n) / n);
}

export function sumOver(amount: readonly Float64Array[], target: Int32Array): number {
  let sum = 0;
  for (let group = 0; group < target.length; group++) {
    const chosen = target[group] as number;
    if (chosen >= 0) sum += amount[chosen]?.[group] as number;
  }
  return sum;
}

export function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
