import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestSum, exhaustive } from '../../bench/exhaustive.ts';
import { randomFrom, tinyProblem } from '../../bench/problems.ts';
import type { Instance, Solution } from './instance.ts';
import { solve } from './solve.ts';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });

describe('the optimum', () => {
  it('equals the best of all policies on 600 small problems, down to the ties', () => {
    const property = fc.property(seeds, (seed) => {
      const instance = tinyProblem(seed);
      const found = solve(instance);
      const best = exhaustive(instance);
      if (!best) {
        expect(found.state).toBe('infeasible');
        return;
      }
      expect(found).toMatchObject({ state: 'solved', cost: best.cost, lower: best.cost, gap: 0 });
      expect(found.state === 'solved' && found.pieces).toEqual(best.pieces);
      expect(found.state === 'solved' && found.sums.map(rounded)).toEqual(best.sums.map(rounded));
    });
    fc.assert(property, { numRuns: 600 });
  });
});

const rounded = (sum: number) => Math.round(sum * 1e6);
