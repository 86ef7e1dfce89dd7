import { at, floatAt } from '../../rows/at.ts';

/** States or options side by side: `cost`, and one column of sums per constraint that still matters. */
export interface Points {
  readonly size: number;
  readonly cost: ArrayLike<number>;
  readonly sums: readonly ArrayLike<number>[];
}

/**
 * Indices of the points that no other beats: none is as cheap with every sum as low. Of equal
 * points one is kept. With three sums and more the sieve is partial: it may keep too many, never
 * too few.
 */
export function undominated(points: Points): Int32Array {
  const order = byCost(points);
  const sieve = sieveFor(points, order);
  return order.filter((i) => {
    const kept = !sieve.beats(i);
    if (kept) sieve.add(i);
    return kept;
  });
}

/** The same, but only what is cheaper beats: points that cost the same are all kept. */
export function unbeaten(points: Points): Int32Array {
  const order = byCost(points);
  const sieve = sieveFor(points, order);
  let group: number[] = [];
  let price = -Infinity;
  return order.filter((i) => {
    const cost = at(points.cost, i);
    if (cost > price) {
      for (const member of group) sieve.add(member);
      group = [];
      price = cost;
    }
    const kept = !sieve.beats(i);
    if (kept) group.push(i);
    return kept;
  });
}

function byCost({ size, cost, sums: [first, second] }: Points): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i).sort(
    (a, b) =>
      at(cost, a) - at(cost, b) ||
      (first ? at(first, a) - at(first, b) : 0) ||
      (second ? at(second, a) - at(second, b) : 0) ||
      a - b,
  );
}

/** The points added so far, none dearer than those that are asked about. */
interface Sieve {
  /** Whether one of them has every sum as low. */
  beats(i: number): boolean;
  add(i: number): void;
}

function sieveFor({ sums }: Points, order: Int32Array): Sieve {
  const [first, second] = sums;
  if (!first) return new First();
  if (!second) return new Staircase(first);
  return sums.length === 2 ? new Tree(order, first, second) : new Pairs(sums);
}

class First implements Sieve {
  #found = false;

  beats(): boolean {
    return this.#found;
  }

  add(): void {
    this.#found = true;
  }
}

class Staircase implements Sieve {
  readonly #sums: ArrayLike<number>;
  #least = Infinity;

  constructor(sums: ArrayLike<number>) {
    this.#sums = sums;
  }

  beats(i: number): boolean {
    return this.#least <= at(this.#sums, i);
  }

  add(i: number): void {
    this.#least = Math.min(this.#least, at(this.#sums, i));
  }
}

/** Least second sum among the points with a first sum up to a rank: a Fenwick tree. */
class Tree implements Sieve {
  readonly #first: ArrayLike<number>;
  readonly #second: ArrayLike<number>;
  readonly #sorted: Float64Array;
  readonly #tree: Float64Array;

  constructor(order: Int32Array, first: ArrayLike<number>, second: ArrayLike<number>) {
    this.#first = first;
    this.#second = second;
    this.#sorted = Float64Array.from(order, (i) => at(first, i)).sort();
    this.#tree = new Float64Array(order.length + 1).fill(Infinity);
  }

  beats(i: number): boolean {
    const value = at(this.#second, i);
    for (let r = upperIndex(this.#sorted, at(this.#first, i)); r > 0; r -= r & -r) {
      if (floatAt(this.#tree, r) <= value) return true;
    }
    return false;
  }

  add(i: number): void {
    const value = at(this.#second, i);
    const start = upperIndex(this.#sorted, at(this.#first, i));
    for (let r = start; r < this.#tree.length; r += r & -r) {
      this.#tree[r] = Math.min(floatAt(this.#tree, r), value);
    }
  }
}

/** How many of the sorted values are <= value. */
function upperIndex(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (floatAt(sorted, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rivals looked at per point: enough to thin a front out, too few to make the sieve quadratic. */
const rivals = 256;

class Pairs implements Sieve {
  readonly #sums: readonly ArrayLike<number>[];
  readonly #kept: number[] = [];

  constructor(sums: readonly ArrayLike<number>[]) {
    this.#sums = sums;
  }

  beats(i: number): boolean {
    const latest = Math.max(0, this.#kept.length - rivals);
    return (
      this.#beaten(i, latest, this.#kept.length) || this.#beaten(i, 0, Math.min(latest, rivals))
    );
  }

  add(i: number): void {
    this.#kept.push(i);
  }

  #beaten(i: number, from: number, to: number): boolean {
    for (let r = from; r < to; r++) {
      const rival = at(this.#kept, r);
      if (this.#sums.every((column) => at(column, rival) <= at(column, i))) return true;
    }
    return false;
  }
}
