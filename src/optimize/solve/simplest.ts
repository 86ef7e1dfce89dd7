import { type Budget, createSearchBudget, withShare } from '../problem/budget.ts';
import type { Instance, Piece, Solution } from '../problem/instance.ts';
import { solve } from './solve.ts';

type Solved = Extract<Solution, { state: 'solved' }>;

export interface SimplestOptions {
  /** Nano-dollars: what the simpler policy may cost at most. */
  readonly mostCost: number;
  /** @default the effort of one search, and no limit of time */
  readonly budget?: Budget;
}

/** Of the budget that is left, for each search of a halving. */
const eachShare = 1 / 4;

/**
 * Of the policies of the class that cost at most `mostCost`, one with the fewest rules, and among
 * those the fewest targets, as far as the searches find them; the one given where none is simpler.
 */
export function findSimplest(
  instance: Instance,
  start: Solved,
  { mostCost, budget = createSearchBudget() }: SimplestOptions,
): Solved {
  const search = (limits: Pick<Instance, 'maxRules' | 'maxTargets'>): Solved | undefined => {
    const found = withShare(budget, eachShare, (part) =>
      solve({ ...instance, ...limits }, { budget: part, proof: 'none' }),
    );
    return found.state === 'solved' && found.cost <= mostCost ? found : undefined;
  };
  const few = halve(start, countRules, (maxRules) => search({ ...limitsOf(instance), maxRules }));
  const maxRules = countRules(few);
  return halve(few, countTargets, (maxTargets) => search({ maxRules, maxTargets }));
}

function limitsOf({ maxTargets }: Instance): Pick<Instance, 'maxTargets'> {
  return maxTargets === undefined ? {} : { maxTargets };
}

/** More is never worse: the least count with a policy is found by halving. */
function halve(
  start: Solved,
  count: (solution: Solved) => number,
  search: (most: number) => Solved | undefined,
): Solved {
  let best = start;
  let tooFew = 0;
  while (count(best) - tooFew > 1) {
    const middle = Math.floor((tooFew + count(best)) / 2);
    const found = search(middle);
    if (found) best = found;
    else tooFew = middle;
  }
  return best;
}

function countRules({ pieces }: Solved): number {
  return new Set(pieces.map(({ target, from, below }: Piece) => `${target} ${from} ${below}`)).size;
}

function countTargets({ pieces }: Solved): number {
  return new Set(pieces.map(({ target }) => target)).size;
}
