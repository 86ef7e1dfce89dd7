import { emptyVector, type OutcomeVector, sourceAt } from '../../outcome/outcome-vector.ts';
import { statuses } from '../../outcome/table.ts';
import { type Score, scoreRows } from '../problem/assign.ts';
import { policyVector } from '../problem/policy-vector.ts';
import type { Study } from '../problem/study.ts';
import { at, floatAt, intAt } from '../rows/at.ts';
import { convexHull } from '../solve/hull.ts';
import { measureService, mixService, type ServiceFigures } from './service.ts';

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
  readonly service: ServiceFigures;
}

/** Everything a policy at this cost should be compared with, on all rows. */
export function findRivals(study: Study, costUsd: number): readonly Rival[] {
  const { best, options, table } = study;
  const baseline = describeWay(study, study.baseline);
  const rival = (kind: Rival['kind'], way: Way): Rival => ({
    kind,
    ...way,
    saving: computeSaving(way.costUsd, baseline.costUsd),
  });
  const singles = study.vectors.map((vector) => ({ vector, ...scoreRows(study, vector) }));
  const cheapest = singles.reduce((a, b) => (b.costUsd < a.costUsd ? b : a));
  return [
    rival('keep-current', baseline),
    rival('best-single', describeWay(study, best)),
    rival('cheapest-single', describeWay(study, cheapest.vector)),
    rival('static-mix', mixAt(study, singles, costUsd)),
    rival('oracle', describeWay(study, oracleLine(study))),
    ...options.rivals.map((named) =>
      rival('policy', describeWay(study, policyVector(table, named))),
    ),
  ];
}

type Way = Pick<Rival, 'name' | 'quality' | 'costUsd' | 'service'>;

function describeWay(study: Study, vector: OutcomeVector): Way {
  const { quality, costUsd } = scoreRows(study, vector);
  return { name: vector.name, quality, costUsd, service: measureService(study.table, vector) };
}

/** 1 - cost / baseline; 0 where the baseline is free. */
export function computeSaving(costUsd: number, baselineUsd: number): number {
  return baselineUsd > 0 ? 1 - costUsd / baselineUsd : 0;
}

interface Single extends Score {
  readonly vector: OutcomeVector;
}

/**
 * The best coin flip between two single targets at this cost: a point on the non-decreasing convex
 * hull in the cost-quality plane, the "zero router" of RouterBench (arXiv 2403.12031).
 */
function mixAt({ table }: Study, singles: readonly Single[], costUsd: number): Way {
  const hull = convexHull(singles.map((single) => ({ ...single, cost: single.costUsd })));
  const right = hull.findIndex((single) => single.costUsd >= costUsd);
  const [first, last] = [hull[0], hull.at(-1)];
  const [a, b] =
    right < 0 ? [last, last] : right === 0 ? [first, first] : [hull[right - 1], hull[right]];
  if (!a || !b) throw new RangeError('a study has a target');
  const share = a === b ? 1 : (b.costUsd - costUsd) / (b.costUsd - a.costUsd);
  const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
  const [one, other] = [a.vector.name, b.vector.name];
  return {
    // A split that rounds to nothing is none.
    name:
      share > 0.995
        ? one
        : share < 0.005
          ? other
          : `${one} ${percent(share)} + ${other} ${percent(1 - share)}`,
    quality: share * a.quality + (1 - share) * b.quality,
    costUsd: share * a.costUsd + (1 - share) * b.costUsd,
    service: mixService(measureService(table, a.vector), measureService(table, b.vector), share),
  };
}

/** Per request the cheapest among the best: what no router that sees only the prompt can beat. */
function oracleLine(study: Study): OutcomeVector {
  const made = emptyVector('the cheapest of the best, request by request', study.table.rows);
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
    made.source[row] = sourceAt(chosen, row);
  }
  return made;
}

function isBetter(vector: OutcomeVector, best: OutcomeVector, row: number): boolean {
  const [mine, other] = [intAt(vector.quality, row), intAt(best.quality, row)];
  return mine !== other ? mine > other : floatAt(vector.cost, row) < floatAt(best.cost, row);
}
