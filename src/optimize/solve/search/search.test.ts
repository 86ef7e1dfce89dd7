import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tabulate } from '../bound/cells.ts';
import { bestMultipliers } from '../bound/multipliers.ts';
import { RuleIds } from '../bound/rule-ids.ts';
import { collectTargets, countPlanRules } from '../front/plan.ts';
import { marketProblem } from '../problems.test.helper.ts';
import { withoutCuts } from './layout-search.ts';
import { searchLocally } from './local-search.ts';
import { RuleSetCosts } from './rule-set-costs.ts';
import { searchPlain } from './search.ts';
import { solveWithRules } from './solve-with-rules.ts';
import { searchSubsets } from './subsets.ts';
import type { SearchLimits } from './window-search.ts';

const limits: SearchLimits = {
  upper: Infinity,
  isOver: () => false,
  deadline: () => () => false,
  effort: { left: 1e6 },
  proof: 'gap',
};
const problem = tabulate({
  ...marketProblem({ rows: 300, targets: 4, tasks: 5 }, 2),
  maxRules: 4,
});
const ids = new RuleIds(problem);
const { multipliers } = bestMultipliers(problem);

it('a local search keeps to the rules and finds no plan below the one without a limit', () => {
  const start = { multipliers, sets: [], trials: 50, limits };
  const plan = searchLocally(problem, ids, start);
  if (!plan) throw new Error('nothing found');
  expect(countPlanRules(plan)).toBeLessThanOrEqual(4);
  const free = searchPlain({ ...problem, maxRules: Infinity }, limits).best;
  expect(plan.cost).toBeGreaterThanOrEqual(free?.cost ?? Infinity);
});

it('no plan with a set of rules costs less than the bound of that set', () => {
  const costs = new RuleSetCosts(problem, ids, multipliers);
  const rule = fc.integer({ min: 0, max: ids.size - 1 });
  const property = fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), (rules) => {
    const set = [...new Set([...rules, 3])];
    const plan = solveWithRules(problem, ids, set);
    if (plan) expect(costs.bound(set)).toBeLessThanOrEqual(plan.cost + 1e-6 * plan.cost);
  });
  fc.assert(property, { numRuns: 200 });
});

it('without cuts as many rules are allowed as targets', () => {
  const whole = withoutCuts(problem);
  const { best, lower } = searchSubsets(whole, limits);
  if (!best) throw new Error('nothing found');
  expect(lower).toBe(best.cost);
  expect(best.cells.every((pieces) => pieces.length === 1)).toBe(true);
  expect(collectTargets(best).size).toBeLessThanOrEqual(4);
});
