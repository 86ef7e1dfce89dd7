import { meanCost, meanQuality } from '../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../outcome/table.ts';
import { computeSaving } from './compare/rivals.ts';
import { scoreRows } from './problem/assign.ts';
import { withShare } from './problem/budget.ts';
import type { RecommendOptions } from './problem/options.ts';
import { createInstance, type Sample } from './problem/problem.ts';
import type { Study } from './problem/study.ts';
import { createQuestion, type Question } from './question.ts';
import type { NamedScore } from './recommendation.ts';
import { at, floatAt, intAt, ofLength } from './rows/at.ts';
import { everyRow } from './rows/units.ts';
import { frontier } from './solve/frontier.ts';
import { convexHull } from './solve/hull.ts';
import { createRouting } from './solve/optimum.ts';
import { solve } from './solve/solve.ts';

/** One point of the cost-quality frontier: the cheapest policy of the class of that quality. */
export interface FrontierStep {
  readonly quality: number;
  /** USD per request. */
  readonly costUsd: number;
  readonly saving: number;
  readonly gap: number;
  /** Largest first. */
  readonly shares: readonly TargetShare[];
}

/** A target, and the share of the requests that it serves. */
export interface TargetShare {
  readonly target: string;
  readonly share: number;
}

/** The whole frontier of the class, cheapest first, and what it is worth beside coin flips. */
export interface FrontierView {
  readonly steps: readonly FrontierStep[];
  readonly singles: readonly NamedScore[];
  /**
   * Average quality over the costs from the cheapest single target to the dearest of the zero
   * router (RouterBench's AIQ): of coin flips between single targets, and of the class.
   */
  readonly aiq: { readonly singles: number; readonly class: number };
}

/** `--frontier`. The floor of the options is left aside; every other limit holds. */
export function findFrontier(table: OutcomeTable, asked: RecommendOptions = {}): FrontierView {
  const { study, demands, groups } = createQuestion(table, asked);
  const baselineUsd = scoreRows(study, study.baseline).costUsd;
  const found = frontier(createInstance({ study, groups }, demands), 0, { budget: study.budget });
  const steps = found.map(({ pieces, gap }): FrontierStep => {
    const { vector, target } = createRouting(study, groups, pieces);
    const { quality, costUsd } = scoreRows(study, vector);
    const saving = computeSaving(costUsd, baselineUsd);
    return { quality, costUsd, saving, gap, shares: countShares(study, { of: groups.of, target }) };
  });
  const singles = study.vectors.map((vector) => ({
    name: vector.name,
    quality: meanQuality(vector, table),
    costUsd: meanCost(vector, table) / 1e9,
  }));
  return { steps, singles, aiq: computeAiq(singles, steps) };
}

export function countShares(
  study: Study,
  { of, target }: { readonly of: Int32Array; readonly target: Int32Array },
): FrontierStep['shares'] {
  const count = new Float64Array(study.names.length);
  for (const group of of) {
    const t = intAt(target, group);
    count[t] = floatAt(count, t) + 1;
  }
  return [...count]
    .map((n, t) => ({ target: study.names[t] ?? '', share: n / of.length }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
}

type Point = Pick<NamedScore, 'quality' | 'costUsd'>;

/** Integral of the hull's quality over cost, by the width of the single targets' hull. */
function computeAiq(singles: readonly Point[], steps: readonly Point[]): FrontierView['aiq'] {
  const hull = (points: readonly Point[]) =>
    convexHull(points.map(({ quality, costUsd }) => ({ quality, cost: costUsd })));
  const zero = hull(singles);
  const [low, high] = [zero[0]?.cost ?? 0, zero.at(-1)?.cost ?? 0];
  const average = (corners: ReturnType<typeof hull>) => {
    let area = 0;
    let [cost, quality] = [low, 0];
    for (const corner of [...corners, { cost: high, quality: corners.at(-1)?.quality ?? 0 }]) {
      const right = Math.min(high, corner.cost);
      if (corner.cost <= low) quality = corner.quality;
      else if (right > cost) {
        area += ((right - cost) * (quality + corner.quality)) / 2;
        [cost, quality] = [right, corner.quality];
      }
    }
    return high > low ? area / (high - low) : quality;
  };
  return { singles: average(zero), class: average(hull([...singles, ...steps])) };
}

/** What the optimum loses when one of its targets is taken away. */
export interface TargetLoss {
  readonly target: string;
  /** USD per request of the optimum without it; absent where there is none. */
  readonly costUsd?: number;
  /** USD per request more; Infinity where no policy is left. */
  readonly losesUsd: number;
  /** It loses at least this: the search ended before a policy without it was found. */
  readonly isLeast?: true;
}

/** The value of each target: 0 for those that the optimum does not use. Largest first. */
export function targetValues(table: OutcomeTable, asked: RecommendOptions = {}): TargetLoss[] {
  const question = createQuestion(table, asked);
  const whole = findCost(question);
  if (!whole?.used.size) return [];
  const values = question.study.names.map((target): TargetLoss => {
    if (!whole.used.has(target)) return { target, costUsd: whole.costUsd, losesUsd: 0 };
    const left = findCost(question, { barred: target });
    if (!left) return { target, losesUsd: Infinity };
    if (!left.used.size) return { target, losesUsd: left.costUsd - whole.costUsd, isLeast: true };
    return { target, costUsd: left.costUsd, losesUsd: left.costUsd - whole.costUsd };
  });
  return values.sort((a, b) => b.losesUsd - a.losesUsd || (a.target < b.target ? -1 : 1));
}

/** Of the budget that is left, for each optimum. */
const eachShare = 1 / 8;

/** Undefined where no policy is left; a bound, and no target used, where none was found in time. */
function findCost(
  { study, groups, demands }: Question,
  care: Pick<Sample, 'barred'> = {},
): { readonly costUsd: number; readonly used: ReadonlySet<string> } | undefined {
  const instance = createInstance({ study, groups, ...care }, demands);
  const solution = withShare(study.budget, eachShare, (budget) => solve(instance, { budget }));
  if (solution.state === 'infeasible') return undefined;
  if (solution.state === 'not-found') {
    return { costUsd: solution.lower / 1e9 / study.totalWeight, used: new Set() };
  }
  return {
    costUsd: solution.cost / 1e9 / study.totalWeight,
    used: new Set(solution.pieces.map(({ target }) => study.names[target] ?? '')),
  };
}

/**
 * The least cost per request of any router that sees only the prompt, at the floor: the Lagrange
 * bound over requests as cells, max over l of sum min_t (cost - l quality) + l need. In USD.
 */
export function boundPerRequest({ study, demands }: Question): number {
  const { table } = study;
  const groups = { ...groupEachRow(study) };
  const instance = createInstance({ study, groups }, demands);
  const [floor] = instance.constraints;
  const columns = study.names.map((_, t) => ({
    cost: ofLength(at(instance.cost, t), table.rows),
    quality: floor && ofLength(at(floor.amount, t), table.rows),
  }));
  const dual = (price: number) => {
    let [value, reached] = [0, 0];
    for (let row = 0; row < table.rows; row++) {
      let [least, gives] = [Infinity, 0];
      for (const column of columns) {
        const quality = column.quality ? (column.quality[row] as number) : 0;
        const term = (column.cost[row] as number) - price * quality;
        if (term < least) [least, gives] = [term, quality];
      }
      value += least;
      reached += gives;
    }
    const bound = floor?.bound ?? 0;
    return { value: value + price * bound, short: reached < bound };
  };
  // The bound is concave in the price: where quality falls short, a higher price is better.
  let [low, high] = [0, 1];
  while (dual(high).short && high < 1e18) high *= 4;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (dual(middle).short) low = middle;
    else high = middle;
  }
  return Math.max(dual(low).value, dual(high).value) / 1e9 / study.totalWeight;
}

/** Every row a group of its own: a router that knows each prompt. */
function groupEachRow({ table }: Study): Question['groups'] {
  const rows = everyRow(table.rows);
  const cells = [{ name: 'all', values: [], tokens: 'any' as const }];
  return {
    keys: [],
    thresholds: 0,
    cells,
    cell: new Int32Array(table.rows),
    tokens: rows,
    of: rows,
  };
}
