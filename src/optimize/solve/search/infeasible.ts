import { at, floatAt } from '../../problem/at.ts';
import type { Instance, Solution } from '../../problem/instance.ts';
import { type Cell, grid, type Problem } from '../bound/cells.ts';
import { searchLimited } from './limited.ts';
import type { SearchLimits } from './window-search.ts';

type Infeasible = Extract<Solution, { state: 'infeasible' }>;

/**
 * Which constraint is in the way, and the best sum of it that the others leave: of those that
 * alone make the difference, the one that falls short by the least part; where no single one does,
 * the first that cannot be kept together with those before it.
 */
export function explainInfeasible(
  instance: Instance,
  problem: Problem,
  limits: SearchLimits,
): Infeasible {
  const structural = structure(instance, problem, limits);
  if (structural) return structural;
  const { k, sum } = shortfall(problem, limits);
  const constraint = instance.constraints[k];
  const turned = constraint?.sense === 'at-least' ? 0 - sum : sum;
  const reachable = constraint?.integer ? turned : turned / grid;
  return { state: 'infeasible', tightest: constraint?.name ?? '', reachable };
}

/** Cells that no target may serve, or that too few targets or rules cannot serve together. */
function structure(
  instance: Instance,
  problem: Problem,
  limits: SearchLimits,
): Infeasible | undefined {
  const bare = problem.cells.find(({ targets }) => targets.length === 0);
  if (bare) {
    const tightest = `eligible targets of ${instance.cells[bare.index]}`;
    return { state: 'infeasible', tightest, reachable: 0 };
  }
  const free = onlyCounting(problem);
  const needs = (limit: 'maxTargets' | 'maxRules') => {
    for (let count = 1; count <= problem.targets.length; count++) {
      const loose = { ...free, maxTargets: Infinity, maxRules: Infinity, [limit]: count };
      if (searchLimited(loose, limits).best) return count;
    }
    return Infinity;
  };
  for (const [limit, tightest] of limitNames) {
    if (problem[limit] >= problem.targets.length) continue;
    const reachable = needs(limit);
    if (reachable > problem[limit]) return { state: 'infeasible', tightest, reachable };
  }
  return undefined;
}

const limitNames = [
  ['maxTargets', 'max_targets'],
  ['maxRules', 'max_rules'],
] as const;

interface Shortfall {
  readonly k: number;
  readonly sum: number;
}

function shortfall(problem: Problem, limits: SearchLimits): Shortfall {
  const all = Array.from(problem.bounds.keys());
  const gaps = all.flatMap((k) => {
    const others = all.filter((other) => other !== k);
    const sum = reach(problem, { k, others }, limits);
    const bound = floatAt(problem.bounds, k);
    return sum === Infinity ? [] : [{ k, sum, part: (sum - bound) / Math.max(1, Math.abs(bound)) }];
  });
  const [least] = gaps.toSorted((a, b) => a.part - b.part || a.k - b.k);
  if (least) return least;
  for (const k of all) {
    const sum = reach(problem, { k, others: all.slice(0, k) }, limits);
    if (sum > floatAt(problem.bounds, k)) return { k, sum };
  }
  return { k: 0, sum: Infinity };
}

/** The least sum of constraint `k` (in its turned sense) that keeps the others. */
export function reach(
  problem: Problem,
  { k, others }: { readonly k: number; readonly others: readonly number[] },
  limits: SearchLimits,
): number {
  const cells = problem.cells.map((cell) => {
    const objective = cell.prefix[cell.dims.indexOf(k) + 1];
    const blank = new Float64Array(at(cell.prefix, 0).length);
    return withTerms(cell, cell.dims.includes(k) && objective ? objective : blank, others);
  });
  const bounds = Float64Array.from(others, (other) => floatAt(problem.bounds, other));
  const rounding = new Float64Array(others.length);
  return searchLimited({ ...problem, cells, bounds, rounding }, limits).best?.cost ?? Infinity;
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
