import { coarsen } from '../problem/coarsen.ts';
import type { Demand } from '../problem/demand.ts';
import type { Piece } from '../problem/instance.ts';
import type { Sample } from '../problem/problem.ts';
import type { RowGroups } from '../problem/row-groups.ts';
import type { Study } from '../problem/study.ts';
import { roundThresholds } from '../solve/round-thresholds.ts';
import { solvedLadder } from './floor-sweep.ts';
import { type Outcome, outcomeOf, predictedZ, type Tallies } from './forecast.ts';
import { keepsLimits, proposalsOf, sweptWithin, targetsOf } from './proposals.ts';

/** A policy that the optimise part proposes, and what it forecasts for it. */
export interface Candidate {
  readonly groups: RowGroups;
  readonly pieces: readonly Piece[];
  /** Candidate target of each group. */
  readonly target: Int32Array;
  readonly outlook: Outlook;
}

export interface Outlook {
  /** Nano-dollars over the optimise part. */
  readonly cost: number;
  readonly saving: number;
  /** Least distance of any hypothesis to its limit, in standard errors. */
  readonly z: number;
}

/** A longer list would only make smaller steps; each step is a chance to stop early. */
const mostCandidates = 20;
/** Beyond this a candidate is as good as certain, and dearer ones say nothing more. */
const sureZ = 8;
/** Candidates this far on the wrong side are not tried. */
const hopelessZ = -1;

/**
 * At most 20 policies, the safest first, each cheaper than the one before: the frontier of predicted
 * z and cost over all classes given.
 */
export function candidatesOf(
  study: Study,
  classes: readonly RowGroups[],
  demands: readonly Demand[],
  parts: { readonly optimise: Int32Array; readonly certifyRows: number },
): readonly Candidate[] {
  const all = classes.flatMap((groups): Proposed[] => {
    const bins = coarsen(groups, parts.optimise);
    const sample: Sample = {
      ...{ study, groups: bins.groups, rows: parts.optimise, care: 'cautious' },
    };
    const { proposals, tallies, learnt } = proposalsOf(sample, demands);
    const told = proposals.map(({ target }) => outcomeOf(learnt, target));
    const optimism = optimismOf(
      told,
      proposals.map(({ unseen }) => unseen),
    );
    const sober = sobered(learnt, optimism);
    const solved = solvedLadder(sample, sober);
    const swept = [
      ...proposals.map(({ pieces }) => pieces),
      ...targetSets(study, solved).flatMap((targets) => sweptWithin(sample, sober, targets)),
    ];
    const chosen = [...swept.filter(keepsLimits(sample)), ...solved];
    const byTarget = new Map<string, Proposed>();
    for (const pieces of chosen) {
      const target = targetsOf(bins.groups, pieces);
      const outcome = outcomeOf(sober, target);
      const z = Math.min(sureZ, predictedZ(tallies, outcome, parts.certifyRows));
      const saving = 1 - outcome.cost / tallies.baselineCost;
      const outlook = { cost: outcome.cost, saving, z };
      byTarget.set(target.join(), { groups, pieces, outlook });
    }
    return [...byTarget.values()];
  });
  return frontier(all.filter(({ outlook }) => outlook.saving > 0)).map(
    ({ groups, pieces, outlook }): Candidate => {
      const kind = roundThresholds(groups, withEveryCell(study, groups, pieces));
      return { groups, pieces: kind, target: targetsOf(groups, kind), outlook };
    },
  );
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
function optimismOf(told: readonly Outcome[], found: readonly Outcome[]): number[] {
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
