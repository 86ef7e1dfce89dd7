import {
  createSearchBudget,
  deadlineAt,
  isOutOfTime,
  type SearchBudget,
} from '../problem/budget.ts';
import type { Instance, Piece, Solution } from '../problem/instance.ts';
import { at, floatAt } from '../rows/at.ts';
import { grid, type Problem, tabulate } from './bound/cells.ts';
import type { CellPlan } from './front/plan.ts';
import { explainInfeasible } from './search/infeasible.ts';
import { searchLimited } from './search/limited.ts';
import type { SearchLimits, SearchResult } from './search/window-search.ts';

export interface SolveOptions {
  /** What the search may use up. @default the effort of one search, and no limit of time */
  readonly budget?: SearchBudget;
  /**
   * `none`: where rules are limited, the best policy that a local search finds, without the search
   * for one that is shown to be cheapest. @default 'gap'
   */
  readonly proof?: 'gap' | 'none';
}

/**
 * The cheapest solution of the class: every cell cut at most B times at its own token values, an
 * eligible target for each piece (neighbouring pieces differ, or they would be one), at most M
 * targets and R rules, every constraint kept. Ties: lower cost, fewer rules, fewer targets, target
 * names in the order of the cells' names, lower thresholds. Depends neither on the order of rows,
 * nor of targets, nor of cells. Where `gap` is 0, nothing in the class is cheaper; `infeasible` is
 * said only where it is proven.
 */
export function solve(instance: Instance, options: SolveOptions = {}): Solution {
  const problem = tabulate(instance);
  const budget = options.budget ?? createSearchBudget();
  const limits: SearchLimits = {
    upper: Infinity,
    isOver: () => isOutOfTime(budget),
    deadline: (share) => deadlineAt(budget, share),
    effort: budget.effort,
    proof: options.proof ?? 'gap',
  };
  const found = searchLimited(problem, limits);
  if (found.best) {
    return describe(instance, problem, {
      lower: proveLower(problem, found, limits),
      best: found.best,
    });
  }
  // A search that ends with no finite bound has looked at everything.
  if (found.lower === Infinity) return explainInfeasible(instance, problem, limits);
  return { state: 'not-found', lower: proveLower(problem, found, limits) };
}

/** Real amounts were rounded to one side: the bound is that of the problem rounded to the other. */
function proveLower(problem: Problem, found: SearchResult, limits: SearchLimits): number {
  if (problem.rounding.every((off) => off === 0)) return found.lower;
  const bounds = problem.bounds.map((bound, k) => bound + floatAt(problem.rounding, k));
  return searchLimited({ ...problem, bounds }, limits).lower;
}

function describe(
  instance: Instance,
  problem: Problem,
  { lower, best }: { readonly lower: number; readonly best: CellPlan },
): Solution {
  const pieces: Piece[] = best.cells.flatMap((cell, c) =>
    cell.map(({ target, from, below }) => ({
      cell: at(problem.cells, c).index,
      target: at(problem.targetIndex, target),
      from,
      below,
    })),
  );
  const sums = instance.constraints.map(({ sense, integer }, k) => {
    const sum = at(best.sums, k);
    // 0 - sum, for -0 is not a sum.
    const turned = sense === 'at-least' ? 0 - sum : sum;
    return integer ? turned : turned / grid;
  });
  const { cost } = best;
  if (lower >= cost) return { state: 'solved', pieces, cost, lower: cost, gap: 0, sums };
  return { state: 'solved', pieces, cost, lower, gap: (cost - lower) / Math.abs(cost), sums };
}
