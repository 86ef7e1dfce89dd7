import { at, floatAt } from '../../rows/at.ts';
import type { Cell, Problem } from './cells.ts';

/**
 * The Lagrange relaxation: every cell for itself takes the pieces of least reduced cost
 * `cost + sum of multiplier * amount`. For any multipliers >= 0, `lower` bounds the cost of every
 * feasible solution from below.
 */
export interface Relaxed {
  readonly lower: number;
  /** Cost and sums of the solution that attains the bound; it need not be feasible. */
  readonly cost: number;
  readonly sums: Float64Array;
  /** Size of the terms that were added: what rounding errors are relative to. */
  readonly scale: number;
  readonly choices: readonly Choice[];
}

/** What one cell does: the least reduced cost and the option that has it. */
export interface Choice {
  readonly reduced: number;
  readonly cost: number;
  /** In the order of the cell's `dims`. */
  readonly sums: readonly number[];
}

export function relax(problem: Problem, multipliers: Float64Array): Relaxed {
  const sums = new Float64Array(problem.bounds.length);
  let lower = 0;
  let cost = 0;
  let scale = 1;
  const choices = problem.cells.map((cell) => {
    const choice = best(cell, multipliers, problem.thresholds);
    lower += choice.reduced;
    cost += choice.cost;
    scale += Math.abs(choice.cost);
    for (const [d, k] of cell.dims.entries()) sums[k] = floatAt(sums, k) + at(choice.sums, d);
    return choice;
  });
  for (const [k, bound] of problem.bounds.entries()) {
    lower -= floatAt(multipliers, k) * bound;
    scale += floatAt(multipliers, k) * (Math.abs(bound) + Math.abs(floatAt(sums, k)));
  }
  return { lower, cost, sums, scale, choices };
}

/** Whether the sums keep every bound. */
export function isFeasible(problem: Problem, sums: ArrayLike<number>): boolean {
  return problem.bounds.every((bound, k) => at(sums, k) <= bound);
}

/** Reduced-cost prefix sums of a cell, laid out as its `prefix`. */
export function reduce(cell: Cell, multipliers: Float64Array): Float64Array {
  const reduced = at(cell.prefix, 0).slice();
  for (const [d, k] of cell.dims.entries()) {
    const multiplier = floatAt(multipliers, k);
    const amount = cell.prefix[d + 1];
    if (multiplier === 0 || !amount) continue;
    for (let i = 0; i < amount.length; i++) {
      reduced[i] = floatAt(reduced, i) + multiplier * floatAt(amount, i);
    }
  }
  return reduced;
}

/**
 * `suffixes[j][v]`: the least reduced cost of the rows from value `v` on with at most `j` cuts;
 * neighbouring pieces may have equal targets here, which never makes it less.
 */
export function suffixes(cell: Cell, reduced: Float64Array, cuts: number): Float64Array[] {
  const width = cell.targets.length;
  const size = cell.values.length;
  const whole = size * width;
  const last = new Float64Array(size + 1);
  for (let v = 0; v < size; v++) {
    let least = Infinity;
    for (let t = 0; t < width; t++) {
      const rest = floatAt(reduced, whole + t) - floatAt(reduced, v * width + t);
      if (rest < least) least = rest;
    }
    last[v] = least;
  }
  const levels: Float64Array[] = [last];
  for (let j = 1; j <= cuts; j++) levels.push(withOneMoreCut(at(levels, j - 1), reduced, width));
  return levels;
}

function withOneMoreCut(fewer: Float64Array, reduced: Float64Array, width: number): Float64Array {
  const level = fewer.slice();
  const ahead = new Float64Array(width).fill(Infinity);
  for (let v = fewer.length - 2; v >= 0; v--) {
    let least = floatAt(fewer, v);
    const rest = floatAt(fewer, v + 1);
    const end = v + 2 < fewer.length;
    for (let t = 0; t < width; t++) {
      if (end) {
        const stop = floatAt(reduced, (v + 1) * width + t) + rest;
        if (stop < floatAt(ahead, t)) ahead[t] = stop;
      }
      const value = floatAt(ahead, t) - floatAt(reduced, v * width + t);
      if (value < least) least = value;
    }
    level[v] = least;
  }
  return level;
}

function best(cell: Cell, multipliers: Float64Array, thresholds: number): Choice {
  const size = cell.values.length;
  const reduced = reduce(cell, multipliers);
  const cuts = Math.min(thresholds, Math.max(0, size - 1));
  const levels = suffixes(cell, reduced, Math.max(0, cuts - 1));
  const sums = new Array<number>(cell.prefix.length).fill(0);
  let total = 0;
  let from = 0;
  for (let j = cuts; from < size || from === 0; j--) {
    const piece = firstPiece(cell, reduced, { from, rest: j > 0 ? levels[j - 1] : undefined });
    total += piece.reduced;
    for (const [p, prefix] of cell.prefix.entries()) {
      const width = cell.targets.length;
      const part =
        floatAt(prefix, piece.to * width + piece.target) -
        floatAt(prefix, from * width + piece.target);
      sums[p] = at(sums, p) + part;
    }
    from = piece.to;
    if (from >= size) break;
  }
  const [cost = 0, ...amounts] = sums;
  return { reduced: total, cost, sums: amounts };
}

/** The piece that starts at `from` in the best option: its target and the value index it ends at. */
function firstPiece(
  cell: Cell,
  reduced: Float64Array,
  { from, rest }: { from: number; rest: Float64Array | undefined },
): { target: number; to: number; reduced: number } {
  const width = cell.targets.length;
  const size = cell.values.length;
  let found = { target: 0, to: size, reduced: Infinity };
  let least = Infinity;
  const consider = (to: number, tail: number) => {
    for (let t = 0; t < width; t++) {
      const part = floatAt(reduced, to * width + t) - floatAt(reduced, from * width + t);
      if (part + tail < least) {
        least = part + tail;
        found = { target: t, to, reduced: part };
      }
    }
  };
  consider(size, 0);
  if (rest) for (let to = from + 1; to < size; to++) consider(to, floatAt(rest, to));
  return found;
}
