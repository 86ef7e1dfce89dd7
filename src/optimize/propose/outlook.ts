import type { Arm } from '../compare/arm.ts';
import { at } from '../rows/at.ts';
import { type ForecastOutcome, predictedZ, type Tallies } from './forecast.ts';

/** What the choosing part forecasts for a policy. */
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

/** Beyond this a candidate is as good as certain, and dearer ones say nothing more. */
const sureZ = 8;

/** The two parts as the list may see them: the rows that choose, and how many will certify. */
export interface Parts {
  readonly choose: Int32Array;
  readonly certifyRows: number;
  /** Tasks that stay with one target: their floors cannot be proven even where nothing changes. */
  readonly keep: ReadonlyMap<string, string>;
}

/** The forecast of a policy at any share of the traffic. */
export function lookAhead(
  tallies: Tallies,
  outcome: ForecastOutcome,
  { certifyRows, choose }: Parts,
) {
  const { baselineCost } = tallies;
  const quality = tallies.demands.map(({ weight }, i) => ({
    difference: at(outcome.delta, i) / Math.max(1e-9, weight),
    discordant: at(outcome.spread, i) / Math.max(1e-9, weight),
  }));
  return (arm: Arm | undefined): Outlook => {
    const share = arm?.share ?? 1;
    const cost = share * outcome.cost + (1 - share) * baselineCost;
    const slow = tallies.slos.map(
      ({ weight, baseline }, i) =>
        (share * at(outcome.slow, i) + (1 - share) * baseline) / Math.max(1e-9, weight),
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
