import { shareBelowP } from '../statistics/binomial.ts';
import { clusterMeanP, ratioInterval } from '../statistics/mean.ts';
import type { Interval } from '../statistics/proportion.ts';
import { pairsNeeded } from '../statistics/sample-size.ts';
import { notWorseP, tangoInterval } from '../statistics/tango.ts';
import { assignedLine } from './assign.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { claimOf, type Demand, needOf } from './demand.ts';
import type { Grains } from './grains.ts';
import { againstDemand, type Comparison } from './paired.ts';
import { seedOf, splitRows, unitsOf } from './parts.ts';
import { formatSlo } from './slo.ts';
import { slowOf } from './slow.ts';
import { type Line, type Study, weightOf } from './study.ts';

/** What was shown on requests that the optimiser never saw. */
export interface Certificate {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** What the tests are about, in words. */
  readonly claim: string;
  readonly alpha: number;
  readonly seed: number;
  /** Requests in each part. */
  readonly parts: { readonly optimise: number; readonly certify: number; readonly report: number };
  /** In the order they were walked. */
  readonly trials: readonly Trial[];
  /** Place of the deployed one in `trials`; absent where none passed. */
  readonly deployed?: number;
  /** Of the deployed policy, on the certify part, with 95 % limits. */
  readonly saving?: Interval & { readonly estimate: number };
  /** Requests that would settle it, where it is not settled; absent where no number would do. */
  readonly needed?: { readonly certify: number; readonly inAll: number };
  readonly why: string;
  /** Share of certify rows without a score on one side. */
  readonly unjudgedShare: number;
  /** Quality change of the deployed policy on rows nobody chose by, with 95 % limits. */
  readonly report?: Interval & { readonly estimate: number; readonly n: number };
}

/** One policy and what the tests said of it. */
export interface Trial {
  readonly forecastSaving: number;
  readonly forecastZ: number;
  readonly tests: readonly Test[];
  readonly passed: boolean;
}

export interface Test {
  readonly claim: string;
  readonly p: number;
  readonly level: number;
}

/**
 * Tango's test holds a nominal level to within a fifth (6.0 % at 5 %, 4.8 % at 4 % by enumeration),
 * so it is given four fifths of what is allowed.
 */
export const tangoShare = 0.8;
const optimiseShare = 0.4;
/** More rows without a score than this, and what was left out could decide. */
const mostUnjudged = 0.05;

/** A certificate, and the policy it is about. */
export interface Proof {
  readonly certificate: Certificate;
  readonly deployed?: Candidate;
}

export function certify(
  study: Study,
  classes: readonly Grains[],
  demands: readonly Demand[],
): Proof {
  const { alpha, reportPart } = study.options;
  const seed = study.options.splitSeed ?? seedOf(study.table);
  const rest = 1 - reportPart;
  const shares = [optimiseShare * rest, (1 - optimiseShare) * rest, reportPart];
  const [optimise, certifyRows, report] = splitRows(study.table, shares, seed).map(
    (rows) => rows ?? new Int32Array(),
  );
  if (!optimise || !certifyRows || !report) throw new RangeError('a split has three parts');
  const candidates = candidatesOf(study, classes, demands, {
    optimise,
    certifyRows: certifyRows.length,
  });
  const walk = walkList(study, candidates, demands, certifyRows);
  const last = walk.trials.findLastIndex((trial) => trial.passed);
  const deployed = candidates[last];
  return {
    certificate: {
      ...verdictOf(study, walk, last),
      claim: [...demands.map(claimOf), ...study.options.slos.map(formatSlo)].join('; '),
      ...{ alpha, seed, trials: walk.trials, unjudgedShare: walk.unjudgedShare },
      parts: {
        optimise: optimise.length,
        certify: certifyRows.length,
        report: report.length,
      },
      ...(deployed && {
        deployed: last,
        saving: savingInterval(study, lineOf(study, deployed), certifyRows),
      }),
      ...(deployed &&
        demands[0] &&
        report.length > 0 && {
          report: reported(study, deployed, demands[0], report),
        }),
    },
    ...(deployed && { deployed }),
  };
}

interface Walk {
  readonly trials: readonly Trial[];
  /** Of the first and safest. */
  readonly safest?: Comparison;
  readonly safestMargin: number;
  readonly unjudgedShare: number;
}

/** Fixed-sequence testing: each hypothesis at the full level, up to the first that is not rejected. */
function walkList(
  study: Study,
  candidates: readonly Candidate[],
  demands: readonly Demand[],
  rows: Int32Array,
): Walk {
  const trials: Trial[] = [];
  let safest: Comparison | undefined;
  let unjudgedShare = 0;
  for (const candidate of candidates) {
    const line = lineOf(study, candidate);
    const { tests, comparisons } = testsOf(study, line, demands, rows);
    safest ??= comparisons[0];
    const unjudged = Math.max(...comparisons.map((one) => one.unjudged / Math.max(1, one.asked)));
    const passed = unjudged <= mostUnjudged && tests.every(({ p, level }) => p <= level);
    const { saving, z } = candidate.outlook;
    trials.push({ forecastSaving: saving, forecastZ: z, tests, passed });
    unjudgedShare = Math.max(unjudgedShare, passed || trials.length === 1 ? unjudged : 0);
    if (!passed) break;
  }
  const floor = demands[0]?.floor;
  const safestMargin = floor?.kind === 'relative' ? floor.margin : 0;
  return { trials, ...(safest && { safest }), safestMargin, unjudgedShare };
}

function lineOf(study: Study, candidate: Candidate): Line {
  return assignedLine(study, candidate.grains, candidate.target);
}

/** Every hypothesis about one policy; all must be rejected. */
export function testsOf(
  study: Study,
  line: Line,
  demands: readonly Demand[],
  rows: Int32Array,
): { readonly tests: readonly Test[]; readonly comparisons: readonly Comparison[] } {
  const { alpha, slos } = study.options;
  const comparisons = demands.map((demand) => againstDemand(study, line, demand, rows));
  const quality = demands.map((demand, i): Test => {
    const margin = demand.floor.kind === 'relative' ? demand.floor.margin : 0;
    const tango = notWorseP(comparisons[i] as Comparison, margin);
    const clustered = clusterP(study, line, demand, rows);
    return {
      claim: claimOf(demand),
      p: Math.max(tango, clustered ?? 0),
      level: tangoShare * alpha,
    };
  });
  const times = slos.map((slo): Test => {
    const { slow, n } = slowOf(study, line, slo, rows);
    return { claim: formatSlo(slo), p: shareBelowP(slow, n, 1 - slo.share), level: alpha };
  });
  return { tests: [...quality, ...times], comparisons };
}

/** The same hypothesis by clusters, where rows stand or fall together. */
function clusterP(study: Study, line: Line, demand: Demand, rows: Int32Array): number | undefined {
  const { unit, names, clustered } = unitsOf(study.table);
  if (!clustered) return undefined;
  const sums = new Float64Array(names.count);
  const sizes = new Float64Array(names.count);
  for (const row of rows) {
    if (demand.mask && demand.mask[row] !== 1) continue;
    const [mine, need] = [line.quality[row] as number, needOf(demand, row)];
    if (mine < 0 || need < 0) continue;
    const [at, weight] = [unit[row] as number, weightOf(study.table, row)];
    sums[at] = (sums[at] as number) + (weight * (mine - need)) / 1e6;
    sizes[at] = (sizes[at] as number) + weight;
  }
  const some = (_: number, i: number) => (sizes[i] as number) > 0;
  const margin = demand.floor.kind === 'relative' ? demand.floor.margin : 0;
  return clusterMeanP({ sums: sums.filter(some), sizes: sizes.filter(some) }, -margin);
}

function savingInterval(
  study: Study,
  line: Line,
  rows: Int32Array,
): Interval & { readonly estimate: number } {
  const { unit, names, clustered } = unitsOf(study.table);
  const above = new Float64Array(clustered ? names.count : rows.length);
  const below = new Float64Array(above.length);
  rows.forEach((row, i) => {
    const at = clustered ? (unit[row] as number) : i;
    const weight = weightOf(study.table, row);
    above[at] = (above[at] as number) + weight * (line.cost[row] as number);
    below[at] = (below[at] as number) + weight * (study.baseline.cost[row] as number);
  });
  const seen = (_: number, i: number) => (below[i] as number) > 0 || (above[i] as number) > 0;
  const { ratio, low, high } = ratioInterval(above.filter(seen), below.filter(seen));
  return { estimate: 1 - ratio, low: 1 - high, high: 1 - low };
}

function reported(
  study: Study,
  deployed: Candidate,
  demand: Demand,
  rows: Int32Array,
): Interval & { readonly estimate: number; readonly n: number } {
  const paired = againstDemand(study, lineOf(study, deployed), demand, rows);
  return { estimate: paired.difference, ...tangoInterval(paired), n: rows.length };
}

function verdictOf(
  { options }: Study,
  { trials, safest, safestMargin, unjudgedShare }: Walk,
  last: number,
): Pick<Certificate, 'verdict' | 'why' | 'needed'> {
  if (last >= 0) return { verdict: 'PASS', why: `${last + 1} of ${trials.length} passed` };
  if (!safest) return { verdict: 'INCONCLUSIVE', why: 'nothing in the class is cheaper' };
  if (unjudgedShare > mostUnjudged) {
    const percent = (100 * unjudgedShare).toFixed(1);
    return { verdict: 'INCONCLUSIVE', why: `${percent} % of the rows have no score` };
  }
  const needed = pairsNeeded(
    { discordant: safest.discordant, difference: safest.difference, margin: safestMargin },
    { alpha: options.alpha },
  );
  const inAll = needed && { certify: needed, inAll: Math.ceil(needed / (1 - optimiseShare)) };
  if (tangoInterval(safest, 2 * options.alpha).high < -safestMargin) {
    return { verdict: 'FAIL', why: 'the safest saving policy is worse than the floor allows' };
  }
  return {
    verdict: 'INCONCLUSIVE',
    why: inAll
      ? `about ${inAll.inAll} requests in all would settle it`
      : 'no number of requests would do',
    ...(inAll && { needed: inAll }),
  };
}
