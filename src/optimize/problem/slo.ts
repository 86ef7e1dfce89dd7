import { UsageError } from '../../errors.ts';
import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
/** At least `share` of the requests (those that meet `when`) take at most `atMost` milliseconds. */
export interface Slo {
  readonly metric: 'ttft_ms' | 'latency_ms';
  readonly atMost: number;
  /** 0.95 for a p95. */
  readonly share: number;
  /** Feature -> values; absent = every request. */
  readonly when?: Readonly<Record<string, readonly string[]>>;
}

/** Reads `p95=2000ms`, `ttft.p99=800ms`, `latency.p50=1.5s`. @throws UsageError */
export function parseSlo(text: string): Slo {
  const found = /^(?:(ttft|latency)\.)?p(\d+(?:\.\d+)?)\s*=\s*(\d+(?:\.\d+)?)\s*(ms|s)$/.exec(
    text.trim(),
  );
  const percentile = Number(found?.[2]);
  if (!found || !(percentile > 0 && percentile < 100)) {
    throw new UsageError(
      `SLO "${text}" is not understood. Write p95=2000ms, or ttft.p99=800ms for the first token.`,
    );
  }
  return {
    metric: found[1] === 'ttft' ? 'ttft_ms' : 'latency_ms',
    atMost: Number(found[3]) * (found[4] === 's' ? 1_000 : 1),
    share: percentile / 100,
  };
}

/** `ttft p99 <= 800 ms where task=chat`. */
export function formatSlo({ metric, atMost, share, when }: Slo): string {
  const percentile = Number((share * 100).toFixed(4));
  const where = Object.entries(when ?? {}).map(([key, values]) => `${key}=${values.join('|')}`);
  const scope = where.length > 0 ? ` where ${where.join(', ')}` : '';
  return `${metric.replace('_ms', '')} p${percentile} <= ${atMost} ms${scope}`;
}

/** The times that an SLO speaks of, one array per pass. */
export function timesOf(vector: OutcomeVector, { metric }: Slo): readonly Float32Array[] {
  return metric === 'ttft_ms' ? vector.ttft : vector.latency;
}
