import type { Interval } from '../statistics/proportion.ts';
import { formatMs, formatPercent, formatUsd } from '../units.ts';

/** What is compared between two runs, by target and by task. */
export const changeMetrics = {
  cost_usd: { title: 'cost per request', unit: 'USD', better: 'lower' },
  quality: { title: 'quality', unit: 'share', better: 'higher' },
  failed: { title: 'failed requests', unit: 'share', better: 'lower' },
  ttft_p50_ms: { title: 'TTFT p50', unit: 'ms', better: 'lower' },
  ttft_p99_ms: { title: 'TTFT p99', unit: 'ms', better: 'lower' },
  latency_p50_ms: { title: 'latency p50', unit: 'ms', better: 'lower' },
  latency_p99_ms: { title: 'latency p99', unit: 'ms', better: 'lower' },
} as const;

export type ChangeMetric = keyof typeof changeMetrics;

/** A figure of one target in two runs. Limits are two-sided; those of a difference hold with the stated error. */
export interface MeasuredChange {
  readonly metric: ChangeMetric;
  readonly target: string;
  /** Absent = over all tasks. */
  readonly task?: string;
  /** Requests with the figure, in the first and in the second run. */
  readonly n: readonly [before: number, after: number];
  /** The same requests in both runs, compared one by one. */
  readonly paired: boolean;
  readonly before: number;
  readonly after: number;
  /** After - before, in the unit of the metric. */
  readonly difference: Interval & { readonly estimate: number };
}

/** Why a figure is not compared. */
export interface Refusal {
  readonly metrics: readonly ChangeMetric[];
  /** Absent = for every target. */
  readonly target?: string;
  readonly why: string;
}

/** Something besides the targets' own behaviour that is not the same in the two runs. */
export interface Circumstance {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** A figure with its unit. */
export function formatFigure(metric: ChangeMetric, value: number): string {
  switch (changeMetrics[metric].unit) {
    case 'USD':
      return formatUsd(value);
    case 'ms':
      return formatMs(value);
    case 'share':
      return formatPercent(value);
  }
}
