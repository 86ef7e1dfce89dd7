/** What the screen of `arb bench` shows, as plain data; absent is not known yet. */
export interface BenchView {
  readonly title: string;
  readonly elapsedMs: number;
  readonly etaMs?: number;
  readonly spentUsd: number;
  readonly budgetUsd?: number;
  readonly self?: SelfView;
  readonly targets: readonly TargetView[];
  readonly warnings: readonly string[];
  readonly state: 'running' | 'draining' | 'done';
}

/** How late arb itself is so far, its longest pause, and its share of one core. */
export interface SelfView {
  readonly loopLagP99: number;
  readonly lateP99: number;
  readonly gcMax: number;
  readonly cpuShare: number;
  /** The stated error: a run over it is not valid. */
  readonly limit: number;
}

export interface TargetView {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly inFlight: number;
  readonly ttftP50?: number;
  readonly ttftP99?: number;
  readonly latencyP50?: number;
  readonly latencyP99?: number;
  readonly tokensPerSecond?: number;
  readonly costUsd?: number;
  /** Mean so far, 0 to 1. */
  readonly quality?: number;
  readonly failed: number;
  /** Share that kept every SLO, where there are any. */
  readonly goodput?: number;
}
