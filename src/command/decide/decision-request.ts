import type { NamedPolicy } from '../../optimize/problem/options.ts';

/** What `recommend` and `check` are asked alike. What is absent is as arb.yaml or the default says. */
export interface DecisionRequest {
  /** Run directories. @default the newest complete and valid run under `reports/` */
  readonly runs?: readonly string[];
  /** Outcome tables of any origin, JSON Lines, instead of runs. */
  readonly outcomes?: readonly string[];
  /** @default the arb.yaml of this folder, then what the runs were made with */
  readonly config?: string;
  /** Price list that the measured usage is priced by again: see `readPriceList`. */
  readonly prices?: string;
  /** Proxies and keys, for a price list that is fetched. @default {} */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `best-0.02`, `baseline-0.02` or a quality of 0 to 1. @default 'best-0.02' */
  readonly floor?: string;
  /**
   * One floor for all requests, or the same floor for each kind of score or each task alone.
   * @default 'all', or 'kind' where the scores are of several kinds, which are never averaged together
   */
  readonly floorBy?: 'all' | 'kind' | 'task';
  /** `recorded`, a target, a routes.yaml or a policy. @default the best single target */
  readonly baseline?: string | NamedPolicy;
  /** `p95=2000ms` or `ttft.p99=800ms`, instead of those of arb.yaml. */
  readonly slos?: readonly string[];
  /** Error of the certificate. @default 0.05 */
  readonly alpha?: number;
  /** Largest loss of quality within an arm. @default the larger of 0.1 and twice the margin */
  readonly armLoss?: number;
  /** Policies to compare with: files, or policies. */
  readonly rivals?: readonly (string | NamedPolicy)[];
}

/** What `recommend` is asked. */
export interface RecommendRequest extends DecisionRequest {
  /** Features that rules may ask for. @default ['task', 'input_tokens'] */
  readonly by?: readonly string[];
  readonly maxRules?: number;
  /** Token thresholds per cell. @default 1 */
  readonly maxThresholds?: number;
  readonly maxTargets?: number;
  /** Requests per minute at the peak; each target's `rpm` is then a limit. */
  readonly peakRpm?: number;
  /** Largest share of requests of one provider, 0 to 1. */
  readonly maxProviderShare?: number;
  /** Targets and tasks that the sanity checks would keep out. */
  readonly include?: readonly string[];
  /** Share of the requests kept for a point estimate of the change in quality. @default 0 */
  readonly reportPart?: number;
  /** Decides which requests choose and which certify. @default 'arb' */
  readonly splitSalt?: string;
  /** Certify a share of the sessions where the whole cannot be. @default true */
  readonly shares?: boolean;
  /** Let one task of 5 % of the traffic or more lose over 0.10 of its quality. @default false */
  readonly allowTaskLoss?: boolean;
  /** Part of the saving that fewer rules and targets may cost, 0 to 0.5. @default 0.01 */
  readonly simpler?: number;
  /** Milliseconds after which the search stops, with its gap. */
  readonly timeLimitMs?: number;
  /** The policy in force. */
  readonly current?: string | NamedPolicy;
  /** Test on requests that the search did not see. @default true */
  readonly certify?: boolean;
  /** Requests a month, for amounts a month. @default by the instants of the log, where it has them */
  readonly volume?: number;
  /** The file that the policy is for: a schema is written beside it. */
  readonly out?: string;
  /** Compare with an earlier run. */
  readonly since?: string;
  /** Add the whole frontier of cost and quality. @default false */
  readonly frontier?: boolean;
  /** Add what is certified at other floors. @default false */
  readonly floors?: boolean;
  /** Draw both on so many requests at most, times targets. @default all */
  readonly viewCells?: number;
  /** Add what each target is worth. @default false */
  readonly values?: boolean;
}
