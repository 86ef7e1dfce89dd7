import type { Constraint, Instance } from '../../problem/instance.ts';
import { at, floatAt, intAt } from '../../rows/at.ts';

/**
 * An instance as the solver works on it: targets and cells in the order of their names, so that
 * nothing depends on the order in which they came; every constraint as `sum <= bound` over integers.
 */
export interface Problem {
  /** Names, sorted; a target's rank is its index here. */
  readonly targets: readonly string[];
  /** Index in the instance of each rank. */
  readonly targetIndex: readonly number[];
  /** Sorted by name. */
  readonly cells: readonly Cell[];
  /** Upper bounds; an `at-least` constraint has its sign turned. */
  readonly bounds: Float64Array;
  /** How far the one-sided rounding of real amounts may have moved each sum: 0 for integers. */
  readonly rounding: Float64Array;
  /** B. */
  readonly thresholds: number;
  readonly maxRules: number;
  readonly maxTargets: number;
}

/** The rows of one cell as prefix sums over its distinct token values. */
export interface Cell {
  /** Index in the instance. */
  readonly index: number;
  /** Ranks of the eligible targets, ascending. */
  readonly targets: Int32Array;
  /** Distinct token values, ascending; a cut `i` sends `tokens < values[i]` to the left. */
  readonly values: Int32Array;
  /** Constraints that touch this cell. */
  readonly dims: Int32Array;
  /**
   * `prefix[0]` is cost, `prefix[1 + d]` the amount of `dims[d]`; entry `[v * targets.length + t]`
   * sums the rows whose token value is among the first `v`.
   */
  readonly prefix: readonly Float64Array[];
}

/** Fractional quality and weights go on this grid, rounded to the side that cannot flatter. */
export const grid = 1e6;
/** A product like 0.29 * 1e6 misses its integer by rounding alone; this far is still on the grid. */
const onGrid = 1e-3;
/** The same for a bound on counts. */
const boundSlip = 1e-6;
/** Stands for no bound: infinity times a multiplier of 0 would be no number. */
export const unbounded = Number.MAX_SAFE_INTEGER;

export function tabulate(instance: Instance): Problem {
  const targetIndex = sortedBy(instance.targets);
  const cellIndex = sortedBy(instance.cells);
  const groups = rowsByCell(instance);
  const scaled = instance.constraints.map(scale);
  return {
    targets: targetIndex.map((index) => at(instance.targets, index)),
    targetIndex,
    cells: cellIndex.map((index) =>
      tabulateCell(instance, { index, rows: at(groups, index) }, { order: targetIndex, scaled }),
    ),
    bounds: Float64Array.from(scaled, ({ bound }) => bound),
    rounding: Float64Array.from(scaled, ({ rounding }) => rounding),
    thresholds: instance.maxThresholds,
    maxRules: instance.maxRules ?? Infinity,
    maxTargets: Math.min(instance.maxTargets ?? Infinity, instance.targets.length),
  };
}

interface Scaled {
  readonly bound: number;
  readonly rounding: number;
  /** The amounts of a target, by row. */
  readonly of: (target: number) => (row: number) => number;
  readonly amount: readonly Float64Array[];
  readonly sign: number;
  readonly integer: boolean;
}

function scale(constraint: Constraint): Scaled {
  const { sense, amount, integer } = constraint;
  const sign = sense === 'at-most' ? 1 : -1;
  // Upwards in the turned sense: less quality and more slow requests than there were.
  const read = integer
    ? (column: Float64Array) => (row: number) => sign * floatAt(column, row)
    : (column: Float64Array) => (row: number) => roundUp(sign * floatAt(column, row) * grid);
  let off = 0;
  if (!integer) {
    const rows = amount[0]?.length ?? 0;
    for (let row = 0; row < rows; row++) {
      const inexact = amount.some((column) => {
        const value = floatAt(column, row) * grid;
        return Math.abs(value - Math.round(value)) > onGrid;
      });
      if (inexact) off++;
    }
  }
  // A bound of (1 - 0.9) * 10 is meant as 1, not as the 0.9999999999999998 that comes out.
  const exact = -sign * constraint.bound;
  const asked = integer ? -Math.ceil(exact - boundSlip) : -roundUp(exact * grid);
  const bound = Math.max(-unbounded, Math.min(unbounded, asked));
  const of = (target: number) => read(at(amount, target));
  return { bound, rounding: off, of, amount, sign, integer };
}

function roundUp(value: number): number {
  const near = Math.round(value);
  return Math.abs(value - near) <= onGrid ? near : Math.ceil(value);
}

function sortedBy(names: readonly string[]): number[] {
  return names
    .map((_, index) => index)
    .sort((a, b) => compareText(at(names, a), at(names, b)) || a - b);
}

/** By code unit: a collation would differ from machine to machine. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function rowsByCell({ cells, cell }: Instance): Int32Array[] {
  const counts = new Int32Array(cells.length);
  for (const index of cell) counts[index] = intAt(counts, index) + 1;
  const groups = Array.from(counts, (count) => new Int32Array(count));
  const filled = new Int32Array(cells.length);
  for (let row = 0; row < cell.length; row++) {
    const index = intAt(cell, row);
    const at = intAt(filled, index);
    const group = groups[index];
    if (group) group[at] = row;
    filled[index] = at + 1;
  }
  return groups;
}

interface CellRows {
  /** Of the cell, in the instance. */
  readonly index: number;
  readonly rows: Int32Array;
}

/** What all cells of a problem are tabulated by. */
interface Scale {
  /** Targets of the instance by rank. */
  readonly order: readonly number[];
  readonly scaled: readonly Scaled[];
}

function tabulateCell(
  instance: Instance,
  { index, rows }: CellRows,
  { order, scaled }: Scale,
): Cell {
  const eligible = instance.eligible[index];
  const ranks = order.flatMap((target, rank) => (eligible?.[target] === 1 ? [rank] : []));
  const targets = Int32Array.from(ranks);
  const tokens = distinct(instance.tokens, rows);
  const cost = prefixSums(tokens, ranks, (rank, into) => {
    const column = at(instance.cost, at(order, rank));
    for (let i = 0; i < rows.length; i++) into[i] = Math.round(floatAt(column, intAt(rows, i)));
  });
  const prefix = [cost];
  const dims: number[] = [];
  for (const [k, { of }] of scaled.entries()) {
    const sums = prefixSums(tokens, ranks, (rank, into) => {
      const amountAt = of(at(order, rank));
      for (let i = 0; i < rows.length; i++) into[i] = amountAt(intAt(rows, i));
    });
    if (sums.every((sum) => sum === 0)) continue;
    dims.push(k);
    prefix.push(sums);
  }
  return { index, targets, values: tokens.values, dims: Int32Array.from(dims), prefix };
}

/** The distinct token values of the rows of a cell, and for each row the place of its own. */
interface TokenPlaces {
  readonly values: Int32Array;
  readonly place: Int32Array;
}

function distinct(tokens: Int32Array, rows: Int32Array): TokenPlaces {
  const own = Int32Array.from(rows, (row) => intAt(tokens, row));
  const sorted = own.slice().sort();
  let size = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[size++] = intAt(sorted, i);
  }
  const values = sorted.slice(0, size);
  const placeOf = new Map(Array.from(values, (value, place) => [value, place]));
  return { values, place: own.map((value) => placeOf.get(value) ?? missing(value)) };
}

function missing(value: number): never {
  throw new RangeError(`token value ${value} is not among those of its cell`);
}

function prefixSums(
  { values, place }: TokenPlaces,
  ranks: readonly number[],
  fill: (rank: number, into: Float64Array) => void,
): Float64Array {
  const width = ranks.length;
  const rows = place.length;
  const sums = new Float64Array((values.length + 1) * width);
  const amounts = new Float64Array(rows);
  // Checked once: with every place below the number of values no index of the loops is outside. An accessor that
  // checks each took twice as long here, and a tenth of a whole solution.
  if (place.some((each) => each < 0 || each >= values.length)) {
    throw new RangeError(`a place of ${rows} is not below ${values.length}`);
  }
  for (const [t, rank] of ranks.entries()) {
    fill(rank, amounts);
    for (let i = 0; i < rows; i++) {
      const at = ((place[i] as number) + 1) * width + t;
      sums[at] = (sums[at] as number) + (amounts[i] as number);
    }
  }
  for (let i = width; i < sums.length; i++) {
    sums[i] = floatAt(sums, i) + floatAt(sums, i - width);
  }
  return sums;
}
