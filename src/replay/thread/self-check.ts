import {
  createHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
  type RecordableHistogram,
} from 'node:perf_hooks';
import { roundMs } from '../../units.ts';
import type { Attempt } from '../event/attempt.ts';
import type { SelfCheck } from '../event/event.ts';

/** Watches arb's own thread while it measures. */
export interface SelfWatch {
  /** Notes how late arb sent a request, and how fast the target is that it measures. */
  saw(attempt: Attempt): void;
  /** Notes a wait in ms for reservations to be on disk. */
  kept(wait: number): void;
  read(): SelfCheck;
  /** Why the measurement cannot be believed; empty = it can. */
  faults(): string[];
  stop(): void;
}

/** The monitor's timer: its own period is part of every delay it reports. */
const resolution = 10;
const nanosPerMs = 1e6;

export function startSelfWatch(): SelfWatch {
  const loop = monitorEventLoopDelay({ resolution });
  const lateness = createHistogram();
  const waits = createHistogram();
  const ttfts = new Map<string, RecordableHistogram>();
  let longestPause = 0;
  const collector = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longestPause = Math.max(longestPause, entry.duration);
  });
  collector.observe({ entryTypes: ['gc'] });
  loop.enable();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const lag = (nanos: number) => round(Math.max(0, nanos / nanosPerMs - resolution));
  const read = (): SelfCheck => {
    const used = process.cpuUsage(cpu);
    const seen = loop.count > 0;
    return {
      loop_lag_p50_ms: seen ? lag(loop.percentile(50)) : 0,
      loop_lag_p99_ms: seen ? lag(loop.percentile(99)) : 0,
      loop_lag_max_ms: seen ? lag(loop.max) : 0,
      schedule_lag_p50_ms: round(lateness.percentile(50) / nanosPerMs),
      schedule_lag_p99_ms: round(lateness.percentile(99) / nanosPerMs),
      ...(waits.count > 0 && { ledger_wait_p99_ms: round(waits.percentile(99) / nanosPerMs) }),
      gc_pause_max_ms: round(longestPause),
      cpu_share: round((used.user + used.system) / 1_000 / (performance.now() - startedAt)),
    };
  };
  return {
    saw(attempt) {
      record(lateness, attempt.lag_ms);
      if (attempt.status !== 'ok') return;
      const known = ttfts.get(attempt.target) ?? createHistogram();
      ttfts.set(attempt.target, known);
      record(known, attempt.ttft_ms);
    },
    kept: (wait) => record(waits, wait),
    read,
    faults() {
      const medians = [...ttfts.values()].map((each) => each.percentile(50) / nanosPerMs);
      return findFaults(read(), Math.min(...medians));
    },
    stop() {
      loop.disable();
      collector.disconnect();
    },
  };
}

/**
 * The stated error: arb may be late, at p99, by a twentieth of the fastest target's median TTFT, or
 * by what a busy machine shared with others imposes on any process.
 */
const statedShare = 0.05;
const alwaysAllowed = 25;

/** The error in ms that arb states for targets whose fastest has this median TTFT. */
export function statedErrorLimit(fastestTtft: number): number {
  const share = Number.isFinite(fastestTtft) ? fastestTtft * statedShare : 0;
  return round(Math.max(alwaysAllowed, share));
}

/** Why a thread that was so late cannot have measured targets so fast. */
export function findFaults(self: SelfCheck, fastestTtft: number): string[] {
  const most = statedErrorLimit(fastestTtft);
  const advice = 'Lower the concurrency or the rate, or give arb a core of its own.';
  const { ledger_wait_p99_ms: ledger = 0 } = self;
  const ofDisk = `Reservations of the budget took ${ledger} ms at p99 to be on disk: give --out on a faster one.`;
  const figures = [
    { what: 'its event loop lagged', seen: self.loop_lag_p99_ms, next: advice },
    {
      what: 'requests went out late by',
      seen: self.schedule_lag_p99_ms,
      next: ledger > self.schedule_lag_p99_ms / 2 ? ofDisk : advice,
    },
  ];
  return figures
    .filter(({ seen }) => seen > most)
    .map(
      ({ what, seen, next }) =>
        `arb itself was slow: ${what} ${seen} ms at p99 (limit ${most}). ${next}`,
    );
}

const record = (histogram: RecordableHistogram, duration: number) =>
  histogram.record(Math.max(1, Math.round(duration * nanosPerMs)));

/** An empty histogram has no mean. */
const round = (value: number) => (Number.isFinite(value) ? roundMs(value) : 0);
