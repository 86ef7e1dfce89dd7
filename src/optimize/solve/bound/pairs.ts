import { at, floatAt, intAt } from '../../rows/at.ts';
import type { Cell, Problem } from './cells.ts';
import { reduce, suffixes } from './relax.ts';

/**
 * Lagrange bounds of sets of targets, at fixed multipliers: what the problem costs at least when
 * only these targets may be used.
 */
export interface SetBounds {
  bound(ranks: readonly number[]): number;
  /** With one threshold at most an option is a pair of targets, and the pairs are known at once. */
  readonly pairs: Pairs | undefined;
}

export interface Pairs {
  readonly targets: number;
  /** The multipliers times the bounds: what every bound is less by. */
  readonly offset: number;
  /**
   * [cell][left * targets + right]: the least reduced cost with these targets on either side of one
   * threshold; equal = not cut, Infinity where not eligible.
   */
  readonly least: readonly Float64Array[];
}

export function setBounds(problem: Problem, multipliers: Float64Array): SetBounds {
  const offset = problem.bounds.reduce((sum, bound, k) => sum + bound * floatAt(multipliers, k), 0);
  if (problem.thresholds > 1) return byCuts(problem, multipliers, offset);
  const least = problem.cells.map((cell) => tabulatePairs(problem, cell, multipliers));
  const pairs = { targets: problem.targets.length, offset, least };
  return { pairs, bound: (ranks) => pairBound(pairs, ranks) };
}

function tabulatePairs(problem: Problem, cell: Cell, multipliers: Float64Array): Float64Array {
  const all = problem.targets.length;
  const width = cell.targets.length;
  const size = cell.values.length;
  const reduced = reduce(cell, multipliers);
  const local = new Float64Array(width * width).fill(Infinity);
  const whole = reduced.subarray(size * width);
  for (let v = 1; problem.thresholds > 0 && v < size; v++) {
    const cut = reduced.subarray(v * width, (v + 1) * width);
    for (let l = 0; l < width; l++) {
      const left = floatAt(cut, l);
      for (let r = 0; r < width; r++) {
        const value = left + floatAt(whole, r) - floatAt(cut, r);
        if (value < floatAt(local, l * width + r)) local[l * width + r] = value;
      }
    }
  }
  const least = new Float64Array(all * all).fill(Infinity);
  for (const [l, left] of cell.targets.entries()) {
    for (const [r, right] of cell.targets.entries()) {
      least[left * all + right] = l === r ? floatAt(whole, l) : floatAt(local, l * width + r);
    }
  }
  return least;
}

function pairBound({ targets, offset, least }: Pairs, ranks: readonly number[]): number {
  let bound = -offset;
  for (const values of least) {
    let best = Infinity;
    for (const left of ranks) {
      for (const right of ranks) best = Math.min(best, floatAt(values, left * targets + right));
    }
    bound += best;
  }
  return bound;
}

function byCuts(problem: Problem, multipliers: Float64Array, offset: number): SetBounds {
  const reduced = problem.cells.map((cell) => reduce(cell, multipliers));
  const bound = (ranks: readonly number[]) => {
    let sum = -offset;
    for (const [c, cell] of problem.cells.entries()) {
      const part = restrictCell({ ...cell, prefix: [at(reduced, c)] }, ranks);
      if (part.targets.length === 0) return Infinity;
      const cuts = Math.min(problem.thresholds, Math.max(0, cell.values.length - 1));
      sum += floatAt(at(suffixes(part, at(part.prefix, 0), cuts), cuts), 0);
    }
    return sum;
  };
  return { pairs: undefined, bound };
}

/** The problem with some of its targets only. */
export function restrict(problem: Problem, ranks: readonly number[]): Problem {
  return { ...problem, cells: problem.cells.map((cell) => restrictCell(cell, ranks)) };
}

/** The cell with some of its targets only. */
export function restrictCell(cell: Cell, ranks: readonly number[]): Cell {
  const wanted = new Set(ranks);
  const places = Array.from(cell.targets.keys()).filter((t) => wanted.has(intAt(cell.targets, t)));
  if (places.length === cell.targets.length) return cell;
  const from = cell.targets.length;
  const to = places.length;
  const prefix = cell.prefix.map((sums) => {
    const part = new Float64Array((cell.values.length + 1) * to);
    for (let v = 0; v <= cell.values.length; v++) {
      for (let t = 0; t < to; t++) part[v * to + t] = floatAt(sums, v * from + at(places, t));
    }
    return part;
  });
  return { ...cell, targets: Int32Array.from(places, (t) => intAt(cell.targets, t)), prefix };
}
