import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { pairsWithoutDifference } from '../../statistics/sample-size.ts';
import { compareToDemand, differenceInterval } from '../compare/paired.ts';
import { measureSaving } from '../compare/saving.ts';
import { assignedVector, type Score, scoreRows } from '../problem/assign.ts';
import { type Demand, describeClaim, widthOf } from '../problem/demand.ts';
import { formatSlo } from '../problem/slo.ts';
import type { Study } from '../problem/study.ts';
import { type Candidate, listCandidates } from '../propose/candidates.ts';
import { cutRows } from '../rows/parts.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { joinBursts } from '../rows/units.ts';
import { adviseRequests, formatAdvice } from './advice.ts';
import type { Certificate, Trial } from './certificate-report.ts';
import { keepCurrent } from './hysteresis.ts';
import { type Tested, testPolicy } from './tests.ts';

/** A certificate, and the policy it is about where there is one. */
export interface Proof {
  readonly certificate: Certificate;
  readonly deployed?: Candidate;
}

/** The part of the units that proposes; the rest judges. 40 / 60 certified most on real data. */
export const chooseShare = 0.4;

interface Part {
  readonly demands: readonly Demand[];
  readonly rows: Int32Array;
}

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
  const { alpha, reportPart, splitSalt, slos, looks } = study.options;
  const [choose, rows, report] = cutRows(study.units, splitSalt, [chooseShare, 1 - reportPart]);
  if (!choose || !rows || !report) throw new RangeError('a split has three parts');
  const part: Part = { demands, rows };
  const keep = unprovableTasks(study, part);
  const parts = { choose, certifyRows: rows.length, keep };
  const candidates = choose.length > 0 ? listCandidates(study, classes, { demands, parts }) : [];
  const walk = walkList(study, candidates, part);
  const deployed = candidates[walk.lastPassed];
  const units = new Set(Array.from(rows, (row) => study.units.unit[row])).size;
  return {
    certificate: {
      ...judgeWalk(study, { walk, candidates, part }),
      claim: [...demands.map(describeClaim), ...slos.map(formatSlo)].join('; '),
      alpha,
      looks,
      splitSalt,
      trials: walk.trials,
      unjudgedShare: walk.safest?.unjudgedShare ?? 0,
      units,
      parts: { choose: choose.length, certify: rows.length, report: report.length },
      keptTasks: [...keep.keys()],
      ...(deployed && describeDeployed(study, { deployed, part, report })),
    },
    ...(deployed && { deployed }),
  };
}

/**
 * Tasks with a floor of their own and so few requests to certify with that not even "no difference"
 * could be shown: they stay with their reference, where nothing has to be shown.
 */
function unprovableTasks(study: Study, { demands, rows }: Part): ReadonlyMap<string, string> {
  const kept = demands.flatMap((demand): [string, string][] => {
    const { task, reference, floor, scale } = demand;
    if (task === undefined || !reference || floor.kind !== 'relative') return [];
    const units = joinBursts(study, [reference]) ?? study.units.unit;
    const asked = rows.filter((row) => demand.mask?.[row] === 1);
    const n = new Set(Array.from(asked, (row) => units[row])).size;
    const least = pairsWithoutDifference(widthOf(demand) / scale, {
      alpha: study.options.alpha,
      n,
    });
    return n < least && study.names.includes(reference.name) ? [[task, reference.name]] : [];
  });
  return new Map(kept);
}

type Deployed = Pick<
  Certificate,
  'saving' | 'noWorseThanAny' | 'arm' | 'kept' | 'report' | 'certified'
>;

function describeDeployed(
  study: Study,
  {
    deployed,
    part,
    report,
  }: { readonly deployed: Candidate; readonly part: Part; readonly report: Int32Array },
): Deployed {
  const vector = toVector(study, deployed);
  const { arm } = deployed;
  const share = arm?.share ?? 1;
  const [demand] = part.demands;
  const kept = keepCurrent(study, vector, { ...part, share });
  return {
    saving: measureSaving(study, vector, { rows: part.rows, share }),
    certified: mixScores(
      scoreRows(study, vector, part.rows),
      scoreRows(study, study.baseline, part.rows),
      share,
    ),
    noWorseThanAny: share === 1 && beatsAll(study, vector, part),
    ...(arm && { arm }),
    ...(kept && { kept }),
    ...(demand && report.length > 0 && { report: estimateChange(study, vector, demand, report) }),
  };
}

/** What all traffic gives when a share of it follows one way and the rest another. */
export function mixScores(one: Score, other: Score, share: number): Score {
  const mix = (a: number, b: number) => share * a + (1 - share) * b;
  return {
    n: one.n,
    quality: mix(one.quality, other.quality),
    costUsd: mix(one.costUsd, other.costUsd),
    unjudged: one.unjudged,
  };
}

/**
 * The first floor's claim against every single target, each by the same test at the full level; all
 * must pass. Its error is its own, beside that of the walk.
 */
function beatsAll(study: Study, vector: OutcomeVector, { demands, rows }: Part): boolean {
  const [demand] = demands;
  if (demand?.floor.kind !== 'relative') return false;
  const without = { ...study, options: { ...study.options, slos: [] } };
  return study.vectors.every((reference) => {
    const against = [{ ...demand, scale: 1, reference }];
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

/**
 * Each candidate at the full level, up to the first whose tests do not pass. One that passes and saves
 * nothing on these rows is passed over: only a failed test may end the sequence.
 */
function walkList(study: Study, candidates: readonly Candidate[], part: Part): Walk {
  const trials: Trial[] = [];
  let safest: Tested | undefined;
  let lastPassed = -1;
  for (const candidate of candidates) {
    const vector = toVector(study, candidate);
    const { arm, outlook } = candidate;
    const tested = testPolicy(study, vector, { ...part, ...(arm && { arm }) });
    safest ??= tested;
    const saves = measureSaving(study, vector, { rows: part.rows }).estimate > 0;
    trials.push({
      share: arm?.share ?? 1,
      forecastSaving: outlook.saving,
      forecastZ: outlook.z,
      tests: tested.tests,
      passed: tested.passed && saves,
    });
    if (!tested.passed) break;
    if (saves) lastPassed = trials.length - 1;
  }
  return { trials, lastPassed, ...(safest && { safest }) };
}

function toVector(study: Study, { groups, target }: Candidate): OutcomeVector {
  return assignedVector(study, groups, target);
}

function estimateChange(
  study: Study,
  vector: OutcomeVector,
  demand: Demand,
  rows: Int32Array,
): NonNullable<Certificate['report']> {
  const compared = compareToDemand(study, vector, demand, { rows });
  const { low, high } = differenceInterval(compared);
  return { estimate: compared.difference, low, high, n: rows.length };
}

interface Walked {
  readonly walk: Walk;
  readonly candidates: readonly Candidate[];
  readonly part: Part;
}

function judgeWalk(
  study: Study,
  { walk, candidates, part }: Walked,
): Pick<Certificate, 'verdict' | 'why' | 'needed' | 'neededForAll'> {
  const { trials, lastPassed, safest } = walk;
  const certifyShare = 1 - chooseShare - study.options.reportPart;
  const advise = (list: readonly Candidate[]) =>
    adviseRequests(
      study,
      list.map((one) => ({ vector: toVector(study, one), arm: one.arm, outlook: one.outlook })),
      { ...part, certifyShare },
    );
  if (lastPassed >= 0) {
    const why = `${trials.filter(({ passed }) => passed).length} of ${trials.length} policies tested passed`;
    if (!candidates[lastPassed]?.arm) return { verdict: 'PASS', why };
    const whole = advise(candidates.filter(({ arm }) => !arm));
    return { verdict: 'PASS', why, ...(whole && { neededForAll: whole }) };
  }
  if (!safest) {
    return { verdict: 'INCONCLUSIVE', why: 'nothing in the class is cheaper than the baseline' };
  }
  if (trials[0]?.tests.some((test) => test.refuted)) {
    return { verdict: 'FAIL', why: 'the safest policy that saves is worse than is allowed' };
  }
  const needed = advise(candidates);
  if (!needed) return { verdict: 'INCONCLUSIVE', why: 'no number of requests would do' };
  return {
    verdict: 'INCONCLUSIVE',
    why: `${formatAdvice(needed)} in all would settle it`,
    needed,
  };
}
