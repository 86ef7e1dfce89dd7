/** What the screen of `arb bench` shows, as plain data; absent is not known yet. */
export interface BenchView {
  readonly title: string;
  readonly elapsedMs: number;
  readonly etaMs?: number;
  readonly spentUsd: number;
  readonly budgetUsd?: number;
  readonly loopLagMs?: number;
  readonly targets: readonly TargetView[];
  readonly warnings: readonly string[];
  readonly state: 'running' | 'draining' | 'done';
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
}
