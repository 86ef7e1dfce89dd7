import { asBaseline, type OutcomeVector } from '../../outcome/outcome-vector.ts';
import type { Interval } from '../../statistics/proportion.ts';
import { tangoInterval } from '../../statistics/tango.ts';
import { assignedVector } from '../problem/assign.ts';
import { claimOf, type Demand } from '../problem/demand.ts';
import { everyRow, seedOf, splitRows } from '../problem/parts.ts';
import type { RowGroups } from '../problem/row-groups.ts';
import { formatSlo } from '../problem/slo.ts';
import type { Study } from '../problem/study.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { type Hold, holdTo } from './hysteresis.ts';
import { againstDemand } from './paired.ts';
import {
  mostUnjudged,
  needed,
  savingInterval,
  type Test,
  type Tested,
  testPolicy,
} from './verdict.ts';

/** What was shown on requests that the optimiser never saw. */
export interface Certificate {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** What the tests are about, in words. */
  readonly claim: string;
  readonly alpha: number;
  /** Of the split. */
  readonly seed: number;
  /** Requests in each part. */
  readonly parts: { readonly optimise: number; readonly certify: number; readonly report: number };
  /** In the order they were walked; the last that passed is deployed. */
  readonly trials: readonly Trial[];
  /** Of the deployed policy, on the certify part, with 95 % limits. */
  readonly saving?: Interval & { readonly estimate: number };
  /** Requests that would settle it, where it is not settled; absent where no number would do. */
  readonly needed?: { readonly certify: number; readonly inAll: number };
  readonly why: string;
  /** Share of certify rows without a score on one side. */
  readonly unjudgedShare: number;
  /** Every single target passes for the baseline too: the policy is within the margin of each. */
  readonly noWorseThanAny?: boolean;
  /** Present where the policy in force is kept instead of the one that passed. */
  readonly hold?: Hold;
  /** Quality change of the deployed policy on rows nobody chose by, with 95 % limits. */
  readonly report?: Interval & { readonly estimate: number; readonly n: number };
}

/** One policy and what the tests said of it. */
export interface Trial {
  readonly forecastSaving: number;
  /** Predicted distance to the nearest limit, in standard errors. */
  readonly forecastZ: number;
  readonly tests: readonly Test[];
  readonly passed: boolean;
}

/** A certificate, and the policy it is about where there is one. */
export interface Proof {
  readonly certificate: Certificate;
  readonly deployed?: Candidate;
}

/** The part of the rows that proposes; the rest judges. 40 / 60 certified most on real data. */
const optimiseShare = 0.4;

/**
 * Proposes on one part of the rows, tests on another: fixed-sequence testing over a short list that
 * was ordered before the second part was looked at (Learn then Test, arXiv 2110.01052), so that
 * each test has the full level.
 */
export function certify(
  study: Study,
  classes: readonly RowGroups[],
  demands: readonly Demand[],
): Proof {
  const { alpha, reportPart } = study.options;
  const seed = study.options.splitSeed ?? seedOf(study.table);
  const rest = 1 - reportPart;
  const shares = [optimiseShare * rest, (1 - optimiseShare) * rest, reportPart];
  const [optimise, rows, report] = splitRows(study.units, everyRow(study.table.rows), {
    shares,
    seed,
  });
  if (!optimise || !rows || !report) throw new RangeError('a split has three parts');
  const certifyRows = rows.length;
  const candidates = candidatesOf(study, classes, demands, { optimise, certifyRows });
  const walk = walkList(study, candidates, { demands, rows });
  const deployed = candidates[walk.lastPassed];
  const vector = deployed && lineOf(study, deployed);
  const [demand] = demands;
  const hold = vector && holdTo(study, vector, { demands, rows });
  return {
    certificate: {
      ...verdictOf(study, walk, demand),
      claim: [...demands.map(claimOf), ...study.options.slos.map(formatSlo)].join('; '),
      ...{ alpha, seed, trials: walk.trials, unjudgedShare: walk.safest?.unjudgedShare ?? 0 },
      parts: { optimise: optimise.length, certify: certifyRows, report: report.length },
      ...(vector && { saving: savingInterval(study, vector, rows) }),
      ...(vector && { noWorseThanAny: beatsAll(study, vector, { demands, rows }) }),
      ...(hold && { hold }),
      ...(vector &&
        demand &&
        report.length > 0 && { report: reported(study, vector, demand, report) }),
    },
    ...(deployed && { deployed }),
  };
}

/** The first floor's claim against every single target, each by the same test; all must pass. */
function beatsAll(
  study: Study,
  vector: OutcomeVector,
  { demands, rows }: { readonly demands: readonly Demand[]; readonly rows: Int32Array },
): boolean {
  const [demand] = demands;
  if (demand?.floor.kind !== 'relative') return false;
  const without = { ...study, options: { ...study.options, slos: [] } };
  return study.vectors.every((single) => {
    const against = [{ ...demand, reference: asBaseline(single) }];
    return testPolicy(without, vector, { demands: against, rows }).passed;
  });
}

interface Walk {
  readonly trials: readonly Trial[];
  /** -1 = none. */
  readonly lastPassed: number;
  /** The first of the list. */
  readonly safest?: Tested;
}

/** Each candidate at the full level, up to the first that does not pass. */
function walkList(
  study: Study,
  candidates: readonly Candidate[],
  part: { readonly demands: readonly Demand[]; readonly rows: Int32Array },
): Walk {
  const trials: Trial[] = [];
  let safest: Tested | undefined;
  let lastPassed = -1;
  for (const candidate of candidates) {
    const vector = lineOf(study, candidate);
    const tested = testPolicy(study, vector, part);
    safest ??= tested;
    const saves = savingInterval(study, vector, part.rows).estimate > 0;
    const passed = tested.passed && saves;
    const { saving, z } = candidate.outlook;
    trials.push({ forecastSaving: saving, forecastZ: z, tests: tested.tests, passed });
    if (!passed) break;
    lastPassed = trials.length - 1;
  }
  return { trials, lastPassed, ...(safest && { safest }) };
}

function lineOf(study: Study, candidate: Candidate): OutcomeVector {
  return assignedVector(study, candidate.groups, candidate.target);
}

function reported(
  study: Study,
  vector: OutcomeVector,
  demand: Demand,
  rows: Int32Array,
): Interval & { readonly estimate: number; readonly n: number } {
  const paired = againstDemand(study, vector, demand, rows);
  return { estimate: paired.difference, ...tangoInterval(paired), n: rows.length };
}

function verdictOf(
  study: Study,
  { trials, lastPassed, safest }: Walk,
  demand: Demand | undefined,
): Pick<Certificate, 'verdict' | 'why' | 'needed'> {
  if (lastPassed >= 0) {
    return { verdict: 'PASS', why: `${lastPassed + 1} of ${trials.length} policies tested passed` };
  }
  const [compared] = safest?.comparisons ?? [];
  if (!safest || !compared || !demand) {
    return { verdict: 'INCONCLUSIVE', why: 'nothing in the class is cheaper than the baseline' };
  }
  if (safest.tests.some((test) => test.refuted)) {
    return { verdict: 'FAIL', why: 'the safest policy that saves is worse than is allowed' };
  }
  if (safest.unjudgedShare > mostUnjudged) {
    const percent = (100 * safest.unjudgedShare).toFixed(1);
    return { verdict: 'INCONCLUSIVE', why: `${percent} % of the rows have no score` };
  }
  const certifyRows = needed(study, demand, compared);
  if (certifyRows === undefined) {
    return { verdict: 'INCONCLUSIVE', why: 'no number of requests would do' };
  }
  const inAll = Math.ceil(certifyRows / (1 - optimiseShare) / (1 - study.options.reportPart));
  return {
    verdict: 'INCONCLUSIVE',
    why: `about ${inAll} requests in all would settle it`,
    needed: { certify: certifyRows, inAll },
  };
}
