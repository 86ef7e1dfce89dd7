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
export function undominated({ size, cost, sums }: Points): Int32Array {
  const [first, second] = sums;
  const order = Int32Array.from({ length: size }, (_, i) => i);
  if (!first) return cheapest(order, cost);
  order.sort(
    (a, b) =>
      (cost[a] ?? 0) - (cost[b] ?? 0) ||
      (first[a] ?? 0) - (first[b] ?? 0) ||
      (second ? (second[a] ?? 0) - (second[b] ?? 0) : 0) ||
      a - b,
  );
  if (!second) return staircase(order, first);
  if (sums.length === 2) return byTree(order, first, second);
  return byPairs(order, sums);
}

function cheapest(order: Int32Array, cost: ArrayLike<number>): Int32Array {
  let found = -1;
  for (const i of order) if (found < 0 || (cost[i] ?? 0) < (cost[found] ?? 0)) found = i;
  return found < 0 ? order : Int32Array.of(found);
}

function staircase(order: Int32Array, sums: ArrayLike<number>): Int32Array {
  let least = Infinity;
  return order.filter((i) => {
    const kept = (sums[i] ?? 0) < least;
    if (kept) least = sums[i] ?? 0;
    return kept;
  });
}

/** Least second sum among the points seen with a first sum up to a rank: a Fenwick tree. */
function byTree(
  order: Int32Array,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): Int32Array {
  const sorted = Float64Array.from(order, (i) => first[i] ?? 0).sort();
  const tree = new Float64Array(sorted.length + 1).fill(Infinity);
  return order.filter((i) => {
    const value = second[i] ?? 0;
    const rank = upperIndex(sorted, first[i] ?? 0);
    for (let r = rank; r > 0; r -= r & -r) if ((tree[r] ?? 0) <= value) return false;
    for (let r = rank; r < tree.length; r += r & -r) tree[r] = Math.min(tree[r] ?? 0, value);
    return true;
  });
}

/** How many of the sorted values are <= value. */
function upperIndex(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rivals looked at per point: enough to thin a front out, too few to make the sieve quadratic. */
const rivals = 256;

function byPairs(order: Int32Array, sums: readonly ArrayLike<number>[]): Int32Array {
  const kept: number[] = [];
  for (const i of order) {
    const start = Math.max(0, kept.length - rivals);
    const beaten = (from: number, to: number) => {
      for (let r = from; r < to; r++) {
        const rival = kept[r] ?? 0;
        if (sums.every((column) => (column[rival] ?? 0) <= (column[i] ?? 0))) return true;
      }
      return false;
    };
    if (!beaten(start, kept.length) && !beaten(0, Math.min(start, rivals))) kept.push(i);
  }
  return Int32Array.from(kept);
}
