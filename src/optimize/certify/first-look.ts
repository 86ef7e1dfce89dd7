import type { Interval } from '../../statistics/proportion.ts';
import { compareToDemand, differenceInterval } from '../compare/paired.ts';
import { computeSaving } from '../compare/rivals.ts';
import { scoreRows } from '../problem/assign.ts';
import { withShare } from '../problem/budget.ts';
import { type Demand, widthOf } from '../problem/demand.ts';
import { createInstance } from '../problem/problem.ts';
import type { Study } from '../problem/study.ts';
import { coarsen } from '../rows/coarsen.ts';
import { cutRows } from '../rows/parts.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { createRouting } from '../solve/optimum.ts';
import { solve } from '../solve/solve.ts';

/**
 * A first honest line: the optimum of one half of the requests, looked at on the other half. Not a
 * certificate, but what the in-sample figure hides shows here.
 */
export interface FirstLook {
  /** Requests in the half that the optimiser did not see. */
  readonly n: number;
  /** Quality against what the floor asks, over the unseen half: below 0 the floor is broken. */
  readonly overFloor: Interval & { readonly estimate: number };
  readonly saving: number;
}

/** Beyond so many groups times targets a look is taken at binned lengths: it is only a look. */
const exactSize = 200_000;
/** Of the budget that the optimum left. */
const lookShare = 1 / 4;

export function firstLook(
  study: Study,
  groups: RowGroups,
  demands: readonly Demand[],
): FirstLook | undefined {
  const [seen, unseen] = cutRows(study.units, study.options.splitSalt, [0.5]);
  const demand = demands[0];
  if (!seen?.length || !unseen?.length || !demand) return undefined;
  const large = groups.cell.length * study.names.length > exactSize;
  const places = large ? coarsen(groups, seen).groups : groups;
  const instance = createInstance({ study, groups: places, rows: seen }, demands);
  const solution = withShare(study.budget, lookShare, (budget) => solve(instance, { budget }));
  if (solution.state !== 'solved') return undefined;
  const { vector } = createRouting(study, groups, solution.pieces);
  const paired = compareToDemand(study, vector, { demand, rows: unseen });
  const limits = differenceInterval(paired);
  const margin = widthOf(demand);
  return {
    n: unseen.length,
    overFloor: {
      estimate: paired.difference + margin,
      low: limits.low + margin,
      high: limits.high + margin,
    },
    saving: computeSaving(
      scoreRows(study, vector, unseen).costUsd,
      scoreRows(study, study.baseline, unseen).costUsd,
    ),
  };
}
