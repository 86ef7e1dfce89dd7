import { isAbsent, weightOf } from '../outcome/outcome-vector.ts';
import { micro, type OutcomeTable, type TargetColumn } from '../outcome/table.ts';
import { toRecord } from '../record.ts';
import { nanoToUsd } from '../units.ts';
import { compareRoutes, type PartDifference, type RouteDifference } from './arbitrage-quality.ts';
import { findColumn } from './arbitrage-rows.ts';
import { measureOverhead, type RouteTimes, timesOfRoute } from './arbitrage-times.ts';

/** The same models by different routes, side by side; as it stands in `summary.json`. */
export interface Arbitrage {
  /** Chance of at least one wrong call over all routes and tasks. */
  readonly level: number;
  /** Comparisons of quality, one for each route and one for each of its tasks. */
  readonly tests: number;
  /** Models with two routes or more. */
  readonly models: readonly ModelRoutes[];
}

export interface ModelRoutes {
  readonly model: string;
  /** The route the others are compared with: the direct one, else the one of middling quality. */
  readonly reference: string;
  readonly routes: readonly Route[];
}

/** One route to a model: what it asks, what it gives, and how both differ from the reference. */
export interface Route extends RouteFacts {
  readonly target: string;
  /** Requests that were sent. */
  readonly requests: number;
  /** Of the requests that were sent; every pass counts. */
  readonly failed_share: number;
  readonly skipped: number;
  /** All money over the requests that were answered; absent where no cost is known. */
  readonly cost_per_completed_usd?: number;
  /** Mean over the judged requests, a failed one as 0; absent where none was judged. */
  readonly quality?: number;
  /** First token as the user sees it, retries and waits in. */
  readonly ttft_ms: RouteTimes;
  /** Over the direct route, on the requests that both answered; absent without a direct route. */
  readonly overhead_ms?: RouteTimes;
  /** On the requests that both answered, so that failures are no difference in quality. */
  readonly difference?: RouteDifference;
  /** Tasks in which the quality is not that of the reference, or all requests together. */
  readonly called_out: readonly PartDifference[];
}

/** What is known of a route beside how it did. */
export interface RouteFacts {
  /** Name of the model behind it: equal for the routes to be compared. */
  readonly model: string;
  /** `direct`, or who stands in between. */
  readonly via: string;
  /** USD per million tokens before the fee. */
  readonly price?: {
    readonly input: number;
    readonly output: number;
    /** Of input that the provider reads from its cache. */
    readonly cached_input?: number;
  };
  readonly fee_percent?: number;
  readonly usd_per_month?: number;
  readonly regions?: readonly string[];
  readonly quantizations?: readonly string[];
  /** Answers by who really served them, where that is said. */
  readonly served_by?: Readonly<Record<string, number>>;
}

/** One wrong call in a hundred tables: a call is an accusation. */
const level = 0.01;

/** Compares the routes of each model on the rows of `table`; targets without facts are left out. */
export function arbitrage(
  table: OutcomeTable,
  given: Readonly<Record<string, RouteFacts>>,
): Arbitrage {
  const facts = toRecord(Object.entries(given));
  const known = table.targets.filter((target) => facts[target]);
  const groups = [...Map.groupBy(known, (target) => facts[target]?.model ?? '')]
    .filter(([, targets]) => targets.length > 1)
    .map(([model, targets]) => ({
      model,
      targets,
      reference: findReference(table, targets, facts),
    }));
  const pairs = groups.flatMap(({ targets, reference }) =>
    targets.filter((target) => target !== reference).map((target) => ({ target, reference })),
  );
  const differences = compareRoutes(table, pairs, level);
  const models = groups.map(({ model, targets, reference }) => {
    const direct = facts[reference]?.via === 'direct' ? reference : undefined;
    const routes = targets.map((target): Route => {
      const difference = differences.get(target);
      const overhead =
        direct === undefined || direct === target
          ? undefined
          : measureOverhead(table, target, direct);
      return {
        target,
        ...(facts[target] ?? { model, via: 'direct' }),
        ...toFigures(table, target),
        ...(overhead && { overhead_ms: overhead }),
        ...(difference && { difference }),
        called_out: difference ? listParts(difference).filter(({ differs }) => differs) : [],
      };
    });
    return { model, reference, routes: routes.sort(referenceFirst(reference)) };
  });
  const tests = [...differences.values()].reduce(
    (sum, difference) => sum + listParts(difference).length,
    0,
  );
  return { level, tests, models };
}

function listParts({ whole, parts }: RouteDifference): readonly PartDifference[] {
  return whole ? [whole, ...parts] : parts;
}

function referenceFirst(reference: string) {
  return (one: Route, other: Route): number =>
    Number(other.target === reference) - Number(one.target === reference);
}

/**
 * The direct route, by name the first. Without one nobody knows which route is the true one: the one
 * whose mean quality is in the middle, so that a single bad one does not make the others look odd.
 */
function findReference(
  table: OutcomeTable,
  targets: readonly string[],
  facts: Readonly<Record<string, RouteFacts>>,
): string {
  const direct = targets.find((target) => facts[target]?.via === 'direct');
  if (direct !== undefined) return direct;
  const ranked = targets
    .map((target) => ({ target, quality: averageQuality(table, target) ?? 0 }))
    .sort((a, b) => a.quality - b.quality);
  return ranked[Math.ceil(ranked.length / 2) - 1]?.target ?? targets[0] ?? '';
}

function toFigures(table: OutcomeTable, target: string) {
  const column = findColumn(table, target);
  const { counts } = column;
  const failed = counts.passes === 0 ? 0 : counts.failedPasses / counts.passes;
  const cost = meanCost(column);
  const quality = averageQuality(table, target);
  return {
    requests: counts.measured - counts.skipped,
    failed_share: failed,
    skipped: counts.skipped,
    ...(cost !== undefined && failed < 1 && { cost_per_completed_usd: cost / (1 - failed) }),
    ...(quality !== undefined && { quality }),
    ttft_ms: timesOfRoute(column),
  };
}

function averageQuality(table: OutcomeTable, target: string): number | undefined {
  const { status, quality } = findColumn(table, target);
  let [total, weight] = [0, 0];
  for (let row = 0; row < table.rows; row++) {
    const value = quality[row] as number;
    if (value < 0 || isAbsent(status[row] as number)) continue;
    total += weightOf(table, row) * value;
    weight += weightOf(table, row);
  }
  return weight > 0 ? total / weight / micro : undefined;
}

/** Of a request that was sent, all attempts together. */
function meanCost({ cost }: TargetColumn): number | undefined {
  const known = cost.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return undefined;
  return nanoToUsd(known.reduce((sum, value) => sum + value, 0) / known.length);
}
