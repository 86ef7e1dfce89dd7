import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ms } from '../../units.ts';
import {
  attemptsIn,
  fakeClient,
  fakeRequest,
  fakeTarget,
  ownClock,
  play,
  requestsNamed,
  sentBodies,
  settledIn,
} from './fake.test.helper.ts';

/** These tests run on a clock of their own: an hour of load takes a moment and is exact. */
beforeEach(() => {
  vi.useFakeTimers({ ...ownClock, toFake: [...ownClock.toFake] });
});
afterEach(() => {
  vi.useRealTimers();
});

const targets = (...names: string[]) => names.map((name) => fakeTarget(name));

describe('a closed load', () => {
  it('asks every target every request once per pass, and settles each', async () => {
    const client = fakeClient(() => ({}));
    const run = play(
      { targets: targets('a', 'b'), requests: requestsNamed(20), passes: 2 },
      client,
    );
    await vi.runAllTimersAsync();
    const { why, events } = await run.played;
    const settled = settledIn(events).map(
      (each) => `${each.request_id} ${each.target} ${each.pass}`,
    );
    expect(new Set(settled).size).toBe(80);
    expect(settled.length).toBe(80);
    expect(why).toBe('done');
  });

  it('keeps the concurrency full and never exceeds it, that of the target or of the load', async () => {
    const client = fakeClient(() => ({}));
    const small = fakeTarget('small', { limits: { concurrency: 2 } });
    const run = play(
      { targets: [fakeTarget('a'), small], requests: requestsNamed(50), load: { concurrency: 5 } },
      client,
    );
    await vi.runAllTimersAsync();
    await run.played;
    expect(Object.fromEntries(client.peak)).toEqual({ a: 5, small: 2 });
  });

  it('keeps to the places over all targets', async () => {
    let open = 0;
    let most = 0;
    const client = fakeClient(() => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
      }, 9.9);
      return {};
    });
    const load = { concurrency: 8, maxInFlight: 6 };
    const run = play(
      { targets: targets('a', 'b', 'c'), requests: requestsNamed(30), load },
      client,
    );
    await vi.runAllTimersAsync();
    await run.played;
    expect(most).toBe(6);
  });

  it('interleaves the targets, none always first', async () => {
    const client = fakeClient(() => ({}));
    const load = { concurrency: 1, maxInFlight: 1 };
    const run = play({ targets: targets('a', 'b', 'c'), requests: requestsNamed(9), load }, client);
    await vi.runAllTimersAsync();
    await run.played;
    const order = client.calls.map(({ call }) => call.target.name);
    const thirds = [order.slice(0, 9), order.slice(9, 18), order.slice(18)];
    for (const third of thirds) {
      for (const name of ['a', 'b', 'c']) {
        expect(third.filter((each) => each === name).length).toBe(3);
      }
    }
  });

  it('opens one place after the other at its start, all within a second', async () => {
    const client = fakeClient(() => ({ latency: 60_000 }));
    const load = { concurrency: 500, maxInFlight: 1_000 };
    const run = play({ targets: targets('a', 'b'), requests: requestsNamed(600), load }, client);
    await vi.advanceTimersByTimeAsync(0);
    expect(client.calls.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1_100);
    expect([client.peak.get('a'), client.peak.get('b')]).toEqual([500, 500]);
    run.engine.abort('interrupted');
    await vi.runAllTimersAsync();
    await run.played;
  });

  it('raises the concurrency over a ramp', async () => {
    const client = fakeClient(() => ({ latency: 10 }));
    const load = { concurrency: 5, ramp: ms(4_000) };
    const run = play({ targets: targets('a'), requests: requestsNamed(5_000), load }, client);
    await vi.advanceTimersByTimeAsync(900);
    expect(client.peak.get('a')).toBe(1);
    await vi.advanceTimersByTimeAsync(1_200);
    expect(client.peak.get('a')).toBe(3);
    await vi.runAllTimersAsync();
    await run.played;
    expect(client.peak.get('a')).toBe(5);
  });
});

describe('an open load', () => {
  /** Nothing is answered in the first two of every ten seconds; otherwise it takes 50 ms. */
  function stalling(at: number): number {
    const phase = (at + 50) % 10_000;
    return phase < 2_000 && at + 50 >= 10_000 ? 50 + 2_000 - phase : 50;
  }

  const percentile = (values: readonly number[], p: number) =>
    values.toSorted((a, b) => a - b)[Math.ceil(p * values.length) - 1] ?? Number.NaN;

  it('counts latency from the intended start: a stalled target cannot hide behind its own queue', async () => {
    const startedAt = performance.now();
    const client = fakeClient((_, at) => ({ ttft: 1, latency: stalling(at - startedAt) }));
    const load = { arrivals: { mode: 'constant', perSecond: 100 }, concurrency: 16 } as const;
    const run = play({ targets: targets('a'), requests: requestsNamed(7_000), load }, client);
    await vi.runAllTimersAsync();
    // The first ten seconds have no stall: leave them out, so that each window is alike.
    const rows = attemptsIn((await run.played).events).filter((row) => row.intended_ms >= 10_000);
    const response = rows.map((row) => row.sent_ms + row.latency_ms - row.intended_ms);
    const service = rows.map((row) => row.latency_ms);
    const within2Percent = (values: readonly number[]) =>
      Math.abs(percentile(values, 0.9) / 1_350 - 1) < 0.02 &&
      Math.abs(percentile(values, 0.95) / 1_690 - 1) < 0.02;
    expect(rows.length).toBe(6_000);
    expect(within2Percent(response)).toBe(true);
    expect(percentile(service, 0.9)).toBeCloseTo(50, 3);
    // The planted fault: the sent time in the place of the intended start.
    expect(within2Percent(rows.map((row) => row.sent_ms + row.latency_ms - row.sent_ms))).toBe(
      false,
    );
  });

  it('starts at absolute times: a slow target delays nobody', async () => {
    const client = fakeClient(() => ({ latency: 5_000 }));
    const load = {
      arrivals: { mode: 'constant', perSecond: 20 },
      concurrency: 1_000,
      maxInFlight: 1_000,
    } as const;
    const run = play({ targets: targets('a'), requests: requestsNamed(100), load }, client);
    await vi.runAllTimersAsync();
    const rows = attemptsIn((await run.played).events);
    for (const [index, row] of rows.entries()) expect(row.sent_ms).toBeCloseTo(index * 50, 1);
    expect(rows.every((row) => row.lag_ms < 1)).toBe(true);
  });

  it('ends at the duration and settles nothing that was not due', async () => {
    const client = fakeClient(() => ({}));
    const load = { arrivals: { mode: 'constant', perSecond: 10 }, duration: ms(1_050) } as const;
    const run = play({ targets: targets('a'), requests: requestsNamed(100), load }, client);
    await vi.runAllTimersAsync();
    const { events, why } = await run.played;
    expect(settledIn(events).length).toBe(11);
    // 89 are left that nobody was asked: no run to compare as if it were whole.
    expect(why).toBe('deadline');
  });

  it('marks what was meant for the warm-up', async () => {
    const client = fakeClient(() => ({}));
    const load = { arrivals: { mode: 'constant', perSecond: 10 }, warmup: ms(500) } as const;
    const run = play({ targets: targets('a'), requests: requestsNamed(10), load }, client);
    await vi.runAllTimersAsync();
    const warm = attemptsIn((await run.played).events).map((row) => row.warmup ?? false);
    expect(warm).toEqual([...Array(5).fill(true), ...Array(5).fill(false)]);
  });
});

describe('every wait has its own name', () => {
  it('and together they are the time from the intended start to the sending', async () => {
    const service = fc.record({
      latency: fc.integer({ min: 6, max: 400 }),
      connect: fc.constantFrom(0, 0, 3),
      fail: fc.constantFrom(undefined, undefined, 'rate-limited', 'server-error', 'timeout'),
      retryAfter: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(service, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('closed' as const, 'constant' as const),
        fc.integer({ min: 1, max: 3 }),
        async (services, mode, concurrency) => {
          let turn = 0;
          const client = fakeClient(() => {
            const { fail, retryAfter, ...rest } = services[turn++ % services.length] ?? {};
            return {
              ...rest,
              ...(fail && { fail }),
              ...(retryAfter !== undefined && { retryAfter }),
            };
          });
          const arrivals = mode === 'closed' ? { mode } : { mode, perSecond: 50 };
          const limited = fakeTarget('b', { limits: { concurrency: 4, requestsPerMinute: 14 } });
          const load = { arrivals, concurrency, maxInFlight: 2 } as const;
          const run = play(
            { targets: [fakeTarget('a'), limited], requests: requestsNamed(15), load },
            client,
          );
          await vi.runAllTimersAsync();
          for (const row of attemptsIn((await run.played).events)) {
            const { lag_ms, queue_ms, limit_ms, backoff_ms, connect_ms } = row;
            const waits = [lag_ms, queue_ms, limit_ms, backoff_ms, connect_ms];
            const sum = waits.reduce((total, wait) => total + wait, 0);
            expect(sum).toBeCloseTo(row.sent_ms - row.intended_ms, 1);
            expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
            // Timers of this clock are exact to a millisecond, and arb adds nothing.
            expect(lag_ms).toBeLessThan(2);
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('sessions', () => {
  const turns = (session: string, count: number) =>
    Array.from({ length: count }, (_, turn) => {
      const messages = Array.from({ length: turn }, (_unused, before) => [
        { role: 'user', content: `q${before}` },
        { role: 'assistant', content: `recorded ${before}` },
      ]).flat();
      const body = { messages: [...messages, { role: 'user', content: `q${turn}` }] };
      return fakeRequest(`${session}-${turn}`, { session, body });
    });
  const heard = (client: ReturnType<typeof fakeClient>, id: string) =>
    sentBodies(client.calls.filter(({ call }) => call.requestId.startsWith(`${id}/`)))[0]
      ?.messages.filter((message) => message.role === 'assistant')
      .map((message) => message.content);

  it('keep the recorded history unless told otherwise', async () => {
    const client = fakeClient(() => ({ answer: 'own' }));
    const run = play({ targets: targets('a'), requests: turns('s', 3) }, client);
    await vi.runAllTimersAsync();
    await run.played;
    expect(heard(client, 's-2')).toEqual(['recorded 0', 'recorded 1']);
  });

  it('with their own history go turn by turn, each hearing what this target said before', async () => {
    let said = 0;
    const client = fakeClient(() => ({ answer: `own ${said++}`, latency: 100 }));
    const requests = [...turns('s', 3), ...turns('t', 1)];
    const load = { history: 'own' } as const;
    const run = play({ targets: targets('a'), requests, load }, client);
    await vi.runAllTimersAsync();
    const rows = attemptsIn((await run.played).events);
    expect(heard(client, 's-2')).toEqual(['own 0', 'own 2']);
    expect(rows.find((row) => row.request_id === 's-2')?.sent_ms).toBeGreaterThanOrEqual(200);
    expect(rows.find((row) => row.request_id === 't-0')?.sent_ms).toBeLessThan(100);
  });
});

describe('prompt caches', () => {
  const promptsSent = (client: ReturnType<typeof fakeClient>) =>
    sentBodies(client.calls).map(({ messages }) => String(messages[0]?.content));
  const draws = () => {
    let draw = 0;
    return () => {
      draw += 0.001;
      return draw;
    };
  };

  it('are met as recorded unless told otherwise', async () => {
    const client = fakeClient(() => ({}));
    const run = play({ targets: targets('a'), requests: requestsNamed(2) }, client);
    await vi.runAllTimersAsync();
    await run.played;
    expect(promptsSent(client)).toEqual(['r-0', 'r-1']);
  });

  it('are cold where every prompt begins anew', async () => {
    const client = fakeClient(() => ({}));
    const requests = requestsNamed(3);
    const load = { promptCache: 'cold' } as const;
    const options = { targets: targets('a', 'b'), requests, passes: 2, load };
    const run = play(options, client, { random: draws() });
    await vi.runAllTimersAsync();
    await run.played;
    const sent = promptsSent(client);
    expect(new Set(sent).size).toBe(12);
    expect(sent.every((prompt) => /^\[[a-z0-9]+\]\nr-\d$/.test(prompt))).toBe(true);
  });

  it('are warm where each request went once before, paid for and not measured', async () => {
    const client = fakeClient(() => ({}));
    const load = { promptCache: 'warm' } as const;
    const run = play({ targets: targets('a'), requests: requestsNamed(2), load }, client);
    await vi.runAllTimersAsync();
    const { events } = await run.played;
    const rows = attemptsIn(events).toSorted((a, b) => a.attempt - b.attempt);
    expect(rows.map((row) => [row.attempt, row.warmup ?? false, row.cost_usd])).toEqual([
      [0, true, 0.01],
      [0, true, 0.01],
      [1, false, 0.01],
      [1, false, 0.01],
    ]);
    expect(settledIn(events).map((each) => each.attempts.length)).toEqual([1, 1]);
  });

  it('cannot be warmed where requests arrive in time', () => {
    const load = { promptCache: 'warm', arrivals: { mode: 'constant', perSecond: 1 } } as const;
    expect(() =>
      play(
        { targets: targets('a'), requests: [], load },
        fakeClient(() => ({})),
      ),
    ).toThrow('load.prompt_cache');
  });
});
