import { type OutcomeVector, slowShare, weightOf } from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { type Arm, armMargin } from '../compare/arm.ts';
import { unjudgedPart } from '../compare/paired.ts';
import { type Demand, needOf, widthOf } from '../problem/demand.ts';
import { costs, type Sample, sumByGroup, sumOfRows } from '../problem/problem.ts';
import type { Slo } from '../problem/slo.ts';
import { timesOf } from '../problem/slo.ts';
import { sloRows } from '../problem/slow.ts';
import { at, floatAt, intAt } from '../rows/at.ts';

/** What some rows say about every choice: sums over groups by [target][group]. */
export interface Tallies {
  /** Nano-dollars. */
  readonly cost: readonly Float64Array[];
  readonly baselineCost: number;
  readonly weight: number;
  readonly demands: readonly DemandTally[];
  readonly slos: readonly SloTally[];
}

/** Differences to what is needed: sums by [target][group]. */
interface Differences {
  /** Sum of quality - need. */
  readonly delta: readonly Float64Array[];
  /** Sum of |quality - need|. */
  readonly spread: readonly Float64Array[];
  /** Weight of the rows they are of, by group. */
  readonly rows: Float64Array;
  /** Sum of `rows`. */
  readonly weight: number;
}

interface DemandTally extends Differences {
  readonly demand: Demand;
  /** The candidate that is the reference itself; -1 = none. Rows that stay with it lose nothing. */
  readonly reference: number;
  /** Sum of quality - need of the baseline, over all rows. */
  readonly baseline: number;
}

interface SloTally {
  readonly slo: Slo;
  /** Slow requests. */
  readonly slow: readonly Float64Array[];
  readonly rows: Float64Array;
  /** Sum of `rows`. */
  readonly weight: number;
  /** Slow requests of the baseline, over all rows. */
  readonly baseline: number;
}

export function tallyRows(sample: Sample, demands: readonly Demand[]): Tallies {
  const { study } = sample;
  const weighted = (value: (row: number) => number) => (row: number) =>
    weightOf(study.table, row) * value(row);
  return {
    cost: costs(sample),
    baselineCost: sumOfRows(
      sample,
      weighted((row) => floatAt(study.baseline.cost, row)),
    ),
    weight: sumOfRows(sample, (row) => weightOf(study.table, row)),
    demands: demands.map((demand) => demandTally(sample, demand)),
    slos: study.options.slos.map((slo): SloTally => {
      const applies = sloRows(study, slo);
      const slowness = (vector: OutcomeVector) => {
        const times = timesOf(vector, slo);
        const share = (row: number) => (applies(row) ? slowShare(times, row, slo.atMost) : 0);
        return sumByGroup(sample, weighted(share));
      };
      const rows = sumByGroup(
        sample,
        weighted((row) => (applies(row) ? 1 : 0)),
      );
      return {
        slo,
        slow: study.vectors.map(slowness),
        rows,
        weight: total(rows),
        baseline: total(slowness(study.baseline)),
      };
    }),
  };
}

function demandTally(sample: Sample, demand: Demand): DemandTally {
  const { study } = sample;
  const { table, vectors, names, baseline } = study;
  const reference = names.indexOf(demand.reference?.name ?? '');
  const holds = (row: number) => (demand.mask ? demand.mask[row] === 1 : true);
  const rows = sumByGroup(sample, (row) => (holds(row) ? weightOf(table, row) : 0));
  const weight = total(rows);
  const difference = ({ quality }: OutcomeVector) => {
    const unjudged = (row: number) => intAt(quality, row) < 0 || needOf(demand, row) < 0;
    const open = sumOfRows(sample, (row) =>
      unjudged(row) && holds(row) ? weightOf(table, row) : 0,
    );
    const leftOut = open < unjudgedPart * widthOf(demand) * weight;
    return (row: number) => {
      if (!holds(row) || (leftOut && unjudged(row))) return 0;
      const [mine, need] = [intAt(quality, row), needOf(demand, row)];
      const change = Math.max(mine, 0) - (need < 0 ? micro : need);
      return (weightOf(table, row) * change) / micro;
    };
  };
  const differences = vectors.map((vector, t) => (t === reference ? () => 0 : difference(vector)));
  const kept = baseline.name === demand.reference?.name;
  return {
    demand,
    reference,
    delta: differences.map((change) => sumByGroup(sample, change)),
    spread: differences.map((change) => sumByGroup(sample, (row) => Math.abs(change(row)))),
    rows,
    weight,
    baseline: kept ? 0 : sumOfRows(sample, difference(baseline)),
  };
}

/** The tallies of all rows but those of `part`. */
export function subtractTallies(all: Tallies, part: Tallies): Tallies {
  const less = (sums: Float64Array, other: Float64Array) =>
    sums.map((sum, group) => sum - floatAt(other, group));
  const each = (many: readonly Float64Array[], others: readonly Float64Array[]) =>
    many.map((sums, t) => less(sums, at(others, t)));
  return {
    cost: each(all.cost, part.cost),
    baselineCost: all.baselineCost - part.baselineCost,
    weight: all.weight - part.weight,
    demands: all.demands.map((one, i) => {
      const other = at(part.demands, i);
      return {
        demand: one.demand,
        reference: one.reference,
        baseline: one.baseline - other.baseline,
        delta: each(one.delta, other.delta),
        spread: each(one.spread, other.spread),
        rows: less(one.rows, other.rows),
        weight: one.weight - other.weight,
      };
    }),
    slos: all.slos.map((one, i) => {
      const other = at(part.slos, i);
      return {
        slo: one.slo,
        baseline: one.baseline - other.baseline,
        slow: each(one.slow, other.slow),
        rows: less(one.rows, other.rows),
        weight: one.weight - other.weight,
      };
    }),
  };
}

/** Weight of the overall difference, in rows, where cells are few or differ too little to estimate it. */
const mostShrinkRows = 400;
const leastShrinkRows = 4;
/** The same between the lengths of one cell, whose variance is not estimated: a cell of 20 rows is believed half. */
const withinCellRows = 20;

/**
 * Pulls each cell's differences towards the target's overall difference: n/(n+k) of what the cell
 * says, k/(n+k) of what the target says over all cells. The best-looking of many cells looks better
 * than it is. k is the variance of rows over that between cells, estimated by moments over all targets
 * (Efron & Morris, JASA 70, 1975; DerSimonian & Laird, 1986).
 */
export function shrinkDifferences(one: Differences, cells: Int32Array): Differences {
  const count = cells.reduce((most, cell) => Math.max(most, cell), 0) + 1;
  const byCell = (sums: Float64Array) => sumCells(sums, cells, count);
  const inCell = byCell(one.rows);
  const [delta, spread] = [one.delta.map(byCell), one.spread.map(byCell)];
  const k = shrinkRows({ delta, spread, rows: inCell, weight: one.weight });
  const shrink = (sums: Float64Array, cellSums: Float64Array) => {
    const overall = total(cellSums) / Math.max(1e-9, one.weight);
    return sums.map((sum, group) => {
      const cell = intAt(cells, group);
      const n = floatAt(inCell, cell);
      if (n === 0) return sum;
      const rows = floatAt(one.rows, group);
      const mean = floatAt(cellSums, cell) / n;
      const level = (n * mean + k * overall) / (n + k);
      // What differs by length within a cell is pulled towards the cell, by a fixed amount.
      const own = n / (n + withinCellRows);
      return level * rows + own * (sum - mean * rows);
    });
  };
  return {
    ...one,
    delta: one.delta.map((sums, t) => shrink(sums, at(delta, t))),
    spread: one.spread.map((sums, t) => shrink(sums, at(spread, t))),
  };
}

/** Tallies with each demand's differences shrunk. */
export function shrunk(tallies: Tallies, cells: Int32Array): Tallies {
  return {
    ...tallies,
    demands: tallies.demands.map((one) => ({ ...one, ...shrinkDifferences(one, cells) })),
  };
}

/** k of `shrinkDifferences`, from sums by [target][cell]. */
function shrinkRows({ delta, spread, rows, weight: n }: Differences): number {
  const used = rows.filter((size) => size > 0);
  const spare = n - total(used.map((size) => size * size)) / Math.max(1, n);
  let [within, excess] = [0, 0];
  delta.forEach((sums, target) => {
    const mean = total(sums) / Math.max(1e-9, n);
    const variance = total(at(spread, target)) / Math.max(1e-9, n) - mean * mean;
    if (variance <= 0) return;
    const between = sums.reduce((sum, value, cell) => {
      const size = floatAt(rows, cell);
      return size > 0 ? sum + size * (value / size - mean) ** 2 : sum;
    }, 0);
    within += variance;
    excess += (between - (used.length - 1) * variance) / Math.max(1, spare);
  });
  if (excess <= 0) return mostShrinkRows;
  return Math.min(mostShrinkRows, Math.max(leastShrinkRows, within / excess));
}

function sumCells(values: Float64Array, cells: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (let group = 0; group < values.length; group++) {
    const cell = intAt(cells, group);
    sums[cell] = floatAt(sums, cell) + floatAt(values, group);
  }
  return sums;
}

/** What a choice of target per group adds up to on the rows of some tallies. */
export interface ForecastOutcome {
  cost: number;
  /** By demand. */
  readonly delta: number[];
  readonly spread: number[];
  /** By SLO. */
  readonly slow: number[];
  /** By demand: every row of it stays with its reference. */
  readonly kept: boolean[];
}

export function toOutcome(tallies: Tallies, target: Int32Array): ForecastOutcome {
  return {
    cost: sumOver(tallies.cost, target),
    delta: tallies.demands.map(({ delta }) => sumOver(delta, target)),
    spread: tallies.demands.map(({ spread }) => sumOver(spread, target)),
    slow: tallies.slos.map(({ slow }) => sumOver(slow, target)),
    kept: tallies.demands.map(
      ({ reference, rows, demand }) =>
        demand.floor.kind === 'relative' &&
        reference >= 0 &&
        target.every((chosen, group) => rows[group] === 0 || chosen === reference),
    ),
  };
}

export function addOutcomes(a: ForecastOutcome, b: ForecastOutcome): ForecastOutcome {
  const sums = (one: readonly number[], other: readonly number[]) =>
    one.map((value, i) => value + at(other, i));
  return {
    cost: a.cost + b.cost,
    delta: sums(a.delta, b.delta),
    spread: sums(a.spread, b.spread),
    slow: sums(a.slow, b.slow),
    kept: a.kept.map((kept, i) => kept && b.kept[i] === true),
  };
}

/**
 * The least distance of any hypothesis to its limit, in standard errors, that `certifyRows` fresh
 * rows are expected to show when they turn out like `outcome` on the rows of `tallies` and `arm` of
 * the traffic follows it.
 */
export function predictedZ(
  tallies: Tallies,
  outcome: ForecastOutcome,
  { certifyRows, arm }: { readonly certifyRows: number; readonly arm?: Arm },
): number {
  const share = (weight: number) => (certifyRows * weight) / tallies.weight;
  const part = arm?.share ?? 1;
  const quality = tallies.demands.map(({ demand, weight, baseline }, i) => {
    if (outcome.kept[i]) return Infinity;
    const mean = at(outcome.delta, i) / weight;
    const { floor, scale } = demand;
    if (floor.kind === 'absolute') {
      const mixed = part * mean + ((1 - part) * baseline) / weight;
      return zOf(mixed, floor.value * (1 - floor.value), share(weight));
    }
    const variance = (scale * at(outcome.spread, i)) / weight - mean * mean;
    const margin = arm ? armMargin(floor.margin, arm) : floor.margin;
    return zOf((margin + mean) / scale, variance / scale ** 2, share(weight));
  });
  const times = tallies.slos.map(({ slo, weight, baseline }, i) => {
    const limit = 1 - slo.share;
    const slow = part * at(outcome.slow, i) + (1 - part) * baseline;
    return zOf(limit - slow / weight, limit * (1 - limit), share(weight));
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
    const chosen = intAt(target, group);
    if (chosen >= 0) sum += floatAt(at(amount, chosen), group);
  }
  return sum;
}

export function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
