import { pieceByGroup } from '../problem/assign.ts';
import type { Demand } from '../problem/demand.ts';
import type { Piece } from '../problem/instance.ts';
import { eligibility, limits, type Sample, usedGroups } from '../problem/problem.ts';
import { ofLength } from '../rows/at.ts';
import { foldRows } from '../rows/parts.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import {
  addOutcomes,
  type ForecastOutcome,
  shrunk,
  subtractTallies,
  sumOver,
  type Tallies,
  tallyRows,
  toOutcome,
} from './forecast.ts';
import { cheapestPieces, createTrack, type SweepGround } from './sweep.ts';

/** A policy chosen by all the rows of a sample, and what the same choice is worth on other rows. */
export interface Proposal {
  readonly pieces: readonly Piece[];
  /** Candidate of each group. */
  readonly target: Int32Array;
  /** What the policies chosen by four fifths of the rows did on the fifth, over all fifths. */
  readonly unseen: ForecastOutcome;
}

/** What one unit of quality, one disagreement and one slow request cost, in baseline costs. */
interface Prices {
  readonly quality: number;
  readonly spread: number;
  readonly slow: number;
}

/** Savings that one unit of quality is worth: 0.25 to 1,000 times the baseline's cost. */
const qualityPrices = Array.from({ length: 25 }, (_, i) => 0.25 * 2 ** (i / 2));
/** Price of an answer that scores otherwise than the reference's, as a part of that of quality. */
const spreadParts = [0, 0.03, 0.07, 0.15, 0.3, 0.6];
/** Price of a slow request, as a part of that of quality; only where there is an SLO. */
const slowParts = [0, 0.1, 0.5];
const folds = 5;

/**
 * The Lagrange points at every combination of prices. Each is judged by cross-validation: chosen
 * again by four fifths of the rows and tried on the fifth, so that the forecast of a rich class,
 * which fits its own rows best, is not the rosiest.
 */
export function createProposals(
  sample: Sample,
  demands: readonly Demand[],
): {
  readonly proposals: readonly Proposal[];
  readonly tallies: Tallies;
  /** Shrunk: what the rows are taken to say. */
  readonly learnt: Tallies;
} {
  const { groups } = sample;
  const rows = sample.rows ?? new Int32Array();
  const tallies = tallyRows(sample, demands);
  const parts = foldRows(sample.study.units, rows, folds).map((part) =>
    tallyRows({ ...sample, rows: part }, demands),
  );
  const all = { tallies, learnt: shrunk(tallies, groups.cell) };
  const held = parts.map((part) => ({
    tallies: part,
    learnt: shrunk(subtractTallies(tallies, part), groups.cell),
  }));
  const ground = createGround(sample);
  const proposals = listPrices(tallies).map((prices): Proposal => {
    const choose = (learnt: Tallies) => {
      const pieces = cheapestPieces(ground, scores(learnt, prices));
      return { pieces, target: toTargets(groups, pieces) };
    };
    const unseen = held
      .map((fold) => toOutcome(fold.tallies, choose(fold.learnt).target))
      .reduce(addOutcomes);
    return { ...choose(all.learnt), unseen };
  });
  return { proposals, tallies, learnt: all.learnt };
}

/** The Lagrange points that use no other targets than these. */
export function sweptWithin(
  sample: Sample,
  learnt: Tallies,
  targets: ReadonlySet<number>,
): (readonly Piece[])[] {
  const ground = createGround(sample);
  const eligible = ground.eligible.map((cell) =>
    cell.map((may, target) => (targets.has(target) ? may : 0)),
  );
  if (eligible.some((cell) => !cell.includes(1))) return [];
  return listPrices(learnt).map((prices) =>
    cheapestPieces({ ...ground, eligible }, scores(learnt, prices)),
  );
}

function listPrices({ slos }: Tallies): Prices[] {
  const slow = slos.length > 0 ? slowParts : [0];
  return qualityPrices.flatMap((quality) =>
    spreadParts.flatMap((spread) =>
      slow.map((part) => ({ quality, spread: quality * spread, slow: quality * part })),
    ),
  );
}

function createGround(sample: Sample): SweepGround {
  const { groups } = sample;
  const used = new Uint8Array(groups.cell.length);
  for (const group of usedGroups(groups, sample.rows)) used[group] = 1;
  return { groups, track: createTrack(groups, used), eligible: eligibility(sample) };
}

function scores(tallies: Tallies, prices: Prices): Float64Array[] {
  const { cost, baselineCost, demands, slos } = tallies;
  return cost.map((sums, t) => {
    const score = new Float64Array(sums.length);
    const add = (amount: Float64Array | undefined, price: number) => {
      if (price === 0 || !amount) return;
      const amounts = ofLength(amount, score.length);
      for (let group = 0; group < score.length; group++) {
        score[group] = (score[group] as number) + price * (amounts[group] as number);
      }
    };
    add(sums, 1 / baselineCost);
    for (const { delta, spread, weight } of demands) {
      add(delta[t], -prices.quality / weight);
      add(spread[t], prices.spread / weight);
    }
    for (const { slow, weight } of slos) add(slow[t], prices.slow / weight);
    return score;
  });
}

/** Hard limits other than floors and SLOs, and the size of the policy. */
export function keepsLimits(sample: Sample): (pieces: readonly Piece[]) => boolean {
  const { options } = sample.study;
  const hard = limits(sample).slice(options.slos.length);
  const { maxTargets = Infinity, maxRules = Infinity } = options;
  return (pieces) => {
    if (new Set(pieces.map((piece) => piece.target)).size > maxTargets) return false;
    if (countRules(pieces) > maxRules) return false;
    if (hard.length === 0) return true;
    const target = toTargets(sample.groups, pieces);
    return hard.every(({ amount, bound, sense }) => {
      const sum = sumOver(amount, target);
      return sense === 'at-most' ? sum <= bound : sum >= bound;
    });
  };
}

/** Rules of the class: pieces of equal target and token range are one rule. */
export function countRules(pieces: readonly Piece[]): number {
  return new Set(pieces.map(({ target, from, below }) => `${target}|${from}|${below}`)).size;
}

export function toTargets(groups: RowGroups, pieces: readonly Piece[]): Int32Array {
  return pieceByGroup(groups, pieces).map((piece) => pieces[piece]?.target ?? -1);
}
