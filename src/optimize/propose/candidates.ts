import type { Arm } from '../compare/arm.ts';
import type { TaskGuard } from '../compare/task-guard.ts';
import type { Demand } from '../problem/demand.ts';
import type { Piece } from '../problem/instance.ts';
import { eligibility, type Sample } from '../problem/problem.ts';
import type { Study } from '../problem/study.ts';
import { at, floatAt } from '../rows/at.ts';
import { coarsen } from '../rows/coarsen.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { roundThresholds } from '../solve/round-thresholds.ts';
import { allowedArms } from './allowed-arms.ts';
import { solvedLadder } from './floor-sweep.ts';
import { type ForecastOutcome, type Tallies, toOutcome } from './forecast.ts';
import { lookAhead, type Outlook, type Parts } from './outlook.ts';
import { countRules, createProposals, keepsLimits, sweptWithin, toTargets } from './proposals.ts';
import { countTargets, simplify } from './simplify.ts';
import { forecastTasks, type TaskForecast } from './task-forecast.ts';
import { changeTaskByTask, keepTasks } from './task-steps.ts';
import { findTwins } from './twins.ts';

/** A policy that the choosing part proposes, and what it forecasts for it. */
export interface Candidate {
  readonly groups: RowGroups;
  readonly pieces: readonly Piece[];
  /** Candidate target of each group. */
  readonly target: Int32Array;
  /** The part of the sessions that follows it; absent = all traffic. */
  readonly arm?: Arm;
  readonly outlook: Outlook;
  /** Forecast saving before it was made simpler. */
  readonly fullSaving: number;
  readonly rules: number;
  readonly targets: number;
  /** A task that it is forecast to lose too much on: tested for what it says, and never deployed. */
  readonly guardedOn?: string;
}

/** What may be tested, and what the guard of tasks left out of it. */
export interface CandidateList {
  readonly candidates: readonly Candidate[];
  /** Tasks on which policies that are likely to pass are forecast to lose more than the guard allows. */
  readonly guardedTasks: readonly string[];
}

/** A longer list would only make smaller steps; each step is a chance to stop early. */
const mostCandidates = 20;
/** Candidates this far on the wrong side are not tried. */
const hopelessZ = -1;
/** A policy of at least so many standard errors within its limits passes more often than not. */
const likelyZ = 1.645;
/** Groups times targets times rules above which a policy is not made simpler: tens of seconds. */
const mostToSimplify = 3_000_000;

/**
 * At most 20 policies, the safest first, each cheaper than the one before: the frontier of predicted
 * z and cost over all classes given, each whole and as shares of the traffic, and each as simple as
 * its saving allows.
 */
export function listCandidates(
  study: Study,
  classes: readonly RowGroups[],
  asked: CandidateQuestion,
): CandidateList {
  const { demands, parts } = asked;
  const arms = allowedArms(study, demands);
  const twins = findTwins(study, parts.choose);
  const grounds = classes.map((groups) => createGround(study, groups, { ...asked, twins }));
  const saving = (all: readonly Proposed[]) => all.filter(({ outlook }) => outlook.saving > 0);
  const kept = saving(grounds.flatMap((ground) => proposeOn(ground, ground.chosen, arms)));
  const front = frontier(kept).map(simplified);
  const left = grounds.flatMap((ground) => proposeOn(ground, [...ground.left.keys()], []));
  // With nothing to deploy, the safest of what is left out still tells a loss from too few requests.
  const listed = front.length > 0 ? frontier(front) : frontier(saving(left)).slice(0, 1);
  const candidates = listed.map(({ ground, pieces, arm, outlook, fullSaving }): Candidate => {
    const guardedOn = ground.left.get(pieces);
    const { groups } = ground;
    const kind = roundThresholds(groups, withEveryCell(ground, pieces));
    return {
      groups,
      pieces: kind,
      target: toTargets(groups, kind),
      ...(arm && { arm }),
      outlook,
      fullSaving,
      rules: countRules(kind),
      targets: countTargets(kind),
      ...(guardedOn !== undefined && { guardedOn }),
    };
  });
  return { candidates, guardedTasks: [...new Set(grounds.flatMap(({ guarded }) => guarded))] };
}

interface CandidateQuestion {
  readonly demands: readonly Demand[];
  readonly parts: Parts;
  readonly guard: TaskGuard | undefined;
}

/** A class of policies on the choosing part, and how its policies are judged there. */
interface Ground {
  readonly groups: RowGroups;
  readonly sample: Sample;
  readonly tallies: Tallies;
  /** What the rows are taken to say: shrunk, and less what a choice flatters. */
  readonly sober: Tallies;
  readonly parts: Parts;
  readonly tasks: TaskForecast;
  /** Every policy that was chosen by some price or floor. */
  readonly chosen: readonly (readonly Piece[])[];
  /** Those that the guard of tasks leaves out, each with a task. */
  readonly left: ReadonlyMap<readonly Piece[], string>;
  /** Tasks of those among them that are likely to pass. */
  readonly guarded: readonly string[];
}

function createGround(
  study: Study,
  groups: RowGroups,
  asked: CandidateQuestion & { readonly twins: NonNullable<Sample['twins']> },
): Ground {
  const { demands, parts, guard, twins } = asked;
  const { choose: rows, keep } = parts;
  const bins = coarsen(groups, rows);
  const sample: Sample = { study, groups: bins.groups, rows, keep, twins, care: 'cautious' };
  const { proposals, tallies, learnt } = createProposals(sample, demands);
  const told = proposals.map(({ target }) => toOutcome(learnt, target));
  const optimism = estimateOptimism(
    told,
    proposals.map(({ unseen }) => unseen),
  );
  const sober = sobered(learnt, optimism);
  const solved = solvedLadder(sample, sober);
  const swept = [
    ...proposals.map(({ pieces }) => pieces),
    ...targetSets(study, solved).flatMap((targets) => sweptWithin(sample, sober, targets)),
  ];
  const whole = [...swept.filter(keepsLimits(sample)), ...solved];
  const tasks = forecastTasks(sample, guard);
  const { kept, left } = keepTasks(sample, tasks, [
    ...whole,
    ...changeTaskByTask({ sample, demands, tallies: sober }, whole),
  ]);
  const likely = ([pieces]: readonly [readonly Piece[], string]) => {
    const outcome = toOutcome(sober, toTargets(bins.groups, pieces));
    const { saving, z } = lookAhead(tallies, outcome, parts)(undefined);
    return saving > 0 && z > likelyZ;
  };
  return {
    groups,
    sample,
    tallies,
    sober,
    parts,
    tasks,
    chosen: kept,
    left,
    guarded: [...left].filter(likely).map(([, task]) => task),
  };
}

type Proposed = Pick<Candidate, 'arm' | 'pieces' | 'outlook' | 'fullSaving'> & {
  readonly ground: Ground;
};

function proposeOn(ground: Ground, chosen: Ground['chosen'], arms: readonly Arm[]): Proposed[] {
  const byTarget = new Map<string, Proposed[]>();
  for (const pieces of chosen) {
    const target = toTargets(ground.sample.groups, pieces);
    const key = target.join();
    if (byTarget.has(key)) continue;
    const look = lookAt(ground, target);
    const propose = (arm: Arm | undefined): Proposed => {
      const outlook = look(arm);
      return { ground, pieces, ...(arm && { arm }), outlook, fullSaving: outlook.saving };
    };
    byTarget.set(key, [undefined, ...arms].map(propose));
  }
  return [...byTarget.values()].flat();
}

function lookAt({ tallies, sober, parts }: Ground, target: Int32Array) {
  return lookAhead(tallies, toOutcome(sober, target), parts);
}

function simplified(proposed: Proposed): Proposed {
  const { ground, pieces, arm } = proposed;
  const { sample, tasks } = ground;
  const { groups, study } = sample;
  const size = groups.cell.length * study.names.length * countRules(pieces);
  if (size > mostToSimplify) return proposed;
  const may = eligibility(sample);
  const keeps = keepsLimits(sample);
  const worthOf = (made: readonly Piece[]): Outlook | undefined => {
    if (!made.every(({ cell, target }) => may[cell]?.[target] === 1) || !keeps(made))
      return undefined;
    const target = toTargets(groups, made);
    return tasks(target).length === 0 ? lookAt(ground, target)(arm) : undefined;
  };
  const made = simplify(pieces, { worthOf, tolerance: study.options.simpler });
  return { ...proposed, pieces: made, outlook: worthOf(made) ?? proposed.outlook };
}

/**
 * Where targets are limited, the sets that the exact solutions use, and the reference with each
 * other one: prices are swept within each, for a sweep by itself knows no such limit.
 */
function targetSets(study: Study, solved: readonly (readonly Piece[])[]): ReadonlySet<number>[] {
  const { names, options, best } = study;
  const { maxTargets = Infinity } = options;
  if (maxTargets >= names.length) return [];
  const reference = names.indexOf(best.name);
  const pairs = names.map((_, target) => [reference, target].slice(-maxTargets));
  const used = solved.map((pieces) => pieces.map(({ target }) => target));
  const sets = [...used, ...pairs].map((members) => [...new Set(members)].sort((a, b) => a - b));
  return [...new Map(sets.map((members) => [members.join(), new Set(members)])).values()];
}

/**
 * By how much a forecast flatters, per unit of disagreement with the reference: the regression
 * through 0 of (forecast - what was found on unseen rows) on the disagreement, by demand.
 */
function estimateOptimism(
  told: readonly ForecastOutcome[],
  found: readonly ForecastOutcome[],
): number[] {
  return (told[0]?.delta ?? []).map((_, d) => {
    let [product, square] = [0, 0];
    told.forEach(({ delta, spread }, i) => {
      const differ = at(spread, d);
      product += differ * (at(delta, d) - at(at(found, i).delta, d));
      square += differ * differ;
    });
    return square > 0 ? Math.max(0, product / square) : 0;
  });
}

function sobered(learnt: Tallies, optimism: readonly number[]): Tallies {
  return {
    ...learnt,
    demands: learnt.demands.map((one, d) => ({
      ...one,
      delta: one.delta.map((sums, t) =>
        sums.map((sum, group) => sum - (optimism[d] ?? 0) * floatAt(at(one.spread, t), group)),
      ),
    })),
  };
}

/** A cell that the choosing part never saw goes to the baseline, else to the best that may serve it. */
function withEveryCell({ groups, sample }: Ground, pieces: readonly Piece[]): Piece[] {
  const { study } = sample;
  const seen = new Set(pieces.map((piece) => piece.cell));
  const known = study.names.indexOf(study.baseline.name);
  const target = known >= 0 ? known : study.names.indexOf(study.best.name);
  const may = eligibility(sample);
  const unseen = groups.cells.flatMap((_, cell) => {
    if (seen.has(cell)) return [];
    const first = may[cell]?.indexOf(1) ?? -1;
    const serves = may[cell]?.[target] === 1 || first < 0 ? target : first;
    return [{ cell, target: serves, from: -Infinity, below: Infinity }];
  });
  return [...pieces, ...unseen].sort((a, b) => a.cell - b.cell || a.from - b.from);
}

/** Falling z with falling cost; thinned to the length of the list. */
function frontier(candidates: readonly Proposed[]): readonly Proposed[] {
  const sorted = [...candidates].sort(
    (a, b) => b.outlook.z - a.outlook.z || a.outlook.cost - b.outlook.cost,
  );
  const front: Proposed[] = [];
  for (const candidate of sorted) {
    const last = front.at(-1);
    if (!last || candidate.outlook.cost < last.outlook.cost) front.push(candidate);
  }
  const hopeful = front.filter(({ outlook }, at) => at === 0 || outlook.z > hopelessZ);
  const step = Math.max(1, (hopeful.length - 1) / (mostCandidates - 1));
  const picked = new Set<Proposed>();
  for (let at = 0; at < hopeful.length; at += step) {
    const candidate = hopeful[Math.round(at)];
    if (candidate) picked.add(candidate);
  }
  return [...picked];
}
