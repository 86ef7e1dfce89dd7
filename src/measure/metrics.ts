import type { Attempt, CompletedAttempt } from '../replay/event/attempt.ts';

/** What one distribution is made of. */
type Source =
  /** A value of each attempt, failed ones included. */
  | { readonly per: 'attempt'; value(attempt: Attempt): number | undefined }
  /** A value of each answer. */
  | { readonly per: 'answer'; value(attempt: CompletedAttempt): number | undefined }
  /** Each answered request, by its first and its last attempt. */
  | { readonly per: 'request'; value(first: Attempt, last: CompletedAttempt): number }
  /** The gaps of each answer, in whole microseconds. */
  | { readonly per: 'gap' };

interface MetricEntry {
  readonly unit: 'ms';
  /** Absent where it is a field of `Attempt` under the same name, which says what it is. */
  readonly definition?: string;
  /** Where `summary.json` has its percentiles. */
  readonly section: 'service' | 'user' | 'waits';
  readonly source: Source;
  /** Its columns in `summary.csv` are `<column>_p50_ms` and so on; absent = none. */
  readonly column?: string;
  /** Shown on the screen while a run goes on, as `<column>_p50_ms` and `<column>_p99_ms`. */
  readonly onScreen?: true;
}

/**
 * Every distribution that arb keeps: its name in `summary.json` and `latency.hlog`, its meaning and
 * its source. The meter, the summary, `summary.csv` and the screen's snapshot derive from this table:
 * a new figure is one entry. Warm-up attempts and answers from a response cache are left out of all.
 */
export const metrics = {
  ttft_ms: {
    unit: 'ms',
    section: 'service',
    source: { per: 'answer', value: ({ ttft_ms }) => ttft_ms },
    column: 'ttft',
    onScreen: true,
  },
  ttfo_ms: {
    unit: 'ms',
    section: 'service',
    source: { per: 'answer', value: ({ ttfo_ms }) => ttfo_ms },
    column: 'ttfo',
  },
  latency_ms: {
    unit: 'ms',
    section: 'service',
    source: { per: 'answer', value: ({ latency_ms }) => latency_ms },
    column: 'latency',
    onScreen: true,
  },
  gap_ms: {
    unit: 'ms',
    definition: 'between consecutive content chunks of one answer',
    section: 'service',
    source: { per: 'gap' },
    column: 'gap',
  },
  tpot_ms: {
    unit: 'ms',
    definition: "time per output token by the provider's count, the first token aside",
    section: 'service',
    source: { per: 'answer', value: timePerOutputToken },
    column: 'tpot',
  },
  connect_ms: {
    unit: 'ms',
    section: 'service',
    source: { per: 'attempt', value: ({ connect_ms }) => connect_ms },
  },
  response_ms: {
    unit: 'ms',
    definition: 'from the intended start to the last content chunk, retries and waits included',
    section: 'user',
    source: {
      per: 'request',
      value: (first, last) => last.sent_ms + last.latency_ms - first.intended_ms,
    },
    column: 'response',
  },
  response_ttft_ms: {
    unit: 'ms',
    definition: 'from the intended start to the first token, retries and waits included',
    section: 'user',
    source: {
      per: 'request',
      value: (first, last) => last.sent_ms + last.ttft_ms - first.intended_ms,
    },
  },
  lag_ms: {
    unit: 'ms',
    section: 'waits',
    source: { per: 'attempt', value: ({ lag_ms }) => lag_ms },
  },
  queue_ms: {
    unit: 'ms',
    section: 'waits',
    source: { per: 'attempt', value: ({ queue_ms }) => queue_ms },
  },
  limit_ms: {
    unit: 'ms',
    section: 'waits',
    source: { per: 'attempt', value: ({ limit_ms }) => limit_ms },
  },
  backoff_ms: {
    unit: 'ms',
    section: 'waits',
    source: { per: 'attempt', value: ({ backoff_ms }) => backoff_ms },
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricName = keyof typeof metrics;

/** The metrics of one section of `summary.json`. */
export type MetricIn<Section> = {
  [Name in MetricName]: (typeof metrics)[Name]['section'] extends Section ? Name : never;
}[MetricName];

type ScreenColumn = {
  [Name in MetricName]: (typeof metrics)[Name] extends { onScreen: true; column: infer Column }
    ? Column & string
    : never;
}[MetricName];

/** What a screen shows of the distributions, in ms: `ttft_p50_ms`, `ttft_p99_ms` and so on. */
export type ScreenTimes = { readonly [Name in `${ScreenColumn}_${'p50' | 'p99'}_ms`]?: number };

export const metricNames = Object.keys(metrics) as readonly MetricName[];

/** The entry of a metric with all that is optional in it. */
export const metricEntry = (name: MetricName): MetricEntry => metrics[name];

function timePerOutputToken({ latency_ms, ttft_ms, output_tokens = 0 }: CompletedAttempt) {
  return output_tokens > 1 ? (latency_ms - ttft_ms) / (output_tokens - 1) : undefined;
}
