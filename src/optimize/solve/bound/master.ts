import { at, floatAt } from '../../rows/at.ts';
import type { Problem } from './cells.ts';
import type { Relaxed } from './relax.ts';

/**
 * The master programme of column generation: the cheapest mixture of the options met so far, one
 * convex combination per bucket of cells, that keeps every bound; its dual prices are the next
 * multipliers. A small dense revised simplex.
 */
export interface Master {
  /** Multipliers, and the value of the mixture: the most that any bound can reach. */
  solve(): { multipliers: Float64Array; value: number };
  /** Adds what each bucket chose; false where nothing was new. */
  add(relaxed: Relaxed): boolean;
}

interface Column {
  readonly cost: number;
  /** Row and coefficient. */
  readonly entries: readonly (readonly [number, number])[];
}

/** One convexity row per cell is best, but the basis is dense: more cells share rows. */
const maxBuckets = 64;
/** What breaking a bound by its whole scale costs, in units of the whole cost. */
const penalty = 1e5;
const tiny = 1e-10;

export function openMaster(problem: Problem, start: Relaxed): Master {
  const bounds = problem.bounds.length;
  const buckets = Math.min(maxBuckets, problem.cells.length);
  const size = bounds + buckets;
  const costScale = Math.max(1, Math.abs(start.cost));
  const scales = Array.from(problem.bounds, (bound, k) =>
    Math.max(1, Math.abs(bound), Math.abs(floatAt(start.sums, k))),
  );
  const seen = new Set<string>();
  const columns: Column[] = [];

  const toColumns = (relaxed: Relaxed): Column[] => {
    const costs = new Float64Array(buckets);
    const sums = Array.from({ length: buckets }, () => new Float64Array(bounds));
    for (const [c, choice] of relaxed.choices.entries()) {
      const bucket = c % buckets;
      costs[bucket] = floatAt(costs, bucket) + choice.cost;
      const into = sums[bucket];
      for (const [d, k] of at(problem.cells, c).dims.entries()) {
        if (into) into[k] = floatAt(into, k) + at(choice.sums, d);
      }
    }
    return sums.flatMap((amounts, bucket) => {
      const key = `${bucket}:${costs[bucket]}:${amounts.join()}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const entries: [number, number][] = [[bounds + bucket, 1]];
      for (const [k, amount] of amounts.entries()) {
        if (amount !== 0) entries.push([k, amount / at(scales, k)]);
      }
      return [{ cost: floatAt(costs, bucket) / costScale, entries }];
    });
  };

  const first = toColumns(start);
  const right = new Float64Array(size).fill(1);
  for (const [k, bound] of problem.bounds.entries()) right[k] = bound / at(scales, k);
  const over = Array.from(problem.bounds, (bound, k) => floatAt(start.sums, k) > bound);
  const basis: Column[] = over.map((broken, k) =>
    broken ? { cost: penalty, entries: [[k, -1]] } : { cost: 0, entries: [[k, 1]] },
  );
  for (let k = 0; k < bounds; k++) {
    columns.push({ cost: 0, entries: [[k, 1]] }, { cost: penalty, entries: [[k, -1]] });
  }
  columns.push(...first);
  basis.push(...first);
  const simplex = new Simplex(basis, right);
  return {
    solve() {
      simplex.minimise(columns);
      const prices = simplex.prices();
      const multipliers = Float64Array.from(scales, (scale, k) =>
        Math.max(0, (-floatAt(prices, k) * costScale) / scale),
      );
      return { multipliers, value: simplex.value() * costScale };
    },
    add(relaxed) {
      const fresh = toColumns(relaxed);
      columns.push(...fresh);
      return fresh.length > 0;
    },
  };
}

/** Revised simplex on `basis x = right, x >= 0`, with the inverse kept dense. */
class Simplex {
  readonly #basis: Column[];
  readonly #inverse: Float64Array[];
  readonly #solution: Float64Array;

  constructor(basis: Column[], right: Float64Array) {
    this.#basis = basis;
    this.#inverse = invert(basis);
    this.#solution = Float64Array.from(this.#inverse, (row) => dot(row, right));
  }

  minimise(columns: readonly Column[]): void {
    // Bland's rule after this many pivots: the steepest column can go round in circles.
    const patience = 20 * (columns.length + this.#basis.length);
    for (let pivot = 0; pivot < 2 * patience; pivot++) {
      const entering = pivot > patience ? this.#first(columns) : this.#steepest(columns);
      if (!entering) return;
      const direction = Float64Array.from(this.#inverse, (row) => along(row, entering));
      const leaving = this.#leaving(direction);
      if (leaving < 0) return;
      this.#pivot(leaving, direction, entering);
    }
  }

  prices(): Float64Array {
    const prices = new Float64Array(this.#basis.length);
    for (const [i, { cost }] of this.#basis.entries()) {
      if (cost === 0) continue;
      const row = at(this.#inverse, i);
      for (let j = 0; j < prices.length; j++)
        prices[j] = floatAt(prices, j) + cost * floatAt(row, j);
    }
    return prices;
  }

  value(): number {
    return this.#basis.reduce((sum, { cost }, i) => sum + cost * floatAt(this.#solution, i), 0);
  }

  /** The column of the least reduced cost, where one is below 0. */
  #steepest(columns: readonly Column[]): Column | undefined {
    const prices = this.prices();
    let least = -tiny;
    let found: Column | undefined;
    for (const column of columns) {
      const reduced = column.cost - along(prices, column);
      if (reduced < least) {
        found = column;
        least = reduced;
      }
    }
    return found;
  }

  /** The first column of a reduced cost below 0. */
  #first(columns: readonly Column[]): Column | undefined {
    const prices = this.prices();
    return columns.find((column) => column.cost - along(prices, column) < -tiny);
  }

  #leaving(direction: Float64Array): number {
    let least = Infinity;
    let found = -1;
    for (const [i, step] of direction.entries()) {
      if (step <= tiny) continue;
      const ratio = floatAt(this.#solution, i) / step;
      if (ratio < least) {
        least = ratio;
        found = i;
      }
    }
    return found;
  }

  #pivot(leaving: number, direction: Float64Array, entering: Column): void {
    const row = this.#inverse[leaving];
    const by = floatAt(direction, leaving);
    if (!row) return;
    for (let j = 0; j < row.length; j++) row[j] = floatAt(row, j) / by;
    const step = floatAt(this.#solution, leaving) / by;
    for (const [i, other] of this.#inverse.entries()) {
      const factor = floatAt(direction, i);
      if (i === leaving || factor === 0) continue;
      for (let j = 0; j < row.length; j++) other[j] = floatAt(other, j) - factor * floatAt(row, j);
      this.#solution[i] = Math.max(0, floatAt(this.#solution, i) - factor * step);
    }
    this.#solution[leaving] = step;
    this.#basis[leaving] = entering;
  }
}

/** Inverts the first basis: slacks (+1) or shortfalls (-1), then one option per bucket. */
function invert(basis: readonly Column[]): Float64Array[] {
  const size = basis.length;
  const rows = Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(size);
    row[i] = 1;
    return row;
  });
  for (const [i, { entries }] of basis.entries()) {
    for (const [row, value] of entries) {
      const into = rows[row];
      if (row !== i && into) into[i] = floatAt(into, i) - value;
    }
  }
  for (const [i, { entries }] of basis.entries()) {
    if (entries.some(([row, value]) => row === i && value < 0)) {
      rows[i] = at(rows, i).map((value) => -value);
    }
  }
  return rows;
}

function along(row: ArrayLike<number>, { entries }: Column): number {
  let sum = 0;
  for (const [i, value] of entries) sum += at(row, i) * value;
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += floatAt(a, i) * floatAt(b, i);
  return sum;
}
