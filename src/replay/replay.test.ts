import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError, UsageError, WorkloadError } from '../errors.ts';
import { ms, usd } from '../units.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import {
  attemptsIn,
  fakeRequest,
  fakeTarget,
  requestsNamed,
  settledIn,
} from './attempt/fake.test.helper.ts';
import type { ReplayEvent } from './event/event.ts';
import type { LedgerEntry, Receipt } from './event/reservation.ts';
import type { Requests } from './load/jobs.ts';
import { planReplay, type ReplayOptions } from './load/plan.ts';
import { type RunOptions, startReplay } from './replay.ts';

/** These tests go through the real thread, the real client and a real socket. */
let server: Server;
let asked: string[];
let delay: number;

beforeEach(async () => {
  asked = [];
  delay = 5;
  server = createServer((request, response) => {
    asked.push(String(request.headers['x-arb-request']));
    request.resume();
    const chunk = (delta: object, rest: object = {}) =>
      `data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...rest }] })}\n\n`;
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk({ content: `you sent ${request.headers.authorization}` }));
      response.end(`${chunk({}, { finish_reason: 'stop' })}data: [DONE]\n\n`);
    }, delay);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const target = (name: string) => {
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  return fakeTarget(name, { baseUrl, apiKeyEnv: 'KEY', price: { input: 1, output: 1 } });
};

const key = 'sk-secret-0123456789';
const budget = { run: usd(0.5) };

async function replayed(
  change: Partial<ReplayOptions>,
  requests: Requests,
  options: RunOptions = {},
): Promise<ReplayEvent[]> {
  const plan = planReplay({ targets: [target('a')], keys: { KEY: key }, ...change });
  const events: ReplayEvent[] = [];
  for await (const event of startReplay(plan, requests, options)) events.push(event);
  return events;
}

const stream = (requests: readonly WorkloadRequest[]) =>
  async function* () {
    yield requests;
  };

describe('a replay in its thread', () => {
  it('yields started, every attempt, every request settled, and finished with its self-check', async () => {
    const events = await replayed(
      { targets: [target('a'), target('b')] },
      stream(requestsNamed(30)),
    );
    expect(events[0]).toMatchObject({ kind: 'started', targets: ['a', 'b'] });
    expect(attemptsIn(events).map((row) => row.status)).toEqual(Array(60).fill('ok'));
    expect(settledIn(events).length).toBe(60);
    expect(events.at(-1)).toMatchObject({ kind: 'finished', why: 'done' });
  });

  it('lets no key out, not even one that the target sends back', async () => {
    const events = await replayed({}, stream(requestsNamed(1)));
    const [settled] = settledIn(events);
    expect(settled?.answer?.answer).toBe('you sent Bearer [key]');
    expect(JSON.stringify(events)).not.toContain(key);
  });

  it('sends nothing that is already answered', async () => {
    const done = (id: string) => id !== 'r-7';
    const events = await replayed({}, stream(requestsNamed(20)), { done });
    expect(settledIn(events).map((each) => each.request_id)).toEqual(['r-7']);
    expect(asked.length).toBe(1);
  });

  it('skips what may not be sent to a target, and says why', async () => {
    const requests = [
      fakeRequest('open', { metadata: { data_class: 'public' } }),
      fakeRequest('shut', { metadata: { data_class: 'secret' } }),
    ];
    const picky = { ...target('a'), dataClasses: ['public'] };
    const events = await replayed({ targets: [picky] }, stream(requests));
    expect(settledIn(events).map((each) => each.request_id)).toEqual(['open']);
    expect(events.find((event) => event.kind === 'skipped')).toMatchObject({
      request_id: 'shut',
      reason: 'it is not cleared for data of class "secret"',
    });
  });

  it('reads no further ahead than it sends', async () => {
    delay = 30;
    let read = 0;
    const endless = async function* () {
      for (;;) yield [fakeRequest(`r-${read++}`)];
    };
    const plan = planReplay({ targets: [target('a')], keys: { KEY: key } });
    const run = startReplay(plan, endless);
    let settled = 0;
    for await (const event of run) {
      if (event.kind !== 'settled') continue;
      settled += 1;
      if (settled === 50) run.drain();
      expect(read - settled).toBeLessThan(1_200);
    }
    expect(settled).toBeGreaterThanOrEqual(50);
    expect(settled).toBeLessThan(100);
  });

  it('drains at the first interrupt and ends at once at the second', async () => {
    delay = 3_000;
    const plan = planReplay({ targets: [target('a')], keys: { KEY: key } });
    const run = startReplay(plan, stream(requestsNamed(50)));
    const events: ReplayEvent[] = [];
    let drainedAt = Number.NaN;
    for await (const event of run) {
      events.push(event);
      if (event.kind !== 'load' || event.in_flight < 8 || !Number.isNaN(drainedAt)) continue;
      drainedAt = performance.now();
      run.drain();
      setTimeout(() => run.abort(), 100);
    }
    expect(performance.now() - drainedAt).toBeLessThan(2_000);
    expect(settledIn(events)).toEqual([]);
    expect(new Set(attemptsIn(events).map((row) => row.status))).toEqual(new Set(['cancelled']));
    expect(events.at(-1)).toMatchObject({ kind: 'finished', why: 'interrupted' });
  });

  it('says once a second how arb itself does', async () => {
    delay = 1_300;
    const events = await replayed({}, stream(requestsNamed(1)));
    const said = events.filter((event) => event.kind === 'self');
    expect(said.length).toBe(1);
    expect(said[0]?.self.cpu_share).toBeGreaterThan(0);
  });

  it('delivers what was measured before a bad line, then throws its error', async () => {
    const broken = async function* () {
      yield requestsNamed(5);
      throw new WorkloadError({ file: 'w.jsonl', line: 6 }, 'not JSON.');
    };
    const plan = planReplay({ targets: [target('a')], keys: { KEY: key } });
    const events: ReplayEvent[] = [];
    const reading = (async () => {
      for await (const event of startReplay(plan, broken)) events.push(event);
    })();
    await expect(reading).rejects.toThrow(WorkloadError);
    expect(settledIn(events).length).toBe(5);
  });

  it('replays recorded arrivals only where every request has one', async () => {
    const load = { arrivals: { mode: 'recorded', speed: 1 } } as const;
    await expect(replayed({ load }, stream(requestsNamed(1)))).rejects.toThrow(/has no at_ms/);
    const timed = [0, 100, 200].map((at) => fakeRequest(`r-${at}`, { at: ms(at) }));
    const rows = attemptsIn(await replayed({ load }, stream(timed)));
    expect(rows.map((row) => row.intended_ms)).toEqual([0, 100, 200]);
  });

  it('keeps a budget: nothing is sent before the keeper has its reservation', async () => {
    const { port1: ledger, port2: keeper } = new MessageChannel();
    const reserved = new Set<string>();
    let early = 0;
    keeper.on('message', async ({ number, reservations, lease }: LedgerEntry) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      early += asked.filter((id) => !reserved.has(decodeURIComponent(id))).length;
      for (const each of reservations) reserved.add(`${each.request_id}/1/1`);
      if (lease !== undefined) keeper.postMessage({ kind: 'leased', lease } satisfies Receipt);
      keeper.postMessage({ kind: 'written', number } satisfies Receipt);
    });
    const events = await replayed({ budget }, stream(requestsNamed(40)), { ledger });
    expect(reserved.size).toBe(40);
    expect(early).toBe(0);
    const [last] = events.slice(-1);
    expect(last?.kind === 'finished' && last.self.ledger_wait_p99_ms).toBeGreaterThan(15);
  });

  it.each([
    ['says that its disk is full', 'fault', /r.jsonl: ENOSPC/],
    ['was gone before', 'closed', /the thread that keeps the reservations of the budget ended/],
    ['is gone', 'close', /the thread that keeps the reservations of the budget ended.*--resume/],
  ])('ends where the keeper %s, and sends nothing', async (_, how, message) => {
    const { port1: ledger, port2: keeper } = new MessageChannel();
    if (how === 'closed') keeper.close();
    keeper.on('message', () => {
      if (how === 'close') keeper.close();
      else keeper.postMessage({ kind: 'fault', message: 'r.jsonl: ENOSPC' } satisfies Receipt);
    });
    const replay = replayed({ budget }, stream(requestsNamed(40)), { ledger });
    await expect(replay).rejects.toThrow(message);
    await expect(replay).rejects.toThrow(StorageError);
    expect(asked).toEqual([]);
    keeper.close();
  });

  it('refuses a budget for a target without a price', () => {
    const plan = planReplay({
      targets: [fakeTarget('a')],
      budget: { run: usd(1) },
    });
    expect(() => startReplay(plan, stream([]))).toThrow(UsageError);
  });
});

describe('a measuring thread that dies', () => {
  it.each([
    ['throws', 'throw new Error("planted")'],
    ['rejects', 'Promise.reject(new Error("planted")); setInterval(() => {}, 10)'],
    ['exits', 'process.exit(3)'],
  ])('because it %s is an error in the main one', { timeout: 60_000 }, async (_, code) => {
    const worker = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    await expect(replayed({}, stream(requestsNamed(3)), { worker })).rejects.toThrow(
      /the measuring thread/,
    );
  });
});
