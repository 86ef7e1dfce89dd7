import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ms } from '../../units.ts';
import {
  attemptsIn,
  fakeClient,
  fakeTarget,
  ownClock,
  play,
  requestsNamed,
  settledIn,
  warningsIn,
} from './fake.test.helper.ts';

beforeEach(() => {
  vi.useFakeTimers({ ...ownClock, toFake: [...ownClock.toFake] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a target that fails', () => {
  it('with 429 and Retry-After: 30 under rpm 60 finishes its share without a lost request', async () => {
    // The provider counts by the minute and allows 40 in the first, whatever arb was told.
    let window = { minute: -1, count: 0 };
    const client = fakeClient((_, at) => {
      const minute = Math.floor(at / 60_000);
      window = { minute, count: (window.minute === minute ? window.count : 0) + 1 };
      if (minute > 0 || window.count <= 40) return { latency: 400 };
      return { fail: 'rate-limited', retryAfter: 30_000, httpStatus: 429 };
    });
    const target = fakeTarget('a', { limits: { concurrency: 8, requestsPerMinute: 60 } });
    const run = play({ targets: [target], requests: requestsNamed(200) }, client);
    await vi.runAllTimersAsync();
    const { events } = await run.played;
    const rows = attemptsIn(events);
    expect(settledIn(events).filter((each) => each.attempts.at(-1)?.status === 'ok').length).toBe(
      200,
    );
    expect(rows.some((row) => row.attempt > 1 && row.backoff_ms >= 30_000)).toBe(true);
    expect(rows.some((row) => row.attempt === 1 && row.limit_ms > 1_000)).toBe(true);
    expect(Math.max(...rows.map((row) => row.lag_ms))).toBeLessThan(2);
  });

  it('is never asked again by anybody while its Retry-After lasts', async () => {
    let until = 0;
    const early: number[] = [];
    const client = fakeClient((_, at) => {
      if (at < until) early.push(at);
      if (client.calls.length % 20 !== 0) return { latency: 50 };
      until = at + 10 + 12_000;
      return { fail: 'rate-limited', retryAfter: 12_000, latency: 10 };
    });
    const load = { concurrency: 4 };
    const run = play({ targets: [fakeTarget('a')], requests: requestsNamed(100), load }, client);
    await vi.runAllTimersAsync();
    await run.played;
    // What was in flight when the 429 came could not know.
    expect(early.length).toBe(0);
  });

  it('whose remaining quota falls to the spared share is never brought to 429 by arb', async () => {
    // A fixed window of 100 a minute; production takes 50 of it at once at its start.
    let window = { minute: -1, used: 0 };
    let least = 100;
    const client = fakeClient((_, at) => {
      const minute = Math.floor(at / 60_000);
      if (window.minute !== minute) window = { minute, used: 50 };
      window.used += 1;
      const remaining = 100 - window.used;
      least = Math.min(least, remaining);
      const resetAfter = ms((minute + 1) * 60_000 - at);
      const rateLimit = { requests: { limit: 100, remaining: Math.max(0, remaining), resetAfter } };
      return remaining < 0
        ? { fail: 'rate-limited', rateLimit, httpStatus: 429 }
        : { rateLimit, latency: 300 };
    });
    const run = play({ targets: [fakeTarget('a')], requests: requestsNamed(100) }, client);
    await vi.runAllTimersAsync();
    const { events } = await run.played;
    const rows = attemptsIn(events);
    expect(rows.every((row) => row.status === 'ok')).toBe(true);
    expect(least).toBeGreaterThanOrEqual(30);
    expect(rows.some((row) => row.limit_ms > 30_000)).toBe(true);
    expect(warningsIn(events).map((warning) => warning.code)).toEqual(['quota-spared']);
  });

  it('for good is given up quickly and the others are spared', async () => {
    const client = fakeClient((call) =>
      call.target.name === 'dead' ? { fail: 'connect', latency: 20 } : { latency: 20 },
    );
    const targets = [fakeTarget('dead'), fakeTarget('alive')];
    const load = { concurrency: 4, maxInFlight: 4 };
    const run = play({ targets, requests: requestsNamed(500), load }, client);
    await vi.runAllTimersAsync();
    const { events } = await run.played;
    const settled = settledIn(events);
    const dead = settled.filter((each) => each.target === 'dead');
    expect(client.calls.filter(({ call }) => call.target.name === 'dead').length).toBeLessThan(12);
    expect(dead.length).toBe(500);
    expect(dead.every((each) => each.given_up?.reason === 'connect')).toBe(true);
    expect(dead.filter((each) => each.attempts.length === 0).length).toBeGreaterThan(490);
    expect(settled.filter((each) => each.answer !== undefined).length).toBe(500);
    expect(warningsIn(events).map((warning) => warning.code)).toEqual(['target-given-up']);
    // 500 requests of 20 ms over four places, and hardly anything lost to the dead target.
    expect(Math.max(...attemptsIn(events).map((row) => row.sent_ms))).toBeLessThan(2_600);
  });

  it('for a while is tried by one request at a time, and then goes on', async () => {
    const client = fakeClient((_, at) =>
      at > 500 && at < 20_000 ? { fail: 'server-error', latency: 5 } : { latency: 50 },
    );
    const run = play(
      { targets: [fakeTarget('a')], requests: requestsNamed(400), retries: { max: 20 } },
      client,
    );
    await vi.runAllTimersAsync();
    const { events } = await run.played;
    const during = client.calls.filter(({ at }) => at > 2_000 && at < 20_000);
    expect(during.length).toBeLessThan(10);
    expect(settledIn(events).filter((each) => each.answer).length).toBe(400);
  });

  it('keeps every try as an attempt of its own', async () => {
    const client = fakeClient(({ requestId }) =>
      requestId.endsWith('/3') ? {} : { fail: 'server-error', latency: 100 },
    );
    const run = play({ targets: [fakeTarget('a')], requests: requestsNamed(1) }, client);
    await vi.runAllTimersAsync();
    const [settled] = settledIn((await run.played).events);
    expect(settled?.attempts.map((row) => [row.attempt, row.status, row.intended_ms])).toEqual([
      [1, 'server-error', 0],
      [2, 'server-error', 100],
      [3, 'ok', 575],
    ]);
  });
});

describe('a search for the limit', () => {
  const full = (places: number) => {
    let open = 0;
    return fakeClient(() => {
      open += 1;
      setTimeout(() => {
        open -= 1;
      }, 99);
      return open > places ? { fail: 'rate-limited', latency: 99 } : { latency: 99 };
    });
  };
  const search = { findLimit: true, concurrency: 32, maxInFlight: 64 } as const;

  it('raises the concurrency to the first 429, says it and sends nothing more', async () => {
    const client = full(5);
    const requests = requestsNamed(5_000);
    const run = play({ targets: [fakeTarget('a')], requests, load: search }, client);
    await vi.runAllTimersAsync();
    const { events } = await run.played;
    expect(client.peak.get('a')).toBe(8);
    expect(warningsIn(events).map((warning) => warning.message)).toEqual([
      expect.stringContaining('answers 429 at 8 at once'),
    ]);
    expect(client.calls.length).toBeLessThan(1_500);
  });

  it('says that there was none up to the concurrency that was allowed', async () => {
    const client = full(1_000);
    const requests = requestsNamed(20_000);
    const run = play({ targets: [fakeTarget('a')], requests, load: search }, client);
    await vi.runAllTimersAsync();
    const codes = warningsIn((await run.played).events).map((warning) => warning.code);
    expect(codes).toEqual(['limit-not-found']);
  });

  it('is never made unasked: the concurrency stays what it was set to', async () => {
    const client = full(1_000);
    const load = { concurrency: 4 };
    const run = play({ targets: [fakeTarget('a')], requests: requestsNamed(500), load }, client);
    await vi.runAllTimersAsync();
    await run.played;
    expect(client.peak.get('a')).toBe(4);
  });
});

describe('the end of a run', () => {
  const slow = () => fakeClient(() => ({ latency: 1_000 }));
  const options = { targets: [fakeTarget('a')], requests: requestsNamed(100) };

  it('drained: sends nothing new, and what is in flight is settled', async () => {
    const client = slow();
    const run = play(options, client);
    await vi.advanceTimersByTimeAsync(1_500);
    run.engine.drain('interrupted');
    await vi.runAllTimersAsync();
    const { events, why } = await run.played;
    expect(why).toBe('interrupted');
    expect(client.calls.length).toBe(16);
    expect(settledIn(events).length).toBe(16);
  });

  it('aborted: what is in flight is cancelled and left open for a resumed run', async () => {
    const client = slow();
    const run = play(options, client);
    await vi.advanceTimersByTimeAsync(1_500);
    run.engine.drain('interrupted');
    run.engine.abort('interrupted');
    await vi.advanceTimersByTimeAsync(1);
    const { events } = await run.played;
    expect(settledIn(events).length).toBe(8);
    expect(attemptsIn(events).filter((row) => row.status === 'cancelled').length).toBe(8);
  });

  it('at the deadline: no wait is waited for, however long the provider asks', async () => {
    const client = fakeClient(() => ({ fail: 'rate-limited', retryAfter: 500_000 }));
    const run = play({ ...options, load: { deadline: ms(2_000) } }, client);
    await vi.advanceTimersByTimeAsync(2_001);
    const { events, why } = await run.played;
    expect(why).toBe('deadline');
    expect(settledIn(events)).toEqual([]);
  });

  it('a fault of arb itself is thrown, not measured', async () => {
    const client = fakeClient(() => {
      throw new Error('bug');
    });
    const run = play(options, client);
    await expect(run.played).rejects.toThrow('bug');
  });
});
