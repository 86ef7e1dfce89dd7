import { withShare } from '../problem/budget.ts';
import { widthOf } from '../problem/demand.ts';
import type { Constraint, Piece } from '../problem/instance.ts';
import { fillInstance, limits, type Sample } from '../problem/problem.ts';
import { solve } from '../solve/solve.ts';
import type { Tallies } from './forecast.ts';

/** More groups times targets than this, and the solver would take longer than the sweep by far. */
const solverSize = 20_000;
/** Levels of quality told apart: shrunk sums are fractions, too many for an exact search. */
const levels = 20_000;
/** Parts of the margin that the forecast may use up; below 0 it must gain. */
const rungs = [-0.5, -0.25, 0, 0.125, 0.25, 0.375, 0.5, 0.75, 1];
/** Between them, where rules are limited, which a sweep of prices cannot heed. */
const finer = [-0.1, 0.06, 0.19, 0.31, 0.44, 0.62, 0.87];

/**
 * The cheapest policies at a ladder of floors, exact and with every limit of the problem: what a
 * sweep of prices cannot reach lies between its corners.
 */
export function solvedLadder(sample: Sample, { cost, demands }: Tallies): (readonly Piece[])[] {
  const { study, groups } = sample;
  if (groups.cell.length * study.names.length > solverSize) return [];
  const fixed = limits(sample);
  const parts = study.options.maxRules === undefined ? rungs : [...rungs, ...finer];
  return parts.flatMap((part, rung) => {
    const floors = demands.map(({ demand, delta, weight }): Constraint => {
      const unit = weight / levels;
      return {
        name: demand.name,
        sense: 'at-least',
        amount: delta.map((sums) => sums.map((sum) => Math.floor(sum / unit))),
        bound: Math.ceil(-part * widthOf(demand) * levels),
        integer: true,
      };
    });
    const instance = fillInstance(sample, { cost, constraints: [...floors, ...fixed] });
    const solution = withShare(study.budget, 1 / (parts.length - rung + 1), (budget) =>
      solve(instance, { budget, proof: 'none' }),
    );
    if (solution.state === 'not-found') {
      const share = Math.round(100 * part);
      study.budget.unfinished.push(`the cheapest policy that uses ${share} % of the margin`);
    }
    return solution.state === 'solved' ? [solution.pieces] : [];
  });
}
