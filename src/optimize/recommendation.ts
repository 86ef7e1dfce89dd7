import type { Policy } from '../policy/policy.ts';
import type { Certificate } from './certify/certificate-report.ts';
import type { FirstLook } from './certify/first-look.ts';
import type { QualityChange } from './compare/paired.ts';
import type { Rival } from './compare/rivals.ts';
import type { ServiceFigures } from './compare/service.ts';
import type { TaskChange } from './compare/task-changes.ts';
import type { Score } from './problem/assign.ts';
import type { Finding } from './problem/sanity.ts';
import type { Fingerprint } from './rows/fingerprint.ts';
import type { RuleReport } from './rules/report-rules.ts';
import type { TrafficMix } from './shift.ts';
import type { Infeasible, NotFound } from './solve/optimum.ts';

/** The optimum of a table, what was proved of it, and what to deploy. Plain data. */
export interface Recommendation {
  readonly status: 'certified' | 'keep-current' | 'uncertified';
  readonly baseline: NamedScore & { readonly kind: 'target' | 'recorded' | 'policy' };
  readonly bestSingle: NamedScore;
  readonly floor: {
    /** As asked: `best-0.02`. */
    readonly text: string;
    /** Mean quality that meets it on these rows. */
    readonly quality: number;
    readonly claims: readonly string[];
  };
  /** The optimum on the rows it was chosen on: never a claim about others. */
  readonly inSample: Score & { readonly saving: number; readonly service: ServiceFigures };
  readonly bound: { readonly lowerUsd: number; readonly gap: number };
  readonly optimal: boolean;
  /** `task x 1 threshold`: what "optimal" is said of. */
  readonly class: string;
  /** Present where no policy meets every constraint; the in-sample figures are the baseline's. */
  readonly infeasible?: Infeasible;
  /** Present where the search ended without a policy and without a proof that there is none. */
  readonly notFound?: NotFound;
  /** Present where a proof was asked for. */
  readonly certificate?: Certificate;
  /** What to deploy, and what it does on all rows given. */
  readonly rules: readonly RuleReport[];
  readonly deployed: DeployedScore;
  /** Tasks, where there are several, by what all traffic of each gains or loses; the worst first. */
  readonly taskChanges: readonly TaskChange[];
  /** The policy in force, where it is the one to keep. */
  readonly keep?: Policy;
  readonly rivals: readonly Rival[];
  /**
   * USD per request that no router which sees only the prompt can go below at the floor; absent where
   * the table is too large to work it out beside the rest.
   */
  readonly anyRouterUsd?: number;
  /** Absent where a half of the rows cannot meet the floor. */
  readonly firstLook?: FirstLook;
  readonly findings: readonly Finding[];
  /** Of the table that the decision was made from. */
  readonly fingerprint: Fingerprint;
  /** What the traffic was like that it was made for. */
  readonly mix: TrafficMix;
}

/** What is to be in force, on all rows given; no claim about others. */
export interface DeployedScore extends Score {
  readonly saving: number;
  readonly service: ServiceFigures;
  /** Quality of all traffic against the baseline. */
  readonly change: QualityChange;
}

export interface NamedScore {
  readonly name: string;
  readonly quality: number;
  /** USD per request. */
  readonly costUsd: number;
}
