import type { Instance, Solution } from '../../problem/instance.ts';
import { at, floatAt } from '../../rows/at.ts';
import { type Cell, grid, type Problem } from '../bound/cells.ts';
import { searchLimited } from './limited.ts';
import type { SearchLimits } from './window-search.ts';

type Infeasible = Extract<Solution, { state: 'infeasible' }>;

/**
 * Which constraint is in the way of a problem that is known to be infeasible, and the best sum of it
 * that the others leave: of those that alone make the difference, the one that falls short by the
 * least part; where no single one does, the first that cannot be kept together with those before it.
 */
export function explainInfeasible(
  instance: Instance,
  problem: Problem,
  limits: SearchLimits,
): Infeasible {
  const structural = structure(instance, problem, limits);
  if (structural) return structural;
  const { k, sum, isNearest } = shortfall(problem, limits);
  const { name, sense, integer } = at(instance.constraints, k);
  if (sum === undefined) return { state: 'infeasible', tightest: name, isNearest: false };
  const turned = sense === 'at-least' ? 0 - sum : sum;
  const reachable = integer ? turned : turned / grid;
  return { state: 'infeasible', tightest: name, reachable, isNearest };
}

/** Cells that no target may serve, or that too few targets or rules cannot serve together. */
function structure(
  instance: Instance,
  problem: Problem,
  limits: SearchLimits,
): Infeasible | undefined {
  const bare = problem.cells.find(({ targets }) => targets.length === 0);
  if (bare) {
    const tightest = `eligible targets of ${at(instance.cells, bare.index)}`;
    return { state: 'infeasible', tightest, reachable: 0, isNearest: true };
  }
  const free = onlyCounting(problem);
  for (const [limit, tightest] of limitNames) {
    if (problem[limit] >= problem.targets.length) continue;
    const needed = leastCount(free, limit, limits);
    if (needed === undefined || needed <= problem[limit]) continue;
    return { state: 'infeasible', tightest, reachable: needed, isNearest: true };
  }
  return undefined;
}

/** The least limit at which all cells can be served; undefined where that is not settled. */
function leastCount(
  free: Problem,
  limit: 'maxTargets' | 'maxRules',
  limits: SearchLimits,
): number | undefined {
  for (let count = 1; count <= free.targets.length; count++) {
    const loose = { ...free, maxTargets: Infinity, maxRules: Infinity, [limit]: count };
    const found = searchLimited(loose, limits);
    if (found.best) return count;
    if (found.lower < Infinity) return undefined;
  }
  return Infinity;
}

const limitNames = [
  ['maxTargets', 'max_targets'],
  ['maxRules', 'max_rules'],
] as const;

interface Shortfall extends LeastSum {
  readonly k: number;
}

function shortfall(problem: Problem, limits: SearchLimits): Shortfall {
  const all = Array.from(problem.bounds.keys());
  const over = ({ k, sum }: Shortfall) => {
    const bound = floatAt(problem.bounds, k);
    return sum === undefined ? Infinity : (sum - bound) / Math.max(1, Math.abs(bound));
  };
  const alone = all.map((k): Shortfall => {
    const others = all.filter((other) => other !== k);
    return { k, ...reach(problem, { k, others }, limits) };
  });
  const reached = alone.filter(({ sum }) => sum !== undefined);
  const [least] = reached.toSorted((a, b) => over(a) - over(b) || a.k - b.k);
  if (least) return least;
  for (const k of all) {
    const found = { k, ...reach(problem, { k, others: all.slice(0, k) }, limits) };
    if (found.sum === undefined || found.sum > floatAt(problem.bounds, k)) return found;
  }
  return { k: 0, isNearest: false };
}

/** The least sum of a constraint that was reached, and whether it is the least there is. */
export interface LeastSum {
  readonly sum?: number;
  readonly isNearest: boolean;
}

/** The least sum of constraint `k` (in its turned sense) that keeps the others. */
export function reach(
  problem: Problem,
  { k, others }: { readonly k: number; readonly others: readonly number[] },
  limits: SearchLimits,
): LeastSum {
  const cells = problem.cells.map((cell) => {
    const blank = new Float64Array(at(cell.prefix, 0).length);
    const d = cell.dims.indexOf(k);
    return withTerms(cell, d < 0 ? blank : at(cell.prefix, d + 1), others);
  });
  const bounds = Float64Array.from(others, (other) => floatAt(problem.bounds, other));
  const rounding = new Float64Array(others.length);
  const { best, lower } = searchLimited({ ...problem, cells, bounds, rounding }, limits);
  return best ? { sum: best.cost, isNearest: lower >= best.cost } : { isNearest: false };
}

/** No cost and no constraint: only eligibility and the limits of the class remain. */
function onlyCounting(problem: Problem): Problem {
  const cells = problem.cells.map((cell) => ({
    ...withTerms(cell, new Float64Array(2 * cell.targets.length), []),
    values: cell.values.slice(0, 1),
  }));
  return { ...problem, cells, bounds: new Float64Array(), rounding: new Float64Array() };
}

function withTerms(cell: Cell, objective: Float64Array, others: readonly number[]): Cell {
  const kept = others.flatMap((k, place) => {
    const d = cell.dims.indexOf(k);
    const prefix = cell.prefix[d + 1];
    return d >= 0 && prefix ? [{ place, prefix }] : [];
  });
  return {
    ...cell,
    dims: Int32Array.from(kept, ({ place }) => place),
    prefix: [objective, ...kept.map(({ prefix }) => prefix)],
  };
}
