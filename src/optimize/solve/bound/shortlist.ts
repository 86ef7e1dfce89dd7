import { at, floatAt } from '../../rows/at.ts';
import type { Problem } from './cells.ts';
import type { Pairs, SetBounds } from './pairs.ts';

/** Sets of M targets that may hold the optimum: their bound is within the upper bound. */
export interface Shortlist {
  readonly sets: TargetSet[];
  /** No set left out is bounded lower. */
  readonly others: number;
}

export interface TargetSet {
  readonly ranks: readonly number[];
  bound: number;
}

/** Sets held at once, some 200 bytes each. */
const mostSets = 1_000_000;

/** Depth first over the sets, the promising targets first; a branch whose bound is over goes. */
export function shortlist(problem: Problem, bounds: SetBounds, upper: number): Shortlist {
  const ranks = problem.targets.map((_, rank) => rank);
  const order = bounds.pairs ? byPromise(bounds.pairs, ranks) : ranks;
  const bestAhead = bounds.pairs ? lookAhead(bounds.pairs, order) : () => -Infinity;
  const sets: TargetSet[] = [];
  let others = Infinity;
  const extend = (chosen: readonly number[], next: number) => {
    if (chosen.length === problem.maxTargets) {
      const bound = bounds.bound(chosen);
      if (bound <= upper && sets.length < mostSets) {
        sets.push({ ranks: chosen.toSorted((a, b) => a - b), bound });
      } else others = Math.min(others, bound);
      return;
    }
    const missing = problem.maxTargets - chosen.length;
    for (let i = next; i <= order.length - missing; i++) {
      const ahead = bestAhead(chosen, i);
      if (ahead > upper) {
        others = Math.min(others, ahead);
        return;
      }
      extend([...chosen, at(order, i)], i + 1);
    }
  };
  extend([], 0);
  return { sets, others };
}

/** Adds the target that lowers the bound most, M times, then swaps while that helps. */
export function greedySet({ maxTargets, targets }: Problem, { bound }: SetBounds): number[] {
  const all = targets.map((_, rank) => rank);
  let chosen: number[] = [];
  const improve = (candidates: readonly (readonly number[])[]) => {
    const scored = candidates.map((ranks) => ({ ranks, value: bound(ranks) }));
    return scored.reduce((a, b) => (b.value < a.value ? b : a));
  };
  while (chosen.length < maxTargets) {
    const free = all.filter((rank) => !chosen.includes(rank));
    chosen = [...improve(free.map((rank) => [...chosen, rank])).ranks];
  }
  for (;;) {
    const free = all.filter((rank) => !chosen.includes(rank));
    const swaps = chosen.flatMap((old) =>
      free.map((rank) => [...chosen.filter((other) => other !== old), rank]),
    );
    const best = improve([chosen, ...swaps]);
    if (best.ranks === chosen) return chosen;
    chosen = [...best.ranks];
  }
}

/** Targets by what the cells cost at least when each of them has it on one side. */
function byPromise({ targets, least }: Pairs, ranks: readonly number[]): number[] {
  const promise = ranks.map((rank) =>
    least.reduce((sum, values) => {
      let best = Infinity;
      for (const other of ranks) {
        const sides = [
          floatAt(values, rank * targets + other),
          floatAt(values, other * targets + rank),
        ];
        best = Math.min(best, ...sides);
      }
      return sum + best;
    }, 0),
  );
  return ranks.toSorted((a, b) => at(promise, a) - at(promise, b) || a - b);
}

/** The bound of the chosen targets with any of those from place `i` of the order on. */
function lookAhead(
  { targets, offset, least }: Pairs,
  order: readonly number[],
): (chosen: readonly number[], i: number) => number {
  const stride = order.length + 1;
  // [cell][rank * stride + i]: the least with this target on one side and one from i on or itself
  // on the other; the last row, the least with both from i on.
  const tables = least.map((values) => {
    const table = new Float64Array((targets + 1) * stride).fill(Infinity);
    for (let i = order.length - 1; i >= 0; i--) {
      const joining = at(order, i);
      for (let rank = 0; rank < targets; rank++) {
        const sides = Math.min(
          floatAt(values, rank * targets + joining),
          floatAt(values, joining * targets + rank),
        );
        table[rank * stride + i] = Math.min(sides, floatAt(table, rank * stride + i + 1));
      }
      table[targets * stride + i] = Math.min(
        floatAt(table, joining * stride + i),
        floatAt(table, targets * stride + i + 1),
      );
    }
    return table;
  });
  return (chosen, i) => {
    let bound = -offset;
    for (const [c, table] of tables.entries()) {
      const values = at(least, c);
      let best = floatAt(table, targets * stride + i);
      for (const rank of chosen) {
        best = Math.min(best, floatAt(table, rank * stride + i));
        for (const other of chosen) best = Math.min(best, floatAt(values, rank * targets + other));
      }
      bound += best;
    }
    return bound;
  };
}
