import { describe, expect, it } from 'vitest';
import type { Verdict } from '../judge/check/verdict.ts';
import type { Attempt, CompletedAttempt, FailedAttempt } from '../replay/event/attempt.ts';
import type { SettledEvent } from '../replay/event/event.ts';
import { type LoadKind, waitBefore } from '../replay/event/user-time.ts';
import { joinOutcome, skippedOutcome } from './join.ts';
import { Scoreboard } from './scoreboard.ts';

const facts = {
  request: { id: 'r', task: 'chat', weight: 2 },
  features: { task: 'chat', input_tokens: 12, tools: false, 'metadata.region': 'eu' },
};

const base = {
  ...{ request_id: 'r', target: 't', pass: 1, intended_ms: 100, lag_ms: 0, queue_ms: 0 },
  ...{ limit_ms: 0, backoff_ms: 0, connect_ms: 0 },
};
const failed: FailedAttempt = {
  ...{ ...base, attempt: 1, sent_ms: 105, status: 'rate-limited', error: '429', latency_ms: 20 },
};
const ok: CompletedAttempt = {
  ...{ ...base, attempt: 2, sent_ms: 1_000, status: 'ok', http_status: 200, first_byte_ms: 40 },
  ...{ ttft_ms: 50, latency_ms: 90, chunks: 3, finish_reason: 'stop', cost_usd: 0.25 },
  ...{ billed_input_tokens: 14, output_tokens: 3 },
};
const settled = (...attempts: Attempt[]): SettledEvent => ({
  ...{ kind: 'settled', request_id: 'r', target: 't', pass: 1, attempts },
});
const verdict = {
  ...{
    request_id: 'r',
    target: 't',
    pass: 1,
    quality: 1,
    quality_kind: 'check' as const,
    by: 'exact',
  },
};

const toCell = (event: SettledEvent, said: Verdict | undefined, load: LoadKind = 'open') => ({
  ...{ settled: event, verdict: said, waited: waitBefore(event.attempts, load) },
});

describe('an outcome', () => {
  it('holds waits and retries in the times a user sees, and every attempt in the cost', () => {
    expect(joinOutcome(facts, toCell(settled({ ...failed, cost_usd: 0.05 }, ok), verdict))).toEqual(
      {
        ...{ request_id: 'r', target: 't', pass: 1, task: 'chat', weight: 2, input_tokens: 12 },
        ...{ status: 'ok', attempts: 2, billed_input_tokens: 14, output_tokens: 3, cost_usd: 0.3 },
        // 900 ms passed between when it was due and the second send.
        ...{ quality: 1, quality_kind: 'check', ttft_ms: 950, latency_ms: 990 },
        sent_ms: 105,
        features: { tools: false, 'metadata.region': 'eu' },
      },
    );
  });

  it('has the task and session that metadata says where the line has no field of its own', () => {
    const features = { 'metadata.task': 'rag', 'metadata.session': 's-1' };
    const named = (request: object) =>
      joinOutcome(
        { ...facts, request: { id: 'r', ...request }, features },
        toCell(settled(ok), verdict),
      );
    expect(named({})).toMatchObject({ task: 'rag', session: 's-1' });
    expect(named({ task: 'chat', session: 's-2' })).toMatchObject({ task: 'chat', session: 's-2' });
  });

  it('leaves out what comes before the first send in a closed loop: it is the doing of arb', () => {
    const latency = (load: 'open' | 'closed', ...attempts: Attempt[]) =>
      joinOutcome(facts, toCell(settled(...attempts), verdict, load)).latency_ms;
    const waited = { ...ok, attempt: 1, sent_ms: 140, queue_ms: 30 };
    expect([latency('open', waited), latency('closed', waited)]).toEqual([130, 90]);
    // Sent at 105, failed, sent again at 1,000 and answered 90 later.
    expect(latency('closed', failed, ok)).toBe(985);
  });

  it('of an answer from a cache is none', () => {
    const row = joinOutcome(facts, toCell(settled({ ...ok, cache_hit: true }), verdict));
    expect(row).toMatchObject({ status: 'skipped', reason: 'cache-hit' });
    expect(row).not.toHaveProperty('cost_usd');
  });

  it('of a target that was given up has its reason', () => {
    const given_up = { reason: 'auth' as const, error: '401' };
    const row = joinOutcome(facts, toCell({ ...settled(), given_up }, undefined));
    expect(row).toMatchObject({ status: 'failed', reason: 'auth', attempts: 0 });
  });

  it('of a request that failed has the reason and no time and no quality of its own', () => {
    const row = joinOutcome(facts, toCell(settled(failed), undefined));
    expect(row).toMatchObject({ status: 'failed', reason: 'rate-limited', cost_usd: 0 });
    expect(row).not.toHaveProperty('latency_ms');
    expect(row).not.toHaveProperty('quality');
  });

  it('has no cost where an answer has no known price', () => {
    const { cost_usd: _, ...unpriced } = ok;
    expect(joinOutcome(facts, toCell(settled(unpriced), verdict))).not.toHaveProperty('cost_usd');
  });

  it('counts a failure as quality 0, and a request never asked as nothing', () => {
    const scores = new Scoreboard();
    scores.add(joinOutcome(facts, toCell(settled(ok), verdict)));
    scores.add(joinOutcome(facts, toCell(settled(failed), undefined)));
    scores.add(skippedOutcome(facts, { target: 't', pass: 1, reason: 'context' }));
    expect(scores.of('t')).toEqual({
      ...{ ok: 1, failed: 1, skipped: 1, judged: 2, quality: 1, priced: 2, cost_usd: 0.25 },
    });
  });
});
