import { floatAt } from '../../rows/at.ts';
import type { Cell } from './cells.ts';
import { reduce } from './relax.ts';

/** A cell served whole, or cut at its own value index `cut` by two targets. */
export interface CellService {
  /** 0 = whole, `right` serves all. */
  readonly cut: number;
  /** Targets by their place in the cell. */
  readonly left: number;
  readonly right: number;
  readonly value: number;
}

/** Reduced costs of one cell at fixed multipliers, with at most one threshold. */
export class CellCosts {
  readonly cell: Cell;
  /** Place in the cell of each target rank; -1 = not eligible. */
  readonly #place: ReadonlyMap<number, number>;
  readonly #reduced: Float64Array;
  readonly #width: number;
  readonly #end: number;
  #leastPairs: Float64Array | undefined;
  #pairs: readonly (CellService | undefined)[] | undefined;

  constructor(cell: Cell, multipliers: Float64Array) {
    this.cell = cell;
    this.#reduced = reduce(cell, multipliers);
    this.#width = cell.targets.length;
    this.#end = cell.values.length * this.#width;
    this.#place = new Map(Array.from(cell.targets, (rank, t) => [rank, t]));
  }

  /** By rank; Infinity where not eligible. */
  whole(rank: number): number {
    const t = this.#place.get(rank);
    return t === undefined ? Infinity : this.#whole(t);
  }

  left(cut: number, rank: number): number {
    const t = this.#place.get(rank);
    return t === undefined ? Infinity : this.#left(cut, t);
  }

  right(cut: number, rank: number): number {
    const t = this.#place.get(rank);
    return t === undefined ? Infinity : this.#right(cut, t);
  }

  /** What a cut costs at least, even with one target on both sides. */
  leastPair(cut: number): number {
    this.#leastPairs ??= Float64Array.from(this.cell.values, (_, i) => this.#leastCut(i));
    return floatAt(this.#leastPairs, cut);
  }

  /** The best two targets for a cut, by place; undefined where both are one. */
  bestPair(cut: number): CellService | undefined {
    this.#pairs ??= Array.from(this.cell.values, (_, i) => (i > 0 ? this.#bestPair(i) : undefined));
    return this.#pairs[cut];
  }

  /** The largest size of a whole service. */
  dearest(): number {
    return this.#reduced.subarray(this.#end).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  }

  #whole(t: number): number {
    return floatAt(this.#reduced, this.#end + t);
  }

  #left(cut: number, t: number): number {
    return floatAt(this.#reduced, cut * this.#width + t);
  }

  #right(cut: number, t: number): number {
    return this.#whole(t) - this.#left(cut, t);
  }

  /** The least of any two targets, even of one twice. */
  #leastCut(cut: number): number {
    let left = Infinity;
    let right = Infinity;
    for (let t = cut * this.#width, end = this.#end; t < (cut + 1) * this.#width; t++, end++) {
      const part = floatAt(this.#reduced, t);
      const rest = floatAt(this.#reduced, end) - part;
      if (part < left) left = part;
      if (rest < right) right = rest;
    }
    return left + right;
  }

  #leastTwo(cut: number, side: 'left' | 'right') {
    let t = -1;
    let secondT = -1;
    let value = Infinity;
    let second = Infinity;
    for (let i = 0; i < this.#width; i++) {
      const cost = side === 'left' ? this.#left(cut, i) : this.#right(cut, i);
      if (cost < value) {
        secondT = t;
        second = value;
        t = i;
        value = cost;
      } else if (cost < second) {
        secondT = i;
        second = cost;
      }
    }
    return { t, value, secondT, second };
  }

  #bestPair(cut: number): CellService | undefined {
    const [left, right] = [this.#leastTwo(cut, 'left'), this.#leastTwo(cut, 'right')];
    if (left.t === right.t) return undefined;
    return { cut, left: left.t, right: right.t, value: left.value + right.value };
  }
}
