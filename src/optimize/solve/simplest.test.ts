import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countPieceRules, exhaustive } from './exhaustive.test.helper.ts';
import { tinyProblem } from './problems.test.helper.ts';
import { findSimplest } from './simplest.ts';
import { solve } from './solve.ts';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });

it('the simplest policy for the money has the fewest rules, then the fewest targets, of all', () => {
  const property = fc.property(seeds, (seed) => {
    const instance = { ...tinyProblem(seed), maxRules: 6 };
    const start = solve(instance);
    fc.pre(start.state === 'solved');
    if (start.state !== 'solved') return;
    const mostCost = Math.ceil(1.2 * start.cost) + 1;
    const found = findSimplest(instance, start, { mostCost });
    const isWithin = (limits: { maxRules?: number; maxTargets?: number }) =>
      (exhaustive({ ...instance, ...limits })?.cost ?? Infinity) <= mostCost;
    const rules = countPieceRules(found.pieces);
    const targets = new Set(found.pieces.map(({ target }) => target)).size;
    expect(found.cost).toBeLessThanOrEqual(mostCost);
    expect(rules > 1 && isWithin({ maxRules: rules - 1 })).toBe(false);
    expect(targets > 1 && isWithin({ maxRules: rules, maxTargets: targets - 1 })).toBe(false);
  });
  fc.assert(property, { numRuns: 60 });
});
