import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokens, usd } from '../../units.ts';
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

beforeEach(() => {
  vi.useFakeTimers({ ...ownClock, toFake: [...ownClock.toFake] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a budget', () => {
  it('is never exceeded by what the provider bills, with retries at concurrency 200', async () => {
    let bill = 0;
    const client = fakeClient(({ requestId }) => {
      // Half of all tries break off after they were billed in full.
      const cost = (requestId.length % 3) / 100;
      bill += cost;
      return client.calls.length % 2 === 0
        ? { fail: 'cut-off', began: true, latency: 30 }
        : { usage: { inputTokens: tokens(1), outputTokens: tokens(1), reportedCost: usd(cost) } };
    });
    const run = play(
      {
        targets: [fakeTarget('a'), fakeTarget('b')],
        requests: requestsNamed(1_000),
        load: { concurrency: 200, maxInFlight: 200 },
        budget: { run: usd(1) },
      },
      client,
      {
        pricing: {
          price: (_, usage) => ({ cost: usage.reportedCost ?? usd(0), source: 'reported' }),
          computed: () => undefined,
          worstCaseCost: () => usd(0.02),
        },
      },
    );
    await vi.runAllTimersAsync();
    const { why, events } = await run.played;
    expect(why).toBe('budget');
    expect(bill).toBeLessThanOrEqual(1);
    expect(bill).toBeGreaterThan(0.4);
    expect(settledIn(events).length).toBeLessThan(2_000);
  });

  it('of one target stops that target alone', async () => {
    const client = fakeClient(() => ({}));
    const run = play(
      {
        targets: [fakeTarget('dear'), fakeTarget('b')],
        requests: requestsNamed(50),
        budget: { targets: { dear: usd(0.1) } },
      },
      client,
    );
    await vi.runAllTimersAsync();
    const { why, events } = await run.played;
    const settled = settledIn(events);
    expect(why).toBe('budget');
    expect(settled.filter((each) => each.target === 'b').length).toBe(50);
    // Each reserves a hair above 0.02 and costs 0.01: after eight, 0.02 are left and too little.
    expect(settled.filter((each) => each.target === 'dear').length).toBe(8);
  });

  it('is reserved on disk before anything is sent', async () => {
    const client = fakeClient(() => ({}));
    const onDisk: string[] = [];
    const run = play(
      { targets: [fakeTarget('a')], requests: requestsNamed(20), budget: { run: usd(5) } },
      client,
      {
        reserve: async ({ request_id }) => {
          await new Promise((resolve) => setTimeout(resolve, 7));
          onDisk.push(request_id);
        },
      },
    );
    let early = 0;
    const send = client.send;
    client.send = (call) => {
      if (!onDisk.includes(call.requestId.split('/')[0] ?? '')) early += 1;
      return send(call);
    };
    await vi.runAllTimersAsync();
    await run.played;
    expect(early).toBe(0);
    expect(onDisk.length).toBe(20);
  });

  it('gives requests without an end one, and leaves the others as they are', async () => {
    const client = fakeClient(() => ({}));
    const messages = [{ role: 'user', content: 'q' }];
    const requests = [
      fakeRequest('open', { body: { messages } }),
      fakeRequest('ended', { body: { messages, max_tokens: 7 } }),
      fakeRequest('newer', { body: { messages, max_completion_tokens: 9 } }),
    ];
    const run = play({ targets: [fakeTarget('a')], requests, budget: { run: usd(5) } }, client);
    await vi.runAllTimersAsync();
    await run.played;
    const sent = sentBodies(client.calls).map(({ max_tokens }) => max_tokens);
    expect(sent).toEqual([4_096, 7, undefined]);
  });

  it('says what was set aside where nobody knows the cost', async () => {
    const client = fakeClient(() => ({ fail: 'timeout', began: true }));
    const run = play(
      {
        targets: [fakeTarget('a')],
        requests: requestsNamed(1),
        retries: { max: 0 },
        budget: { run: usd(5) },
      },
      client,
    );
    await vi.runAllTimersAsync();
    const [row] = attemptsIn((await run.played).events);
    expect(row?.cost_usd).toBeUndefined();
    expect(row?.reserved_usd).toBe(0.02);
  });

  it('reserves for what is really sent, own answers of a session included', async () => {
    const client = fakeClient(() => ({ answer: 'x'.repeat(50_000) }));
    const asked: number[] = [];
    const first = [{ role: 'user', content: 'q0' }];
    const second = [
      ...first,
      { role: 'assistant', content: 'short' },
      { role: 'user', content: 'q1' },
    ];
    const requests = [
      fakeRequest('s-0', { session: 's', body: { messages: first, max_tokens: 9 } }),
      fakeRequest('s-1', { session: 's', body: { messages: second, max_tokens: 9 } }),
    ];
    const run = play(
      { targets: [fakeTarget('a')], requests, load: { history: 'own' }, budget: { run: usd(5) } },
      client,
      {
        pricing: {
          price: () => ({ cost: usd(0.01), source: 'override' }),
          computed: () => undefined,
          worstCaseCost: (_, { input }) => {
            asked.push(input);
            return usd(0.02);
          },
        },
      },
    );
    await vi.runAllTimersAsync();
    await run.played;
    expect(Math.max(...asked)).toBeGreaterThan(50_000);
  });
});
