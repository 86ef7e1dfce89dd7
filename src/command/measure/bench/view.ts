import type { SelfCheck } from '../../../replay/event/event.ts';
import type { LiveBench } from './bench-event.ts';

/** A bench under way at one moment, as plain data; absent is not known yet. */
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

/** What a bench is at, `elapsedMs` after its start. */
export function createView(
  { meter, scores, warnings, self, dir, plan, requests, passesOf, statedErrorLimit }: LiveBench,
  { elapsedMs, state }: Pick<BenchView, 'elapsedMs' | 'state'>,
): BenchView {
  const targets = meter.snapshot().map((seen): TargetView => {
    const score = scores.of(seen.target);
    return {
      name: seen.target,
      done: seen.settled + seen.skipped,
      total: requests * passesOf(seen.target),
      inFlight: state === 'done' ? 0 : seen.in_flight,
      failed: seen.failed,
      costUsd: seen.cost_usd,
      ...(seen.ttft_p50_ms !== undefined && { ttftP50: seen.ttft_p50_ms }),
      ...(seen.ttft_p99_ms !== undefined && { ttftP99: seen.ttft_p99_ms }),
      ...(seen.latency_p50_ms !== undefined && { latencyP50: seen.latency_p50_ms }),
      ...(seen.latency_p99_ms !== undefined && { latencyP99: seen.latency_p99_ms }),
      ...(seen.output_tokens_per_s !== undefined && { tokensPerSecond: seen.output_tokens_per_s }),
      ...(seen.goodput !== undefined && { goodput: seen.goodput }),
      ...(score.judged > 0 && { quality: score.quality / score.judged }),
    };
  });
  const slowest = Math.max(...targets.map((t) => estimateLeft(t, elapsedMs)));
  const cap = plan.budget?.run;
  return {
    title: `${requests} requests, ${plan.targets.length} targets → ${dir}`,
    elapsedMs,
    ...(Number.isFinite(slowest) && slowest > 0 && { etaMs: slowest }),
    spentUsd: targets.reduce((sum, t) => sum + (t.costUsd ?? 0), 0),
    ...(cap !== undefined && { budgetUsd: cap }),
    ...(self && { self: createSelfView(self, targets, statedErrorLimit) }),
    targets,
    warnings,
    state,
  };
}

function createSelfView(
  self: SelfCheck,
  targets: readonly TargetView[],
  limitFor: LiveBench['statedErrorLimit'],
): SelfView {
  const fastest = Math.min(...targets.map(({ ttftP50 }) => ttftP50 ?? Number.POSITIVE_INFINITY));
  return {
    loopLagP99: self.loop_lag_p99_ms,
    lateP99: self.schedule_lag_p99_ms,
    gcMax: self.gc_pause_max_ms,
    cpuShare: self.cpu_share,
    limit: limitFor(fastest),
  };
}

function estimateLeft({ done, total }: TargetView, elapsedMs: number): number {
  return done === 0 ? Number.POSITIVE_INFINITY : (elapsedMs / done) * (total - done);
}
