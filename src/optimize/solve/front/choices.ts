import { at, floatAt } from '../../rows/at.ts';
import type { Cell } from '../bound/cells.ts';
import { reduce, suffixes } from '../bound/relax.ts';

/**
 * The options of one cell whose reduced cost is within a window of the least: all that a solution
 * cheaper than the upper bound can use there. Columns, one entry per option.
 */
export interface Options {
  readonly size: number;
  /** Reduced cost above the cell's least. */
  readonly excess: Float64Array;
  readonly cost: Float64Array;
  /** [constraint], for those that touch the cell; the others are 0 and left out. */
  readonly sums: readonly (Float64Array | undefined)[];
  /** `stride` entries per option: target, cut, target, cut, ..., -1 after the last target. */
  readonly code: Int32Array;
  readonly stride: number;
  /** False where there were more than the window wants. */
  readonly complete: boolean;
}

/** What an option adds to constraint `k`: 0 where the constraint does not touch the cell. */
export function amountOf({ sums }: Options, k: number, option: number): number {
  const column = sums[k];
  return column === undefined ? 0 : floatAt(column, option);
}

export interface Window {
  readonly multipliers: Float64Array;
  /** Largest excess of interest. */
  readonly width: number;
  /** Give up on a cell with more options than this. */
  readonly most: number;
}

export function optionsWithin(cell: Cell, thresholds: number, window: Window): Options {
  const size = cell.values.length;
  const cuts = Math.min(thresholds, Math.max(0, size - 1));
  const reduced = reduce(cell, window.multipliers);
  const levels = suffixes(cell, reduced, cuts);
  const least = floatAt(at(levels, cuts), 0);
  const walk: Walk = {
    cell,
    reduced,
    levels,
    limit: least + window.width,
    most: window.most,
    found: [],
    excess: [],
    path: [],
  };
  const complete = extend(walk, { from: 0, cuts, spent: 0, last: -1 });
  const columns = tabulateOptions(walk, 2 * cuts + 1, least);
  const sums: (Float64Array | undefined)[] = [...window.multipliers].map(() => undefined);
  for (const [d, k] of cell.dims.entries()) sums[k] = columns.amounts[d];
  return { ...columns, sums, stride: 2 * cuts + 1, complete };
}

interface Walk {
  readonly cell: Cell;
  readonly reduced: Float64Array;
  readonly levels: readonly Float64Array[];
  readonly limit: number;
  readonly most: number;
  readonly found: number[][];
  readonly excess: number[];
  readonly path: number[];
}

interface Place {
  readonly from: number;
  readonly cuts: number;
  readonly spent: number;
  /** The target of the piece before: two neighbours with one target are one piece. */
  readonly last: number;
}

/** Depth first over pieces from left to right; false where there are too many. */
function extend(walk: Walk, { from, cuts, spent, last }: Place): boolean {
  const { cell, reduced, levels, limit, path } = walk;
  const width = cell.targets.length;
  const size = cell.values.length;
  for (let t = 0; t < width; t++) {
    if (t === last) continue;
    const total = spent + floatAt(reduced, size * width + t) - floatAt(reduced, from * width + t);
    if (total > limit) continue;
    if (walk.found.length >= walk.most) return false;
    walk.found.push([...path, t]);
    walk.excess.push(total);
  }
  const rest = levels[cuts - 1];
  if (!rest) return true;
  for (let to = from + 1; to < size; to++) {
    const room = limit - spent - floatAt(rest, to);
    for (let t = 0; t < width; t++) {
      if (t === last) continue;
      const part = floatAt(reduced, to * width + t) - floatAt(reduced, from * width + t);
      if (part > room) continue;
      path.push(t, to);
      const inTime = extend(walk, { from: to, cuts: cuts - 1, spent: spent + part, last: t });
      path.length -= 2;
      if (!inTime) return false;
    }
  }
  return true;
}

function tabulateOptions({ cell, found, excess }: Walk, stride: number, least: number) {
  const size = found.length;
  const columns = cell.prefix.map(() => new Float64Array(size));
  const code = new Int32Array(size * stride).fill(-1);
  const width = cell.targets.length;
  for (const [option, path] of found.entries()) {
    code.set(path, option * stride);
    for (const [p, prefix] of cell.prefix.entries()) {
      let sum = 0;
      for (let i = 0; i < path.length; i += 2) {
        const t = at(path, i);
        const to = path[i + 1] ?? cell.values.length;
        const from = i > 0 ? at(path, i - 1) : 0;
        sum += floatAt(prefix, to * width + t) - floatAt(prefix, from * width + t);
      }
      const column = columns[p];
      if (column) column[option] = sum;
    }
  }
  const [cost = new Float64Array(size), ...amounts] = columns;
  return {
    size,
    excess: Float64Array.from(excess, (total) => Math.max(0, total - least)),
    cost,
    amounts,
    code,
  };
}
