import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { type Needed, pairsRange, rowsRange } from '../../statistics/sample-size.ts';
import { type Arm, armMargin, drawArm } from '../compare/arm.ts';
import { compareToDemand } from '../compare/paired.ts';
import type { Demand } from '../problem/demand.ts';
import { measureSlow } from '../problem/slow.ts';
import type { Study } from '../problem/study.ts';
import type { Outlook } from '../propose/outlook.ts';

/** Requests in all that would settle it, by the candidate that needs least. */
export interface Advice {
  /** With 80 % power if each test turns out as observed and forecast. */
  readonly likely: number;
  /**
   * Enough in at least 80 % of fresh draws, as the estimates may flatter; absent where the table is
   * too small to say.
   */
  readonly enough?: number;
  /** Beyond those in hand, in words: `about 900 to 2,000 more requests`. */
  readonly more: string;
}

/** A policy that may be tested again on more requests. */
export interface Retest {
  readonly vector: OutcomeVector;
  readonly arm?: Arm | undefined;
  /** What other rows forecast for it; absent = the rows in hand are all that is known. */
  readonly outlook?: Outlook;
}

interface AdviceCase {
  readonly demands: readonly Demand[];
  readonly rows: Int32Array;
  /** Share of all requests that certify. */
  readonly certifyShare: number;
}

/** The candidate that seems to need least is the one whose rows flatter it most. */
const leastOfMany = 1.25;
/** A plan is no promise: below this many times what is in hand it says nothing. */
const leastGrowth = { likely: 1.3, enough: 1.5 };
/** Beyond this many times what is in hand an estimate says nothing. */
const mostGrowth = 30;

/**
 * The number of requests that the tests would need, by what was forecast and observed together; absent
 * where no number would do, for any plan.
 */
export function adviseRequests(
  study: Study,
  plans: readonly Retest[],
  ask: AdviceCase,
): Advice | undefined {
  const { rows } = study.table;
  const needs = plans.map((plan) => rowsFor(study, plan, ask));
  const least = (of: (needed: Needed) => number | undefined) =>
    Math.min(...needs.map((needed) => of(needed) ?? Infinity)) / ask.certifyShare;
  const flattery = plans.length > 1 ? leastOfMany : 1;
  const [likely, enough] = [least((one) => one.likely), flattery * least((one) => one.enough)];
  if (likely === Infinity) return undefined;
  const inAll = Math.ceil(Math.max(leastGrowth.likely * rows, likely));
  const found: Count = {
    likely: inAll,
    ...(enough <= mostGrowth * rows && {
      enough: Math.ceil(Math.max(leastGrowth.enough * rows, inAll, enough)),
    }),
  };
  return { ...found, more: formatCount(found, rows) };
}

type Count = Omit<Advice, 'more'>;

/** Why more of the same would not settle it. */
export const noNumber =
  'on the requests that test it, what is cheaper measures below the floor, so that more requests of this kind would not help';

/** `about 900 to 2,000 requests`; `at least 900` where the table is too small to say how many are enough. */
export function formatAdvice(advice: Advice): string {
  return formatCount(advice, 0);
}

function formatCount({ likely, enough }: Count, have: number): string {
  const what = have > 0 ? 'more requests' : 'requests';
  const count = (n: number) => (n - have).toLocaleString('en-US');
  if (enough === undefined) {
    return `at least ${count(likely)} ${what}`;
  }
  const range = enough > likely ? `${count(likely)} to ${count(enough)}` : count(enough);
  return `about ${range} ${what}`;
}

/** Certify rows that the most demanding test of a plan needs. */
function rowsFor(study: Study, plan: Retest, { demands, rows }: AdviceCase): Needed {
  const { vector, arm, outlook } = plan;
  const { slos, alpha } = study.options;
  const told = (outlook?.rows ?? 0) / Math.max(1, rows.length);
  const tests = demands.length + slos.length;
  const quality = demands.flatMap((demand, i): Needed[] => {
    const compared = compareToDemand(study, vector, { demand, rows, share: arm?.share ?? 1 });
    const { scale, designEffect, asked, unjudged, kept } = compared;
    if (kept && demand.floor.kind === 'relative') return [];
    const seen = asked - unjudged;
    const forecast = outlook?.quality[i];
    // The forecast is of all that follow the policy, from rows that it was chosen by.
    const blend = (observed: number, foretold: number | undefined) =>
      (observed + told * (foretold ?? observed)) / (1 + told);
    const difference = blend(compared.difference, forecast?.difference);
    const pairs = (seen * (1 + told)) / designEffect;
    const { floor } = demand;
    const needed =
      floor.kind === 'absolute'
        ? // What is missing to a quality of 1 is to be shown to be below a limit, as a share is.
          rowsRange(
            { share: 1 - floor.value - difference, limit: 1 - floor.value, rows: pairs },
            { alpha, tests },
          )
        : pairsRange(
            {
              discordant: blend(compared.discordant, forecast?.discordant),
              difference: difference / scale,
              margin: (arm ? armMargin(floor.margin, arm) : floor.margin) / scale,
              pairs,
            },
            { alpha, tests },
          );
    const share = rows.length / Math.max(1, asked);
    const { likely, enough } = times(needed, designEffect * share);
    // A design effect is estimated from so many units, as a variance is.
    const unsure = designEffect > 1 ? 1 + Math.sqrt(2 / Math.max(2, compared.units)) : 1;
    return [{ likely: likely ?? Infinity, enough: unsure * (enough ?? Infinity) }];
  });
  const slow = slos.map((slo, i): Needed => {
    const served = arm ? drawArm(study, vector, arm) : vector;
    const { hits, effective } = measureSlow(study, served, { slo, rows });
    const observed = hits / Math.max(1, effective);
    const needed = rowsRange(
      {
        share: (observed + told * (outlook?.slow[i] ?? observed)) / (1 + told),
        limit: 1 - slo.share,
        rows: effective * (1 + told),
      },
      { alpha, tests },
    );
    return times(needed, rows.length / Math.max(1, effective));
  });
  const all = [...quality, ...slow];
  const most = (of: (needed: Needed) => number | undefined) =>
    Math.max(0, ...all.map((needed) => of(needed) ?? Infinity));
  return { likely: most((one) => one.likely), enough: most((one) => one.enough) };
}

function times({ likely = Infinity, enough = Infinity }: Needed, factor: number): Needed {
  return { likely: likely * factor, enough: enough * factor };
}
