import { createHistogram, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { SelfCheck } from './event.ts';

/** Watches arb's own thread while it measures. */
export interface Watch {
  /** Notes how late arb sent a request. */
  lateness(lag: number): void;
  read(): SelfCheck;
  stop(): void;
}

/** The monitor's timer: its own period is part of every delay it reports. */
const resolution = 10;
const nanosPerMs = 1e6;

export function startWatch(): Watch {
  const loop = monitorEventLoopDelay({ resolution });
  const lateness = createHistogram();
  let longestPause = 0;
  const collector = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longestPause = Math.max(longestPause, entry.duration);
  });
  collector.observe({ entryTypes: ['gc'] });
  loop.enable();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const lag = (nanos: number) => round(Math.max(0, nanos / nanosPerMs - resolution));
  return {
    lateness: (lag) => lateness.record(Math.max(1, Math.round(lag * nanosPerMs))),
    read() {
      const used = process.cpuUsage(cpu);
      const seen = loop.count > 0;
      return {
        loop_lag_p50_ms: seen ? lag(loop.percentile(50)) : 0,
        loop_lag_p99_ms: seen ? lag(loop.percentile(99)) : 0,
        loop_lag_max_ms: seen ? lag(loop.max) : 0,
        schedule_lag_p50_ms: round(lateness.percentile(50) / nanosPerMs),
        schedule_lag_p99_ms: round(lateness.percentile(99) / nanosPerMs),
        gc_pause_max_ms: round(longestPause),
        cpu_share: round((used.user + used.system) / 1_000 / (performance.now() - startedAt)),
      };
    },
    stop() {
      loop.disable();
      collector.disconnect();
    },
  };
}

/**
 * The stated error: what the clock of the measuring thread may be late by. An event that waits for
 * a busy loop is stamped late by the loop's lag.
 */
const statedError = { loop_lag_p99_ms: 10, schedule_lag_p99_ms: 20 } as const;

/** Why a measurement by this thread cannot be believed, or nothing. */
export function faultOf(self: SelfCheck): string | undefined {
  for (const [name, most] of Object.entries(statedError)) {
    const seen = self[name as keyof typeof statedError];
    if (seen <= most) continue;
    return `arb itself was late: ${name} ${seen} above ${most}. Lower the concurrency or the rate, or give arb a core of its own.`;
  }
  return undefined;
}

const round = (value: number) => (Number.isFinite(value) ? Math.round(value * 1_000) / 1_000 : 0);
