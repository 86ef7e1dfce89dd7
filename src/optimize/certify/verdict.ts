import { type OutcomeVector, weightOf } from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { shareAboveP, shareBelowP } from '../../statistics/binomial.ts';
import { clusterMeanP, ratioInterval } from '../../statistics/mean.ts';
import type { Interval } from '../../statistics/proportion.ts';
import { pairsNeeded } from '../../statistics/sample-size.ts';
import { notWorseP, scoreLevel, tangoInterval } from '../../statistics/tango.ts';
import { claimOf, type Demand, needOf } from '../problem/demand.ts';
import { formatSlo } from '../problem/slo.ts';
import { slowOf } from '../problem/slow.ts';
import type { Study } from '../problem/study.ts';
import { againstDemand, type Comparison } from './paired.ts';

/** One hypothesis about one policy: rejected, that is shown, where `p <= level`. */
export interface Test {
  /** What rejecting shows. */
  readonly claim: string;
  readonly p: number;
  readonly level: number;
  /** The rows show the contrary. */
  readonly refuted: boolean;
}

/** All that was tested of one policy on some rows. */
export interface Tested {
  readonly tests: readonly Test[];
  /** In the order of the demands. */
  readonly comparisons: readonly Comparison[];
  readonly passed: boolean;
  /** Largest share of rows that a demand asks of and that lack a score. */
  readonly unjudgedShare: number;
}

/** More rows without a score than this, and what was left out could decide. */
export const mostUnjudged = 0.05;

/** Tests every floor and every SLO; all must be rejected for a pass, so none needs a correction. */
export function testPolicy(
  study: Study,
  vector: OutcomeVector,
  { demands, rows }: { readonly demands: readonly Demand[]; readonly rows: Int32Array },
): Tested {
  const { alpha, slos } = study.options;
  const comparisons = demands.map((demand) => againstDemand(study, vector, demand, rows));
  const quality = demands.map((demand, i) =>
    testFloor(study, vector, { demand, rows, paired: comparisons[i] as Comparison }),
  );
  const times = slos.map((slo): Test => {
    const { slow, n } = slowOf(study, vector, slo, rows);
    const limit = 1 - slo.share;
    const refuted = shareAboveP(slow, n, limit) <= alpha;
    return { claim: formatSlo(slo), p: shareBelowP(slow, n, limit), level: alpha, refuted };
  });
  const tests = [...quality, ...times];
  const unjudged = comparisons.map((one) => one.unjudged / Math.max(1, one.asked));
  const unjudgedShare = Math.max(0, ...unjudged);
  const passed = unjudgedShare <= mostUnjudged && tests.every(({ p, level }) => p <= level);
  return { tests, comparisons, passed, unjudgedShare };
}

interface FloorCase {
  readonly demand: Demand;
  readonly rows: Int32Array;
  readonly paired: Comparison;
}

function testFloor(study: Study, vector: OutcomeVector, { demand, rows, paired }: FloorCase): Test {
  const { alpha } = study.options;
  const exact = exactShare(study, vector, { demand, rows, paired });
  if (exact) {
    const { hits, n, least } = exact;
    const refuted = shareBelowP(hits, n, least) <= alpha;
    return { claim: claimOf(demand), p: shareAboveP(hits, n, least), level: alpha, refuted };
  }
  const margin = widthOf(demand);
  const clustered = clusterP(study, vector, demand, rows) ?? 0;
  return {
    claim: claimOf(demand),
    p: Math.max(notWorseP(paired, margin), clustered),
    level: scoreLevel(paired.n, alpha),
    refuted: paired.n > 0 && tangoInterval(paired, 2 * alpha).high < -margin,
  };
}

/** An absolute floor over independent 0/1 scores is a share: the binomial is exact there. */
function exactShare(
  { table, units }: Study,
  vector: OutcomeVector,
  { demand, rows }: FloorCase,
): { readonly hits: number; readonly n: number; readonly least: number } | undefined {
  if (demand.floor.kind !== 'absolute' || table.weight || units.clustered) return undefined;
  let [hits, n] = [0, 0];
  for (const row of rows) {
    const quality = vector.quality[row] as number;
    if (quality < 0 || demand.mask?.[row] === 0) continue;
    if (quality !== 0 && quality !== micro) return undefined;
    n++;
    if (quality === micro) hits++;
  }
  return { hits, n, least: demand.floor.value };
}

/** The margin of a relative floor; an absolute one is compared with its value itself. */
export function widthOf({ floor }: Demand): number {
  return floor.kind === 'relative' ? floor.margin : 0;
}

/** The same hypothesis by clusters, where rows stand or fall together. */
function clusterP(
  study: Study,
  vector: OutcomeVector,
  demand: Demand,
  rows: Int32Array,
): number | undefined {
  const { unit, names, clustered } = study.units;
  if (!clustered) return undefined;
  const sums = new Float64Array(names.count);
  const sizes = new Float64Array(names.count);
  for (const row of rows) {
    if (demand.mask && demand.mask[row] !== 1) continue;
    const [mine, need] = [vector.quality[row] as number, needOf(demand, row)];
    if (mine < 0 || need < 0) continue;
    const [at, weight] = [unit[row] as number, weightOf(study.table, row)];
    sums[at] = (sums[at] as number) + (weight * (mine - need)) / 1e6;
    sizes[at] = (sizes[at] as number) + weight;
  }
  const some = (_: number, i: number) => (sizes[i] as number) > 0;
  return clusterMeanP({ sums: sums.filter(some), sizes: sizes.filter(some) }, -widthOf(demand));
}

/** Requests that would settle a floor; absent where no number would do. */
export function needed(
  { options }: Study,
  demand: Demand,
  { discordant, difference }: Comparison,
): number | undefined {
  return pairsNeeded({ discordant, difference, margin: widthOf(demand) }, { alpha: options.alpha });
}

/** 1 - cost / cost of the baseline over `rows`, with 95 % limits. */
export function savingInterval(
  study: Study,
  vector: OutcomeVector,
  rows: Int32Array,
): Interval & { readonly estimate: number } {
  const { unit, names, clustered } = study.units;
  const above = new Float64Array(clustered ? names.count : rows.length);
  const below = new Float64Array(above.length);
  rows.forEach((row, i) => {
    const at = clustered ? (unit[row] as number) : i;
    const weight = weightOf(study.table, row);
    above[at] = (above[at] as number) + weight * (vector.cost[row] as number);
    below[at] = (below[at] as number) + weight * (study.baseline.cost[row] as number);
  });
  const seen = (_: number, i: number) => (below[i] as number) > 0 || (above[i] as number) > 0;
  const { ratio, low, high } = ratioInterval(above.filter(seen), below.filter(seen));
  return { estimate: 1 - ratio, low: 1 - high, high: 1 - low };
}
