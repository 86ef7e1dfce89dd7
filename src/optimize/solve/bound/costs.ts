import { at, floatAt, intAt } from '../../problem/at.ts';
import type { Cell } from './cells.ts';
import { reduce } from './relax.ts';
import type { RuleIds, RuleParts } from './rule-ids.ts';

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

  /** The best two targets for a cut, by place; undefined where both are one. */
  bestPair(cut: number): CellService | undefined {
    this.#pairs ??= Array.from(this.cell.values, (_, i) => (i > 0 ? this.#bestPair(i) : undefined));
    return this.#pairs[cut];
  }

  /**
   * Adds the cell's contribution to every rule at this price: by how much the rule would serve the
   * cell below its price, half of it to each rule of a pair. `touched` lists the rules above 0.
   */
  addContributions(
    price: number,
    places: Int32Array,
    into: { ids: RuleIds; contributions: Float64Array; touched: number[] },
  ): void {
    const { ids, contributions, touched } = into;
    const { targets, values } = this.cell;
    const add = (first: number, t: number, amount: number) => {
      const id = first + intAt(targets, t);
      if (contributions[id] === 0) touched.push(id);
      contributions[id] = floatAt(contributions, id) + amount;
    };
    for (let t = 0; t < this.#width; t++) {
      const amount = price - this.#whole(t);
      if (amount > 0) add(0, t, amount);
    }
    for (let cut = 1; cut < values.length; cut++) {
      if (this.#leastCut(cut) >= price) continue;
      const left = this.#leastTwo(cut, 'left');
      const right = this.#leastTwo(cut, 'right');
      const place = intAt(places, cut);
      const first = ids.id({ target: 0, place, side: 'left' });
      const second = ids.id({ target: 0, place, side: 'right' });
      for (let t = 0; t < this.#width; t++) {
        const byLeft = price - this.#left(cut, t) - (t === right.t ? right.second : right.value);
        if (byLeft > 0) add(first, t, byLeft / 2);
        const byRight = price - this.#right(cut, t) - (t === left.t ? left.second : left.value);
        if (byRight > 0) add(second, t, byRight / 2);
      }
    }
  }

  /** The service by which a rule's contribution from the cell is largest; undefined where it is 0. */
  serviceBy(
    { target, place, side }: RuleParts,
    price: number,
    places: Int32Array,
  ): CellService | undefined {
    const t = this.#place.get(target);
    if (t === undefined) return undefined;
    if (side === 'whole') {
      const value = this.#whole(t);
      return value < price ? { cut: 0, left: t, right: t, value } : undefined;
    }
    const cut = places.indexOf(place);
    if (cut < 1) return undefined;
    const other = this.#leastTwo(cut, side === 'left' ? 'right' : 'left');
    const partner = other.t === t ? other.secondT : other.t;
    const [left, right] = side === 'left' ? [t, partner] : [partner, t];
    if (partner < 0) return undefined;
    const value = this.#left(cut, left) + this.#right(cut, right);
    return value < price ? { cut, left, right, value } : undefined;
  }

  /** The amount of the cell's dimension `d` under a service. */
  sumOf(d: number, { cut, left, right }: CellService): number {
    const sums = at(this.cell.prefix, d + 1);
    const whole = floatAt(sums, this.#end + right);
    if (cut === 0) return whole;
    return (
      whole - floatAt(sums, cut * this.#width + right) + floatAt(sums, cut * this.#width + left)
    );
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
