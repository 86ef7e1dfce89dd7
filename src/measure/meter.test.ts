import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import {
  completedAttempt,
  failedAttempt,
  settledAfter,
} from '../replay/event/attempt.test.helper.ts';
import type { CompletedAttempt, FailedAttempt } from '../replay/event/attempt.ts';
import type { ReplayEvent } from '../replay/event/event.ts';
import { createMeter } from './meter.ts';

const ok = (change: Partial<CompletedAttempt> = {}) =>
  completedAttempt({
    output_tokens: 11,
    billed_input_tokens: 7,
    cost_usd: 0.01,
    cost_source: 'catalogue',
    ...change,
  });

const attempt = (
  row: CompletedAttempt | FailedAttempt,
  gaps: readonly number[] = [],
): ReplayEvent => ({
  kind: 'attempt',
  attempt: row,
  gaps: Uint32Array.from(gaps),
});

function summaryOf(...events: readonly ReplayEvent[]) {
  const meter = createMeter(['a']);
  for (const event of events) meter.add(event);
  const [target] = meter.summary().targets;
  if (!target) throw new Error('no target');
  return target;
}

describe('the numbers of a run', () => {
  it('show the user waits and retries, and the service one attempt', () => {
    const first = failedAttempt({ sent_ms: 10, intended_ms: 0 });
    const second = ok({ attempt: 2, intended_ms: 60, sent_ms: 1_060, backoff_ms: 1_000 });
    const { service, user, waits, retries } = summaryOf(
      attempt(first),
      attempt(second),
      settledAfter(first, second),
    );
    expect(service.latency_ms?.p50.value).toBeCloseTo(600, 0);
    expect(service.ttft_ms?.p50.value).toBeCloseTo(100, 0);
    expect(user.response_ms?.p50.value).toBeCloseTo(1_660, -1);
    expect(user.response_ttft_ms?.p50.value).toBeCloseTo(1_160, -1);
    expect(waits.backoff_ms?.max).toBeCloseTo(1_000, -1);
    expect(retries).toBe(1);
  });

  it('leave failures out of latency and keep them in the counts', () => {
    const {
      service,
      ok: answered,
      failed: lost,
      failures,
    } = summaryOf(
      attempt(ok()),
      settledAfter(ok()),
      attempt(failedAttempt({ latency_ms: 60_000 })),
      settledAfter(failedAttempt()),
    );
    expect(service.latency_ms?.max).toBeLessThan(700);
    expect([answered, lost]).toEqual([1, 1]);
    expect(failures).toEqual({ 'server-error': 1 });
  });

  it('do not take TTFT into the time per token', () => {
    const { service } = summaryOf(attempt(ok()));
    expect(service.tpot_ms?.p50.value).toBeCloseTo(50, 0);
  });

  it('keep the gaps of all streams as they were', () => {
    const { service } = summaryOf(attempt(ok(), [1_000, 2_000, 900_000]));
    expect(service.gap_ms?.count).toBe(3);
    expect(service.gap_ms?.max).toBeCloseTo(900, -1);
  });

  it('leave cache hits and the warm-up out of the measurement, not out of the bill', () => {
    const { service, cost, cache_hits, warmup } = summaryOf(
      attempt(ok({ cache_hit: true, latency_ms: 1 })),
      attempt(ok({ warmup: true, latency_ms: 9_000 })),
      attempt(ok()),
    );
    expect(service.latency_ms?.count).toBe(1);
    expect(cost.total_usd).toBeCloseTo(0.03, 9);
    expect([cache_hits, warmup]).toEqual([1, 1]);
  });

  it('give retries and billed failures their own lines, and count all money per answer', () => {
    const broken = failedAttempt({
      status: 'cut-off',
      ttft_ms: 5,
      cost_usd: 0.02,
      cost_source: 'reported',
    });
    const again = ok({ attempt: 2 });
    const unknown = failedAttempt({ status: 'timeout', ttft_ms: 5 });
    const { cost } = summaryOf(
      attempt(broken),
      attempt(again),
      settledAfter(broken, again),
      attempt(unknown),
      settledAfter(unknown),
    );
    expect(cost).toEqual({
      total_usd: 0.03,
      by_source: { reported: 0.02, catalogue: 0.01 },
      retries_usd: 0.01,
      failed_usd: 0.02,
      per_completed_usd: 0.03,
      unknown_attempts: 1,
    });
  });

  it('of an error status do not count a cost that nobody knows', () => {
    expect(summaryOf(attempt(failedAttempt({ http_status: 500 }))).cost.unknown_attempts).toBe(0);
  });

  it('of a target that answered nothing are absent, not zero', () => {
    const { service, cost, requests_per_s } = summaryOf();
    expect(service).toEqual({});
    expect(cost.per_completed_usd).toBeUndefined();
    expect(requests_per_s).toBeUndefined();
  });

  it('sum the targets up', () => {
    const meter = createMeter(['a', 'b']);
    meter.add(attempt(ok()));
    meter.add(attempt(ok({ target: 'b', cost_usd: 0.5 })));
    meter.add({ kind: 'skipped', request_id: 'r', target: 'b', pass: 1, reason: 'why' });
    expect(meter.summary().total).toMatchObject({
      attempts: 2,
      skipped: 1,
      cost: { total_usd: 0.51 },
    });
  });
});

describe('several passes', () => {
  it('give each figure an interval over the passes', () => {
    const events = [1, 2, 3].flatMap((pass) =>
      [100, 110, 120].map((ttft) => attempt(ok({ pass, ttft_ms: ttft + 10 * pass }))),
    );
    const { passes } = summaryOf(...events);
    expect(passes?.ttft_p50_ms.values.map(Math.round)).toEqual([120, 130, 140]);
    expect(passes?.ttft_p50_ms.interval?.low).toBeLessThan(120);
    expect(summaryOf(attempt(ok())).passes).toBeUndefined();
  });
});

describe('the snapshot for the screen', () => {
  it('has the state of each target and costs a hundredth of its interval', () => {
    const meter = createMeter(['a', 'b']);
    for (let count = 0; count < 5_000; count++) meter.add(attempt(ok({ ttft_ms: count / 10 })));
    meter.add({ kind: 'load', target: 'a', in_flight: 3, waiting: 4 });
    expect(meter.snapshot()[0]).toMatchObject({ target: 'a', in_flight: 3, waiting: 4 });
    expect(meter.snapshot()[1]).toEqual({
      target: 'b',
      settled: 0,
      ok: 0,
      failed: 0,
      skipped: 0,
      retries: 0,
      in_flight: 0,
      waiting: 0,
      cost_usd: 0,
    });
    const startedAt = performance.now();
    for (let frame = 0; frame < 100; frame++) meter.snapshot();
    expect((performance.now() - startedAt) / 100).toBeLessThan(5);
  });
});

describe('latency.hlog', () => {
  it('is read by an HdrHistogram reader, one tagged line per target and metric', () => {
    const meter = createMeter(['a, b']);
    meter.add({ kind: 'started', targets: ['a, b'], started_at: '2026-11-20T00:00:00.000Z' });
    for (const latency of [100, 200, 300]) {
      meter.add(attempt(ok({ target: 'a, b', latency_ms: latency }), [5_000, 7_000]));
    }
    const reader = new HistogramLogReader(meter.hlog());
    const read = new Map<string, number[]>();
    for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram()) {
      read.set(next.tag, [next.totalCount, next.maxValue]);
    }
    expect(read.get('a__b.latency_ms')).toEqual([3, 300_031]);
    expect(read.get('a__b.gap_ms')).toEqual([6, 7_003]);
    expect(reader.startTimeSec).toBe(Date.parse('2026-11-20T00:00:00.000Z') / 1_000);
  });
});
