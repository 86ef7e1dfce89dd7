import { pairsNeeded, rowsNeeded } from '../../statistics/sample-size.ts';
import { armMargin, drawArm } from '../compare/arm.ts';
import { compareToDemand } from '../compare/paired.ts';
import { assignedVector } from '../problem/assign.ts';
import { type Demand, widthOf } from '../problem/demand.ts';
import { measureSlow } from '../problem/slow.ts';
import type { Study } from '../problem/study.ts';
import type { Candidate } from '../propose/candidates.ts';
import { testPolicy } from './tests.ts';

/** Requests that would settle it with 80 % power, by the candidate that needs least. */
export interface Advice {
  /** In the certify part. */
  readonly certify: number;
  readonly inAll: number;
}

interface AdviceCase {
  readonly demands: readonly Demand[];
  readonly rows: Int32Array;
  /** Share of all requests that certify. */
  readonly certifyShare: number;
}

/**
 * The candidate that seems to need least is the one whose rows flatter it most: its number alone was
 * enough in 52 of 72 fresh draws of the data of this project.
 */
const leastOfMany = 1.6;
/** A plan is no promise: below this many times what is in hand it says nothing. */
const leastGrowth = 1.3;

/**
 * The number of requests that the tests which failed would need, as if each turned out as forecast and
 * observed together; absent where no number would do, for any candidate.
 */
export function adviseRequests(
  study: Study,
  candidates: readonly Candidate[],
  ask: AdviceCase,
): Advice | undefined {
  const needs = candidates
    .map((candidate) => rowsFor(study, candidate, ask))
    .filter((rows) => rows !== undefined);
  if (needs.length === 0) return undefined;
  const least = leastGrowth * study.table.rows;
  const inAll = Math.ceil(Math.max(least, (leastOfMany * Math.min(...needs)) / ask.certifyShare));
  return { certify: Math.ceil(inAll * ask.certifyShare), inAll };
}

/** The most that any failed test of a candidate needs; Infinity-free: absent where one needs too many. */
function rowsFor(
  study: Study,
  candidate: Candidate,
  { demands, rows }: AdviceCase,
): number | undefined {
  const { arm, outlook } = candidate;
  const { slos, alpha } = study.options;
  const vector = assignedVector(study, candidate.groups, candidate.target);
  const { tests } = testPolicy(study, vector, { demands, rows, ...(arm && { arm }) });
  const failed = (index: number) => (tests[index]?.p ?? 0) > (tests[index]?.level ?? 0);
  const needs: (number | undefined)[] = demands.flatMap((demand, i) => {
    if (!failed(i)) return [];
    const compared = compareToDemand(study, vector, demand, { rows, share: arm?.share ?? 1 });
    const seen = compared.asked - compared.unjudged;
    // The forecast is of all that follow the policy, from rows that it was chosen by.
    const told = (outlook.rows * seen) / Math.max(1, rows.length);
    const blend = (observed: number, forecast: number | undefined) =>
      (seen * observed + told * (forecast ?? observed)) / Math.max(1, seen + told);
    const margin = arm ? armMargin(widthOf(demand), arm) : widthOf(demand);
    const { scale, designEffect } = compared;
    const pairs = pairsNeeded(
      {
        discordant: blend(compared.discordant, outlook.quality[i]?.discordant),
        difference: blend(compared.difference, outlook.quality[i]?.difference) / scale,
        margin: margin / scale,
      },
      { alpha },
    );
    const share = compared.asked / Math.max(1, rows.length);
    return [pairs === undefined ? undefined : (pairs * designEffect) / share];
  });
  const times = slos.flatMap((slo, i): (number | undefined)[] => {
    if (!failed(demands.length + i)) return [];
    const served = arm ? drawArm(study, vector, arm) : vector;
    const { hits, effective, n } = measureSlow(study, served, { slo, rows });
    const told = (outlook.rows * effective) / Math.max(1, rows.length);
    const forecast = outlook.slow[i] ?? 0;
    const slow = (hits + told * forecast) / Math.max(1, effective + told);
    const needed = rowsNeeded({ share: slow, limit: 1 - slo.share }, { alpha });
    return [
      needed === undefined
        ? undefined
        : (needed * rows.length) / Math.max(1, effective) / (rows.length / Math.max(1, n)),
    ];
  });
  const all = [...needs, ...times];
  if (all.length === 0) return rows.length;
  if (all.some((need) => need === undefined)) return undefined;
  return Math.max(...all.map((need) => need ?? 0));
}
