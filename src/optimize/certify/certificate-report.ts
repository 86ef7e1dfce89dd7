import type { Interval } from '../../statistics/proportion.ts';
import type { Arm } from '../compare/arm.ts';
import type { Saving } from '../compare/saving.ts';
import type { Score } from '../problem/assign.ts';
import type { Advice } from './advice.ts';
import type { Kept } from './hysteresis.ts';
import type { Test } from './tests.ts';

/** What was shown on requests that the optimiser never saw. */
export interface Certificate {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** What the tests are about, in words. */
  readonly claim: string;
  /** Error of the walk, after looks before this one were paid for. */
  readonly alpha: number;
  /** How many times the run was asked, this time included. */
  readonly looks: number;
  /** Of the split. */
  readonly splitSalt: string;
  /** Requests in each part. */
  readonly parts: { readonly choose: number; readonly certify: number; readonly report: number };
  /** Sessions, groups of near-duplicates and single requests in the certify part. */
  readonly units: number;
  /** In the order they were walked; of those that passed the simplest of the cheapest is deployed. */
  readonly trials: readonly CandidateTrial[];
  /** The part of the sessions that follows the deployed policy; absent = all. */
  readonly arm?: Arm;
  /** Of all traffic, on the certify part, with limits. */
  readonly saving?: Saving;
  /** What the deployed policy gave on the certify part, all traffic. */
  readonly certified?: Score;
  /** What the baseline gave there. */
  readonly certifiedBaseline?: Score;
  /** Requests that would settle it, where it is not settled; absent where no number would do. */
  readonly needed?: Advice;
  /** Requests in all that would settle the whole, where a share passed and some number would. */
  readonly neededForAll?: Advice;
  readonly why: string;
  /** Share of certify rows without a score on one side. */
  readonly unjudgedShare: number;
  /** Tasks with floors of their own that stay with their reference, for want of requests. */
  readonly keptTasks: readonly string[];
  /** Tasks on which policies that were likely to pass are forecast to lose more than is allowed. */
  readonly guardedTasks: readonly string[];
  /** The most quality that a single task may lose; absent where that was not asked. */
  readonly mostTaskLoss?: number;
  /** Every single target passes for the baseline too: the policy is within the margin of each. */
  readonly noWorseThanAny?: boolean;
  /** Present where the policy in force is kept instead of the one that passed. */
  readonly kept?: Kept;
  /** Quality change of the deployed policy on rows nobody chose by, with 95 % limits. */
  readonly report?: Interval & { readonly estimate: number; readonly n: number };
}

/** One policy and what the tests said of it. */
export interface CandidateTrial {
  /** Part of the sessions that would follow it; 1 = all. */
  readonly share: number;
  readonly forecastSaving: number;
  /** Predicted distance to the nearest limit, in standard errors. */
  readonly forecastZ: number;
  readonly tests: readonly Test[];
  /** Tasks that the certify part shows to lose more than the guard allows; it is then passed over. */
  readonly losesOn: readonly string[];
  /** Its tests passed, it saves on the certify part and loses too much on no task. */
  readonly passed: boolean;
}
