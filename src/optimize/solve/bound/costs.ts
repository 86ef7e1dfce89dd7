import type { Cell } from './cells.ts';
import { reduce } from './relax.ts';
import type { Rule, RuleIds } from './rules.ts';

/** A cell served whole, or cut at its own value index `at` by two targets. */
export interface Service {
  /** 0 = whole, `right` serves all. */
  readonly at: number;
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
  #pairs: readonly (Service | undefined)[] | undefined;

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

  left(at: number, rank: number): number {
    const t = this.#place.get(rank);
    return t === undefined ? Infinity : this.#left(at, t);
  }

  right(at: number, rank: number): number {
    const t = this.#place.get(rank);
    return t === undefined ? Infinity : this.#right(at, t);
  }

  /** The best two targets for a cut, by place; undefined where both are one. */
  bestPair(at: number): Service | undefined {
    this.#pairs ??= Array.from(this.cell.values, (_, i) => (i > 0 ? this.#bestPair(i) : undefined));
    return this.#pairs[at];
  }

  /** Adds what the cell would owe to each rule at this price; `owed` notes the rules touched. */
  addDebts(
    price: number,
    places: Int32Array,
    into: { ids: RuleIds; debts: Float64Array; owed: number[] },
  ): void {
    const { ids, debts, owed } = into;
    const { targets, values } = this.cell;
    const owe = (first: number, t: number, amount: number) => {
      const id = first + (targets[t] ?? 0);
      if (debts[id] === 0) owed.push(id);
      debts[id] = (debts[id] ?? 0) + amount;
    };
    for (let t = 0; t < this.#width; t++) {
      const amount = price - this.#whole(t);
      if (amount > 0) owe(0, t, amount);
    }
    for (let at = 1; at < values.length; at++) {
      if (this.#leastCut(at) >= price) continue;
      const left = this.#leastTwo(at, 'left');
      const right = this.#leastTwo(at, 'right');
      const place = places[at] ?? 0;
      const first = ids.id({ target: 0, place, side: 'left' });
      const second = ids.id({ target: 0, place, side: 'right' });
      for (let t = 0; t < this.#width; t++) {
        const byLeft = price - this.#left(at, t) - (t === right.t ? right.second : right.value);
        if (byLeft > 0) owe(first, t, byLeft / 2);
        const byRight = price - this.#right(at, t) - (t === left.t ? left.second : left.value);
        if (byRight > 0) owe(second, t, byRight / 2);
      }
    }
  }

  /** The service by which the cell would owe most to a rule; undefined where it owes nothing. */
  serviceBy({ target, place, side }: Rule, price: number, places: Int32Array): Service | undefined {
    const t = this.#place.get(target);
    if (t === undefined) return undefined;
    if (side === 'whole') {
      const value = this.#whole(t);
      return value < price ? { at: 0, left: t, right: t, value } : undefined;
    }
    const at = places.indexOf(place);
    if (at < 1) return undefined;
    const other = this.#leastTwo(at, side === 'left' ? 'right' : 'left');
    const partner = other.t === t ? other.secondT : other.t;
    const [left, right] = side === 'left' ? [t, partner] : [partner, t];
    if (partner < 0) return undefined;
    const value = this.#left(at, left) + this.#right(at, right);
    return value < price ? { at, left, right, value } : undefined;
  }

  /** The amount of the cell's dimension `d` under a service. */
  sumOf(d: number, { at, left, right }: Service): number {
    const sums = this.cell.prefix[d + 1];
    const whole = sums?.[this.#end + right] ?? 0;
    if (at === 0) return whole;
    return whole - (sums?.[at * this.#width + right] ?? 0) + (sums?.[at * this.#width + left] ?? 0);
  }

  /** The largest size of a whole service. */
  dearest(): number {
    return this.#reduced.subarray(this.#end).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  }

  #whole(t: number): number {
    return this.#reduced[this.#end + t] ?? 0;
  }

  #left(at: number, t: number): number {
    return this.#reduced[at * this.#width + t] ?? 0;
  }

  #right(at: number, t: number): number {
    return this.#whole(t) - this.#left(at, t);
  }

  /** The least of any two targets, even of one twice. */
  #leastCut(at: number): number {
    let left = Infinity;
    let right = Infinity;
    for (let t = at * this.#width, end = this.#end; t < (at + 1) * this.#width; t++, end++) {
      const part = this.#reduced[t] ?? 0;
      const rest = (this.#reduced[end] ?? 0) - part;
      if (part < left) left = part;
      if (rest < right) right = rest;
    }
    return left + right;
  }

  #leastTwo(at: number, side: 'left' | 'right') {
    let t = -1;
    let secondT = -1;
    let value = Infinity;
    let second = Infinity;
    for (let i = 0; i < this.#width; i++) {
      const cost = side === 'left' ? this.#left(at, i) : this.#right(at, i);
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

  #bestPair(at: number): Service | undefined {
    const [left, right] = [this.#leastTwo(at, 'left'), this.#leastTwo(at, 'right')];
    if (left.t === right.t) return undefined;
    return { at, left: left.t, right: right.t, value: left.value + right.value };
  }
}
