import { type Arm, armShares } from '../compare/arm.ts';
import { type Demand, widthOf } from '../problem/demand.ts';
import type { Piece } from '../problem/instance.ts';
import type { Sample } from '../problem/problem.ts';
import type { Study } from '../problem/study.ts';
import { coarsen } from '../rows/coarsen.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import { roundThresholds } from '../solve/round-thresholds.ts';
import { solvedLadder } from './floor-sweep.ts';
import { type Outcome, predictedZ, type Tallies, toOutcome, total } from './forecast.ts';
import { createProposals, keepsLimits, sweptWithin, toTargets } from './proposals.ts';

/** A policy that the choosing part proposes, and what it forecasts for it. */
export interface Candidate {
  readonly groups: RowGroups;
  readonly pieces: readonly Piece[];
  /** Candidate target of each group. */
  readonly target: Int32Array;
  /** The part of the sessions that follows it; absent = all traffic. */
  readonly arm?: Arm;
  readonly outlook: Outlook;
}

export interface Outlook {
  /** Nano-dollars over the choosing part, for all traffic. */
  readonly cost: number;
  readonly saving: number;
  /** Least distance of any hypothesis to its limit, in standard errors. */
  readonly z: number;
  /** By demand: mean difference of those that follow it, and share of rows that differ. */
  readonly quality: readonly { readonly difference: number; readonly discordant: number }[];
  /** By SLO: share of slow requests, all traffic. */
  readonly slow: readonly number[];
  /** Rows that the forecast was made from. */
  readonly rows: number;
}

/** A longer list would only make smaller steps; each step is a chance to stop early. */
const mostCandidates = 20;
/** Beyond this a candidate is as good as certain, and dearer ones say nothing more. */
const sureZ = 8;
/** Candidates this far on the wrong side are not tried. */
const hopelessZ = -1;

/** The two parts as the list may see them: the rows that choose, and how many will certify. */
export interface Parts {
  readonly choose: Int32Array;
  readonly certifyRows: number;
  /** Tasks that stay with one target: their floors cannot be proven even where nothing changes. */
  readonly keep: ReadonlyMap<string, string>;
}

/**
 * At most 20 policies, the safest first, each cheaper than the one before: the frontier of predicted
 * z and cost over all classes given, each whole and as shares of the traffic.
 */
export function listCandidates(
  study: Study,
  classes: readonly RowGroups[],
  { demands, parts }: { readonly demands: readonly Demand[]; readonly parts: Parts },
): readonly Candidate[] {
  const arms = allowedArms(study, demands);
  const all = classes.flatMap((groups): Proposed[] => {
    const bins = coarsen(groups, parts.choose);
    const { choose: rows, keep } = parts;
    const sample: Sample = { study, groups: bins.groups, rows, keep, care: 'cautious' };
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
    const chosen = [...whole, ...changeTaskByTask(sample, demands, whole, sober)];
    const byTarget = new Map<string, Proposed[]>();
    for (const pieces of chosen) {
      const target = toTargets(bins.groups, pieces);
      const key = target.join();
      if (byTarget.has(key)) continue;
      const outcome = toOutcome(sober, target);
      const look = lookAhead(tallies, outcome, parts);
      byTarget.set(key, [
        { groups, pieces, outlook: look(undefined) },
        ...arms.map((arm) => ({ groups, pieces, arm, outlook: look(arm) })),
      ]);
    }
    return [...byTarget.values()].flat();
  });
  return frontier(all.filter(({ outlook }) => outlook.saving > 0)).map(
    ({ groups, pieces, arm, outlook }): Candidate => {
      const kind = roundThresholds(groups, withEveryCell(study, groups, pieces));
      const target = toTargets(groups, kind);
      return { groups, pieces: kind, target, ...(arm && { arm }), outlook };
    },
  );
}

/** The forecast of a policy at any share of the traffic. */
function lookAhead(tallies: Tallies, outcome: Outcome, { certifyRows, choose }: Parts) {
  const { baselineCost } = tallies;
  const quality = tallies.demands.map(({ rows }, i) => ({
    difference: (outcome.delta[i] ?? 0) / Math.max(1e-9, total(rows)),
    discordant: (outcome.spread[i] ?? 0) / Math.max(1e-9, total(rows)),
  }));
  return (arm: Arm | undefined): Outlook => {
    const share = arm?.share ?? 1;
    const cost = share * outcome.cost + (1 - share) * baselineCost;
    const slow = tallies.slos.map(
      ({ rows, baseline }, i) =>
        (share * (outcome.slow[i] ?? 0) + (1 - share) * baseline) / Math.max(1e-9, total(rows)),
    );
    const z = predictedZ(tallies, outcome, { certifyRows, ...(arm && { arm }) });
    return {
      cost,
      saving: baselineCost > 0 ? 1 - cost / baselineCost : 0,
      z: Math.min(sureZ, z),
      quality,
      slow,
      rows: choose.length,
    };
  };
}

/**
 * Shares at which a policy may be tried. The rest of the traffic must stay with what every relative
 * floor is measured against, and that must be a target that a rule can name. A share of at most twice
 * the margin is never offered: almost any loss within it would stay within the margin.
 */
function allowedArms(study: Study, demands: readonly Demand[]): readonly Arm[] {
  const { options, baseline, names, table } = study;
  if (options.arms === 'none' || !names.includes(baseline.name)) return [];
  const same = demands.every(
    ({ floor, reference }) => floor.kind === 'absolute' || reference?.name === baseline.name,
  );
  if (!same) return [];
  const least = 2 * Math.max(0, ...demands.map(widthOf));
  return armShares
    .filter((share) => share > least + 1e-9)
    .map((share) => ({
      share,
      by: table.session ? ('session' as const) : ('request' as const),
      salt: options.armSalt,
      loss: options.armLoss,
    }));
}

/**
 * Policies that change the first j tasks only, those with the safest floors first, and leave the
 * others with the reference: one hard task does not cost what the others save. Only where tasks have
 * floors of their own.
 */
function changeTaskByTask(
  sample: Sample,
  demands: readonly Demand[],
  whole: readonly (readonly Piece[])[],
  tallies: Tallies,
): (readonly Piece[])[] {
  const { groups, study } = sample;
  const task = groups.keys.indexOf('task');
  const reference = study.names.indexOf(study.baseline.name);
  const floors = demands.flatMap(({ task: name }, i) => (name === undefined ? [] : [{ name, i }]));
  if (task < 0 || reference < 0 || floors.length < 2) return [];
  return whole
    .flatMap((pieces) => {
      const { delta, spread } = toOutcome(tallies, toTargets(groups, pieces));
      const risk = ({ i }: { readonly i: number }) => {
        const rows = total(tallies.demands[i]?.rows ?? new Float64Array());
        const distance = widthOf(demands[i] as Demand) + (delta[i] ?? 0) / Math.max(1e-9, rows);
        return distance * Math.sqrt(rows / Math.max(1e-9, (spread[i] ?? 0) / Math.max(1e-9, rows)));
      };
      const safest = [...floors].sort((a, b) => risk(b) - risk(a)).map(({ name }) => name);
      return safest.slice(1).map((_, j) => {
        const changed = new Set(safest.slice(0, j + 1));
        const stays = (piece: Piece) => !changed.has(groups.cells[piece.cell]?.values[task] ?? '');
        const kept = [...new Set(pieces.filter(stays).map(({ cell }) => cell))].map(
          (cell): Piece => ({ cell, target: reference, from: -Infinity, below: Infinity }),
        );
        return [...pieces.filter((piece) => !stays(piece)), ...kept].sort(
          (a, b) => a.cell - b.cell || a.from - b.from,
        );
      });
    })
    .filter(keepsLimits(sample));
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

type Proposed = Omit<Candidate, 'target'>;

/**
 * By how much a forecast flatters, per unit of disagreement with the reference: the regression
 * through 0 of (forecast - what was found on unseen rows) on the disagreement, by demand.
 */
function estimateOptimism(told: readonly Outcome[], found: readonly Outcome[]): number[] {
  return (told[0]?.delta ?? []).map((_, d) => {
    let [product, square] = [0, 0];
    told.forEach(({ delta, spread }, i) => {
      const differ = spread[d] ?? 0;
      product += differ * ((delta[d] ?? 0) - (found[i]?.delta[d] ?? 0));
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
        sums.map((sum, group) => sum - (optimism[d] ?? 0) * (one.spread[t]?.[group] as number)),
      ),
    })),
  };
}

/** A cell that the optimise part never saw goes to the baseline, else to the best target. */
function withEveryCell(study: Study, groups: RowGroups, pieces: readonly Piece[]): Piece[] {
  const seen = new Set(pieces.map((piece) => piece.cell));
  const known = study.names.indexOf(study.baseline.name);
  const target = known >= 0 ? known : study.names.indexOf(study.best.name);
  const unseen = groups.cells.flatMap((_, cell) =>
    seen.has(cell) ? [] : [{ cell, target, from: -Infinity, below: Infinity }],
  );
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
