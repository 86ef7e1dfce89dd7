import { micro } from '../outcome/table.ts';
import { pieceByGrain } from './assign.ts';
import { coarsen } from './coarsen.ts';
import type { Demand } from './demand.ts';
import { type Forecast, forecastOf, type Outlook, outlookOf, sumOver } from './forecast.ts';
import { friendly } from './friendly.ts';
import type { Grains } from './grains.ts';
import type { Constraint, Piece } from './instance.ts';
import { eligibility, limits, type Sample, shellOf, usedGrains } from './problem.ts';
import { solve } from './solve.ts';
import type { Study } from './study.ts';
import { cheapestPieces, type SweepGround, trackOf } from './sweep.ts';

/** A policy that the optimise part proposes, and what it forecasts for it. */
export interface Candidate {
  readonly grains: Grains;
  readonly pieces: readonly Piece[];
  readonly target: Int32Array;
  readonly outlook: Outlook;
}

/** A list of more would only make smaller steps; each step is a chance to stop early. */
const mostCandidates = 20;
/** Beyond this a candidate is as good as certain, and dearer ones say nothing more. */
const sureZ = 8;

/** Saving, in shares of the baseline's cost, that one unit of quality is worth: 0.25 to 1,000. */
const qualityPrices = Array.from({ length: 25 }, (_, i) => 0.25 * 2 ** (i / 2));
/** Price of a request answered otherwise than by the reference, as a part of that of quality. */
const disagreementParts = [0, 0.03, 0.07, 0.15, 0.3, 0.6];
/** Price of a slow request, as a part of that of quality; only where there is an SLO. */
const slowParts = [0, 0.1, 0.5];

/**
 * At most 20 policies, the safest first, each cheaper than the one before: the frontier of predicted
 * z and cost over all classes given.
 */
export function candidatesOf(
  study: Study,
  classes: readonly Grains[],
  demands: readonly Demand[],
  parts: { readonly optimise: Int32Array; readonly certifyRows: number },
): readonly Candidate[] {
  const all = classes.flatMap((grains): Proposal[] => {
    const bins = coarsen(grains, parts.optimise);
    const sample: Sample = {
      ...{ study, grains: bins.grains, rows: parts.optimise, care: 'cautious' },
    };
    const forecast = forecastOf(sample, demands);
    const found = [...swept(sample, forecast), ...solved(sample, forecast)];
    return distinct(sample, found).map((pieces) => {
      const target = targetsOf(bins.grains, pieces);
      return { grains, pieces, outlook: outlookOf(forecast, target, parts.certifyRows, sureZ) };
    });
  });
  return frontier(all.filter(({ outlook }) => outlook.saving > 0)).map(
    ({ grains, pieces, outlook }): Candidate => {
      const kind = friendly(grains, pieces);
      return { grains, pieces: kind, target: targetsOf(grains, kind), outlook };
    },
  );
}

type Proposal = Omit<Candidate, 'target'>;

/** The Lagrange points at every combination of prices, those that break a hard limit left out. */
function swept(sample: Sample, forecast: Forecast): Piece[][] {
  const { study, grains } = sample;
  const used = new Uint8Array(grains.cell.length);
  for (const grain of usedGrains(grains, sample.rows)) used[grain] = 1;
  const ground: SweepGround = {
    grains,
    track: trackOf(grains, used),
    eligible: eligibility(sample),
  };
  const hard = limits(sample).filter((limit) => !isSlo(study, limit));
  const { maxTargets = Infinity, maxRules = Infinity } = study.options;
  const slow = forecast.slos.length > 0 ? slowParts : [0];
  const found: Piece[][] = [];
  for (const price of qualityPrices) {
    for (const part of disagreementParts) {
      for (const slowPart of slow) {
        const prices = { quality: price, spread: price * part, slow: price * slowPart };
        found.push(cheapestPieces(ground, scores(forecast, prices)));
      }
    }
  }
  return found.filter((pieces) => {
    if (new Set(pieces.map((piece) => piece.target)).size > maxTargets) return false;
    if (rulesOf(pieces) > maxRules) return false;
    const target = targetsOf(grains, pieces);
    return hard.every(({ amount, bound }) => sumOver(amount, target) <= bound);
  });
}

function isSlo(study: Study, limit: Constraint): boolean {
  return study.options.slos.length > 0 && / p[\d.]+ <= /.test(limit.name);
}

function rulesOf(pieces: readonly Piece[]): number {
  return new Set(pieces.map(({ target, from, below }) => `${target}|${from}|${below}`)).size;
}

interface Prices {
  readonly quality: number;
  readonly spread: number;
  readonly slow: number;
}

function scores({ cost, baselineCost, demands, slos }: Forecast, prices: Prices): Float64Array[] {
  return cost.map((sums, t) =>
    sums.map((sum, grain) => {
      let score = sum / baselineCost;
      for (const { delta, spread, weight } of demands) {
        const lost = prices.spread * (spread[t]?.[grain] as number);
        score += (lost - prices.quality * (delta[t]?.[grain] as number)) / weight;
      }
      for (const { slow, weight } of slos) {
        score += (prices.slow * (slow[t]?.[grain] as number)) / weight;
      }
      return score;
    }),
  );
}

/** More grains times targets than this, and the solver would take longer than the sweep by far. */
const solverSize = 200_000;
/** Parts of the margin that the forecast may use up. */
const ladder = [-0.5, 0, 0.25, 0.5, 0.75, 1];

/** The cheapest policies at a ladder of floors, exact, with every limit of the problem. */
function solved(sample: Sample, forecast: Forecast): Piece[][] {
  const { study, grains } = sample;
  if (grains.cell.length * study.names.length > solverSize) return [];
  const fixed = limits(sample);
  return ladder.flatMap((part) => {
    const floors = forecast.demands.map(
      ({ demand, delta, weight, margin }): Constraint => ({
        name: demand.name,
        sense: 'at-least',
        amount: delta.map((sums) => sums.map((sum) => Math.floor(sum * micro))),
        bound: Math.ceil(-part * margin * weight * micro),
        integer: true,
      }),
    );
    const constraints = [...floors, ...fixed];
    const solution = solve(shellOf(sample, { cost: forecast.cost, constraints }));
    return solution.state === 'solved' ? [[...solution.pieces]] : [];
  });
}

function targetsOf(grains: Grains, pieces: readonly Piece[]): Int32Array {
  return pieceByGrain(grains, pieces).map((piece) => pieces[piece]?.target ?? -1);
}

function distinct({ study, grains }: Sample, found: readonly Piece[][]): readonly Piece[][] {
  const byKey = new Map<string, Piece[]>();
  const filled = found.map((pieces) => withEveryCell(study, grains, pieces));
  for (const pieces of filled) {
    const key = pieces
      .map(({ cell, target, from, below }) => `${cell}:${target}:${from}:${below}`)
      .join();
    byKey.set(key, pieces);
  }
  return [...byKey.values()];
}

/** A cell that the optimise part never saw goes to the baseline, else to the best target. */
function withEveryCell(study: Study, grains: Grains, pieces: readonly Piece[]): Piece[] {
  const seen = new Set(pieces.map((piece) => piece.cell));
  const known = study.names.indexOf(study.baseline.name);
  const target = known >= 0 ? known : study.names.indexOf(study.best.name);
  const unseen = grains.cells.flatMap((_, cell) =>
    seen.has(cell) ? [] : [{ cell, target, from: -Infinity, below: Infinity }],
  );
  return [...pieces, ...unseen].sort((a, b) => a.cell - b.cell || a.from - b.from);
}

/** Falling z with falling cost; thinned to the length of the list. */
function frontier(candidates: readonly Proposal[]): readonly Proposal[] {
  const sorted = [...candidates].sort(
    (a, b) => b.outlook.z - a.outlook.z || a.outlook.cost - b.outlook.cost,
  );
  const front: Proposal[] = [];
  for (const candidate of sorted) {
    const last = front.at(-1);
    if (!last || candidate.outlook.cost < last.outlook.cost) front.push(candidate);
  }
  const hopeful = front.filter(({ outlook }, at) => at === 0 || outlook.z > 0);
  const step = Math.max(1, (hopeful.length - 1) / (mostCandidates - 1));
  const picked = new Set<Proposal>();
  for (let at = 0; at < hopeful.length; at += step) {
    const candidate = hopeful[Math.round(at)];
    if (candidate) picked.add(candidate);
  }
  return [...picked];
}
