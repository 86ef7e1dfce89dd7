import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { pairsWithoutDifference } from '../../statistics/sample-size.ts';
import { type Compared, compareToDemand, differenceInterval } from '../compare/paired.ts';
import { measureSaving } from '../compare/saving.ts';
import { createTaskGuard, findShownLosses, type TaskGuard } from '../compare/task-guard.ts';
import { assignedVector, type Score, scoreRows } from '../problem/assign.ts';
import { type Demand, describeClaim, widthOf } from '../problem/demand.ts';
import { formatSlo } from '../problem/slo.ts';
import type { Study } from '../problem/study.ts';
import { type Candidate, listCandidates } from '../propose/candidates.ts';
import { cutRows } from '../rows/parts.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { joinBursts } from '../rows/units.ts';
import { adviseRequests, formatAdvice, noNumber } from './advice.ts';
import type { CandidateTrial, Certificate } from './certificate-report.ts';
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
  readonly guard: TaskGuard | undefined;
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
  const guard = createTaskGuard(study, demands);
  const part: Part = { demands, rows, guard };
  const keep = unprovableTasks(study, part);
  const parts = { choose, certifyRows: rows.length, keep };
  const { candidates, guardedTasks } =
    choose.length > 0
      ? listCandidates(study, classes, { demands, parts, guard })
      : { candidates: [], guardedTasks: [] };
  const walk = walkList(study, candidates, part);
  const deployed = pickSimplest(candidates, walk, study.options.simpler);
  const units = new Set(Array.from(rows, (row) => study.units.unit[row])).size;
  return {
    certificate: {
      ...judgeWalk(study, { walk, candidates, part, deployed }),
      claim: [...demands.map(describeClaim), ...slos.map(formatSlo)].join('; '),
      alpha,
      looks,
      splitSalt,
      trials: walk.trials,
      unjudgedShare: walk.safest?.unjudgedShare ?? 0,
      units,
      parts: { choose: choose.length, certify: rows.length, report: report.length },
      keptTasks: [...keep.keys()],
      guardedTasks,
      ...(guard && { mostTaskLoss: guard.most }),
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
  'saving' | 'noWorseThanAny' | 'arm' | 'kept' | 'report' | 'certified' | 'certifiedBaseline'
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
  const baseline = scoreRows(study, study.baseline, part.rows);
  const kept = keepCurrent(study, vector, { ...part, share });
  return {
    saving: measureSaving(study, vector, { rows: part.rows, share }),
    certified: mixScores(scoreRows(study, vector, part.rows), baseline, share),
    certifiedBaseline: baseline,
    noWorseThanAny: share === 1 && beatsAll(study, vector, part),
    ...(arm && { arm }),
    ...(kept && { kept }),
    ...(demand &&
      report.length > 0 && { report: estimateChange(study, vector, { demand, rows: report }) }),
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
  /** One for each candidate that was tested, in their order. */
  readonly trials: readonly CandidateTrial[];
  /** The first of the list. */
  readonly safest?: Tested;
}

/**
 * Each candidate at the full level, up to the first whose tests do not pass. One that passes and saves
 * nothing on these rows, or is shown to lose more on a task than the guard allows, is passed over:
 * only a failed test may end the sequence.
 */
function walkList(study: Study, candidates: readonly Candidate[], part: Part): Walk {
  const trials: CandidateTrial[] = [];
  let safest: Tested | undefined;
  for (const candidate of candidates) {
    const vector = toVector(study, candidate);
    const { arm, outlook } = candidate;
    const tested = testPolicy(study, vector, { ...part, ...(arm && { arm }) });
    safest ??= tested;
    const saves = measureSaving(study, vector, { rows: part.rows }).estimate > 0;
    const losesOn = tested.passed ? findShownLosses(study, vector, part) : [];
    trials.push({
      share: arm?.share ?? 1,
      forecastSaving: outlook.saving,
      forecastZ: outlook.z,
      tests: tested.tests,
      losesOn,
      passed: tested.passed && saves && losesOn.length === 0 && candidate.guardedOn === undefined,
    });
    if (!tested.passed) break;
  }
  return { trials, ...(safest && { safest }) };
}

/**
 * Of all that passed, of which each may be claimed, the one with the fewest rules and targets that is
 * forecast to save as much as the cheapest but for a part of it: what the second part said beside
 * "passed" has no say.
 */
function pickSimplest(
  candidates: readonly Candidate[],
  { trials }: Walk,
  tolerance: number,
): Candidate | undefined {
  const passed = candidates.filter((_, at) => trials[at]?.passed);
  const most = Math.max(...passed.map(({ fullSaving }) => fullSaving));
  const size = ({ arm, rules, targets }: Candidate) => [arm ? 1 : 0, rules, targets];
  return passed
    .filter((each) => each.outlook.saving >= (1 - tolerance) * most || each === passed.at(-1))
    .sort((a, b) => {
      const [one, other] = [size(a), size(b)];
      const at = one.findIndex((value, i) => value !== other[i]);
      const simpler = at < 0 ? 0 : (one[at] as number) - (other[at] as number);
      return simpler || a.outlook.cost - b.outlook.cost;
    })[0];
}

function toVector(study: Study, { groups, target }: Candidate): OutcomeVector {
  return assignedVector(study, groups, target);
}

function estimateChange(
  study: Study,
  vector: OutcomeVector,
  compared: Compared,
): NonNullable<Certificate['report']> {
  const found = compareToDemand(study, vector, compared);
  const { low, high } = differenceInterval(found);
  return { estimate: found.difference, low, high, n: compared.rows.length };
}

interface Walked {
  readonly walk: Walk;
  readonly candidates: readonly Candidate[];
  readonly part: Part;
  readonly deployed: Candidate | undefined;
}

function judgeWalk(
  study: Study,
  { walk, candidates, part, deployed }: Walked,
): Pick<Certificate, 'verdict' | 'why' | 'needed' | 'neededForAll'> {
  const { trials, safest } = walk;
  const certifyShare = 1 - chooseShare - study.options.reportPart;
  const advise = (list: readonly Candidate[]) =>
    adviseRequests(
      study,
      list.map((one) => ({ vector: toVector(study, one), arm: one.arm, outlook: one.outlook })),
      { ...part, certifyShare },
    );
  if (deployed) {
    const why = `${trials.length} policies were tested, the safest first, and ${trials.filter(({ passed }) => passed).length} passed; of those that save about the most, the simplest is taken`;
    if (!deployed.arm) return { verdict: 'PASS', why };
    const whole = advise(candidates.filter(({ arm }) => !arm));
    return { verdict: 'PASS', why, ...(whole && { neededForAll: whole }) };
  }
  const most = `more than ${part.guard?.most} on`;
  if (!safest) {
    return { verdict: 'INCONCLUSIVE', why: 'nothing in the class is cheaper than the baseline' };
  }
  if (trials[0]?.tests.some((test) => test.refuted)) {
    return { verdict: 'FAIL', why: 'the safest policy that saves is worse than is allowed' };
  }
  const losing = [...new Set(trials.flatMap(({ losesOn }) => losesOn))].join(', ');
  if (losing !== '') {
    const why = `what keeps the floor is shown to lose ${most} ${losing}; --allow-task-loss allows it`;
    return { verdict: 'FAIL', why };
  }
  const [{ guardedOn } = {}] = candidates;
  if (guardedOn !== undefined && trials[0]?.tests.every(({ p, level }) => p <= level)) {
    const why = `everything cheaper is forecast to lose ${most} ${guardedOn}; --allow-task-loss lets it be tested`;
    return { verdict: 'INCONCLUSIVE', why };
  }
  const needed = advise(candidates);
  if (!needed) return { verdict: 'INCONCLUSIVE', why: noNumber };
  return {
    verdict: 'INCONCLUSIVE',
    why: `${formatAdvice(needed)} in all would settle it`,
    needed,
  };
}
