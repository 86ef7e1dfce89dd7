import type { Cell, Problem } from './cells.ts';
import { comparePlans } from './plan.ts';
import { type Found, type Limits, search } from './search.ts';

/** The cheapest solution with at most M distinct targets: a search per subset. */
export function searchSubsets(problem: Problem, limits: Limits): Found {
  const ranks = problem.targets.map((_, rank) => rank);
  if (problem.maxTargets >= ranks.length) return search(problem, limits);
  let best: Found['best'];
  let lower = Infinity;
  for (const subset of combinations(ranks, problem.maxTargets)) {
    const part = restrict(problem, subset);
    const found = search(part, {
      ...limits,
      upper: Math.min(limits.upper, best?.cost ?? Infinity),
    });
    lower = Math.min(lower, found.lower);
    if (found.best && (!best || comparePlans(found.best, best) < 0)) best = found.best;
  }
  return { lower, best };
}

/** The problem with some of its targets only. */
export function restrict(problem: Problem, ranks: readonly number[]): Problem {
  return { ...problem, cells: problem.cells.map((cell) => restrictCell(cell, new Set(ranks))) };
}

function restrictCell(cell: Cell, ranks: ReadonlySet<number>): Cell {
  const places = Array.from(cell.targets.keys()).filter((t) => ranks.has(cell.targets[t] ?? -1));
  if (places.length === cell.targets.length) return cell;
  const from = cell.targets.length;
  const to = places.length;
  const prefix = cell.prefix.map((sums) => {
    const part = new Float64Array((cell.values.length + 1) * to);
    for (let v = 0; v <= cell.values.length; v++) {
      for (let t = 0; t < to; t++) part[v * to + t] = sums[v * from + (places[t] ?? 0)] ?? 0;
    }
    return part;
  });
  return { ...cell, targets: Int32Array.from(places, (t) => cell.targets[t] ?? 0), prefix };
}

function* combinations(items: readonly number[], size: number): Generator<number[]> {
  if (size === 0) yield [];
  for (let i = 0; size > 0 && i <= items.length - size; i++) {
    for (const rest of combinations(items.slice(i + 1), size - 1)) yield [items[i] ?? 0, ...rest];
  }
}
