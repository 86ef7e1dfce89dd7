import { emptyVector, type OutcomeVector } from '../../outcome/outcome-vector.ts';
import { statuses } from '../../outcome/table.ts';
import { type Score, scoreRows } from '../problem/assign.ts';
import { policyVector } from '../problem/policy-vector.ts';
import type { Study } from '../problem/study.ts';
import { at, floatAt, intAt } from '../rows/at.ts';
import { convexHull } from '../solve/hull.ts';

/** Another way to serve the same requests, for comparison. */
export interface Rival {
  readonly kind:
    | 'keep-current'
    | 'best-single'
    | 'cheapest-single'
    | 'static-mix'
    | 'oracle'
    | 'policy';
  /** The target or the policy; `a 62 % + b 38 %` for the mix. */
  readonly name: string;
  readonly quality: number;
  /** USD per request. */
  readonly costUsd: number;
  /** 1 - cost / cost of the baseline. */
  readonly saving: number;
}

/** Everything a policy at this cost should be compared with, on all rows. */
export function findRivals(study: Study, costUsd: number): readonly Rival[] {
  const baseline = scoreRows(study, study.baseline);
  const rival = (kind: Rival['kind'], name: string, score: Pick<Score, 'quality' | 'costUsd'>) => ({
    kind,
    name,
    quality: score.quality,
    costUsd: score.costUsd,
    saving: computeSaving(score.costUsd, baseline.costUsd),
  });
  const singles = study.vectors.map((vector) => ({ vector, ...scoreRows(study, vector) }));
  const cheapest = singles.reduce((a, b) => (b.costUsd < a.costUsd ? b : a));
  const oracle = oracleLine(study);
  return [
    rival('keep-current', study.baseline.name, baseline),
    rival('best-single', study.best.name, scoreRows(study, study.best)),
    rival('cheapest-single', cheapest.vector.name, cheapest),
    mixAt(
      singles.map((single) => ({ name: single.vector.name, ...single })),
      costUsd,
      rival,
    ),
    rival('oracle', 'the cheapest of the best, request by request', scoreRows(study, oracle)),
    ...study.options.rivals.map((named) =>
      rival('policy', named.name, scoreRows(study, policyVector(study.table, named))),
    ),
  ];
}

/** 1 - cost / baseline; 0 where the baseline is free. */
export function computeSaving(costUsd: number, baselineUsd: number): number {
  return baselineUsd > 0 ? 1 - costUsd / baselineUsd : 0;
}

interface Single {
  readonly name: string;
  readonly quality: number;
  readonly costUsd: number;
}

/**
 * The best coin flip between two single targets at this cost: a point on the non-decreasing convex
 * hull in the cost-quality plane, the "zero router" of RouterBench (arXiv 2403.12031).
 */
function mixAt(
  singles: readonly Single[],
  costUsd: number,
  rival: (kind: 'static-mix', name: string, score: Omit<Single, 'name'>) => Rival,
): Rival {
  const hull = convexHull(singles.map((single) => ({ ...single, cost: single.costUsd })));
  const right = hull.findIndex((single) => single.costUsd >= costUsd);
  const [first, last] = [hull[0], hull.at(-1)];
  const [a, b] =
    right < 0 ? [last, last] : right === 0 ? [first, first] : [hull[right - 1], hull[right]];
  if (!a || !b) return rival('static-mix', 'none', { quality: 0, costUsd: 0 });
  const share = a === b ? 1 : (b.costUsd - costUsd) / (b.costUsd - a.costUsd);
  const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
  const name = a === b ? a.name : `${a.name} ${percent(share)} + ${b.name} ${percent(1 - share)}`;
  return rival('static-mix', name, {
    quality: share * a.quality + (1 - share) * b.quality,
    costUsd: share * a.costUsd + (1 - share) * b.costUsd,
  });
}

/** Per request the cheapest among the best: what no router that sees only the prompt can beat. */
function oracleLine(study: Study): OutcomeVector {
  const made = emptyVector('oracle', study.table.rows);
  for (let row = 0; row < study.table.rows; row++) {
    let best: OutcomeVector | undefined;
    for (const vector of study.vectors) {
      const status = vector.status[row];
      if (status === statuses.missing || status === statuses.skipped) continue;
      if (!best || isBetter(vector, best, row)) best = vector;
    }
    const chosen = best ?? study.best;
    made.cost[row] = floatAt(chosen.cost, row);
    made.quality[row] = intAt(chosen.quality, row);
    made.status[row] = at(chosen.status, row);
  }
  return made;
}

function isBetter(vector: OutcomeVector, best: OutcomeVector, row: number): boolean {
  const [mine, other] = [intAt(vector.quality, row), intAt(best.quality, row)];
  return mine !== other ? mine > other : floatAt(vector.cost, row) < floatAt(best.cost, row);
}
