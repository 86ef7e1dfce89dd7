import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from './index.ts';

/**
 * Faults seen in other tools and what their users ask for, by name: over a real socket, through the
 * measuring thread and the meter. Those of the command line are in peer-faults-cli.test.ts. One
 * retry: a machine with other users may hold any process up for once.
 */

/** What a server does next: write, or wait so many ms. */
type Step = string | number;
/** Answers request `id` of the workload, sent to the target of that name. */
type Serve = (response: ServerResponse, id: string, target: string) => unknown;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listening(server: Server, scheme = 'http'): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const provider = (serve: Serve) =>
  createServer(async (request, response) => {
    for await (const _ of request);
    const asked = decodeURIComponent(String(request.headers['x-arb-request']));
    await serve(response, asked.split('/')[0] ?? '', request.url?.split('/')[1] ?? '');
  });

async function play(response: ServerResponse, ...steps: readonly Step[]): Promise<void> {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const step of steps) {
    if (typeof step === 'string') response.write(step);
    // A timer may ring early by what its loop was late; nothing here is faster than it says.
    else for (const end = performance.now() + step; performance.now() < end; ) await sleep(step);
  }
  response.end();
}

const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const event = (delta: object, rest: object = {}, finish: string | null = null) =>
  data({ choices: [{ index: 0, delta, finish_reason: finish }], ...rest });
const says = (content: string) => event({ content });
const stop = (rest: object = {}) => event({}, rest, 'stop');
const done = 'data: [DONE]\n\n';
const usage = (prompt: number, completion: number, cached = 0) => {
  const prompt_tokens_details = { cached_tokens: cached };
  return { usage: { prompt_tokens: prompt, completion_tokens: completion, prompt_tokens_details } };
};
const atOnce: Serve = (response) => play(response, says('x'), stop(usage(100, 100)));

interface Change extends Omit<api.ReplayOptions, 'targets'> {
  readonly targets?: readonly string[];
  /** In arb.yaml's words, for all of them. */
  readonly entry?: Partial<api.TargetConfig>;
  readonly count?: number;
  readonly worker?: URL;
}

/** Replays r-0, r-1, ... at every target, through the measuring thread and into the meter. */
async function replayedAt(url: string, change: Change = {}) {
  const { targets = ['a'], entry, count = 1, worker, ...options } = change;
  const plan = api.planReplay({
    retries: { max: 0 },
    ...options,
    targets: targets.map((name) => targetAt(`${url}/${name}/v1`, name, entry)),
  });
  const slo = { metric: 'latency_ms', at_most: 60_000, share: 0.9 } as const;
  const meter = api.createMeter([], { slos: [slo] });
  const attempts: Extract<api.ReplayEvent, { kind: 'attempt' }>[] = [];
  const answers: Record<string, string | undefined> = {};
  let end: Extract<api.ReplayEvent, { kind: 'finished' }> | undefined;
  for await (const each of api.startReplay(plan, () => requests(count), worker && { worker })) {
    meter.add(each);
    if (each.kind === 'attempt') attempts.push(each);
    if (each.kind === 'settled') answers[each.target] = each.answer?.answer;
    if (each.kind === 'finished') end = each;
  }
  const at = (name: string) => {
    const tried = attempts.filter(({ attempt }) => attempt.target === name);
    const summary = meter.summary().targets.find(({ target }) => target === name);
    const [first] = tried;
    if (!summary || !first) throw new Error(`target "${name}" was never asked`);
    const rows = tried.map(({ attempt }) => attempt);
    return { rows, row: first.attempt, gaps: first.gaps, summary, answer: answers[name] };
  };
  return { at, end, ...at('a') };
}

type Replayed = Awaited<ReturnType<typeof replayedAt>>;

async function* requests(count: number): AsyncGenerator<readonly api.WorkloadRequest[]> {
  for (let index = 0; index < count; index++) {
    const body = { messages: [{ role: 'user', content: 'Hi' }] };
    yield [{ id: `r-${index}`, line: index + 1, metadata: {}, body, expect: [] }];
  }
}

const targetAt = (base_url: string, name: string, more: Change['entry']): api.Target => {
  const price = { input: 1, output: 1, cached_input: 0.1 };
  const usual = { provider: 'openai-compatible', model: 'm', base_url, price };
  const limits = { concurrency: 1_000 };
  return api.resolveTarget(name, api.targetConfigSchema.parse({ ...usual, limits, ...more }));
};

const replayed = async (serve: Serve, change?: Change) =>
  replayedAt(await listening(provider(serve)), change);

/** The measuring thread, with something done to it before it starts. */
const threadAfter = (code: string) => {
  const entry = new URL('./replay/thread/worker.ts', import.meta.url).href;
  return new URL(`data:text/javascript,${encodeURIComponent(`${code}; await import('${entry}')`)}`);
};

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const deviation = (values: readonly number[], mean: number) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);

describe('faults seen in peers: what is read, and when', { retry: 1 }, () => {
  const error = { message: 'overloaded', type: 'overloaded_error', code: 503 };
  const twoLines = says('y').replace(',', ',\ndata: ');
  const crlf = (says('x') + twoLines + stop(usage(5, 2)) + done).replaceAll('\n', '\r\n');
  /** What each target answers to its one request. */
  const streams: Readonly<Record<string, readonly Step[]>> = {
    a: [says('one two'), says(' three'), stop(usage(10, 3))],
    b: [says('one two'), says(' three'), stop(usage(40, 12))],
    c: [says('one two'), says(' three'), stop()],
    role: [event({ role: 'assistant' }), event({ content: '' }), 300, says('x'), stop()],
    reasoning: [event({ reasoning_content: 'hm' }), 400, says('x'), stop()],
    late: [500, says('x'), 50, says('y'), 50, says('z'), stop(usage(5, 11))],
    usage: [event({ content: 'x' }, usage(70, 1)), stop(usage(70, 9)), done],
    cached: [says('x'), stop(usage(1_200, 0, 1_000)), done],
    crlf: crlf.split('\n').flatMap((line, i) => [i === 0 ? line : `\n${line}`, 5]),
    'error-in-data': [says('x'), data({ error }), stop(), done],
    'error-by-name': [says('x'), 'event: error\n', data({ message: 'no' }), stop(), done],
    'error-in-words': [says('x'), 'event: error\ndata: it went away\n\n', stop(), done],
    'error-as-vLLM-has-it': [says('x'), data({ object: 'error', ...error }), stop(), done],
    'error-at-the-end': [says('x'), stop(), data({ error }), done],
  };
  const serve: Serve = (response, _, name) => play(response, ...(streams[name] ?? []));
  let heard: Replayed | undefined;
  let from: Replayed['at'];
  beforeEach(async () => {
    heard ??= await replayed(serve, { targets: Object.keys(streams) });
    from = heard.at;
  });
  afterEach(({ task }) => {
    // A retry asks again.
    if (task.result?.state === 'fail') heard = undefined;
  });

  it('TTFT at the role-only first chunk (EvalScope, vLLM): it is at the first delta with text', () => {
    const { row } = from('role');
    expect(row.ttft_ms).toBeGreaterThanOrEqual(300);
    expect(row.chunks).toBe(1);
  });

  it('reasoning ignored (inference-perf), or counted unsaid (AIPerf, GuideLLM): TTFT and TTFO are both told', () => {
    const { service } = from('reasoning').summary;
    expect(service.ttft_ms?.max).toBeLessThan(200);
    expect(service.ttfo_ms?.max).toBeGreaterThanOrEqual(400);
  });

  it('TPOT that includes TTFT (GuideLLM): the time before the first token is not in it', () => {
    const { service } = from('late').summary;
    expect(service.tpot_ms?.max).toBeGreaterThan(5);
    expect(service.tpot_ms?.max).toBeLessThan(30);
  });

  it('inter-token time that includes TTFT (llmperf): gaps lie between content chunks only', () => {
    const { gaps, summary } = from('late');
    expect(gaps).toHaveLength(2);
    expect(summary.service.gap_ms?.max).toBeLessThan(250);
  });

  it('one local tokenizer for all models (llmperf): tokens are those of each provider, or nobody’s', () => {
    const rows = ['a', 'b', 'c'].map((name) => from(name).row);
    expect(rows.map((row) => row.billed_input_tokens)).toEqual([10, 40, undefined]);
    expect(rows.map((row) => row.output_tokens)).toEqual([3, 12, undefined]);
    expect(rows.map((row) => row.cost_usd)).toEqual([13e-6, 52e-6, undefined]);
  });

  it.each(Object.keys(streams).filter((name) => name.startsWith('error')))(
    'an SSE error event not treated as failure (vLLM, EvalScope): it is one, as "%s"',
    (name) => {
      const { row, summary } = from(name);
      expect(row.status).not.toBe('ok');
      expect(row.chunks).toBe(1);
      expect(summary).toMatchObject({ ok: 0, failed: 1, failures: { [row.status]: 1 } });
      expect(summary.service.latency_ms).toBeUndefined();
    },
  );

  it('usage lost in a chunk that also has choices (vLLM): it is taken from any chunk', () => {
    const { row } = from('usage');
    expect(row).toMatchObject({ billed_input_tokens: 70, output_tokens: 9 });
  });

  it('cost 4 times wrong by such a chunk (LiteLLM): its cached tokens are priced as cached', () => {
    const { row } = from('cached');
    expect(row.cached_tokens).toBe(1_000);
    expect(row.cost_usd).toBeCloseTo((200 + 1_000 * 0.1) / 1e6, 12);
  });

  it('CRLF framing not handled (inference-perf): it is, cut between CR and LF too', () => {
    const { row, answer } = from('crlf');
    expect(row).toMatchObject({ status: 'ok', chunks: 2, output_tokens: 2 });
    expect(answer).toBe('xy');
  });

  it('wall clock instead of monotonic (GuideLLM): a clock that runs backwards changes nothing', async () => {
    const serve: Serve = (response) => play(response, 50, says('x'), 50, says('y'), stop());
    const worker = threadAfter(`let at = Date.now(); globalThis.Date = class extends Date {
      static now() { return (at -= 1e7); }
      constructor(...given) { super(...(given.length ? given : [(at -= 1e7)])); }
    }`);
    for (const row of (await replayed(serve, { count: 5, worker })).rows) {
      expect(row.ttft_ms).toBeGreaterThanOrEqual(50);
      expect(row.latency_ms).toBeGreaterThanOrEqual(100);
      expect(Math.abs(row.sent_ms) + row.latency_ms).toBeLessThan(10_000);
    }
  });

  it('stamps taken after decoding: an event that takes long to parse is as of its arrival', async () => {
    const padding = Array.from({ length: 120_000 }, (_, index) => ({ [`k${index}`]: 1 }));
    const chunk = event({ content: 'x' }, { padding });
    const parsing = [1, 2, 3].map(() => {
      const begunAt = performance.now();
      JSON.parse(chunk.slice('data: '.length));
      return performance.now() - begunAt;
    });
    const serve: Serve = (response) => play(response, chunk, stop());
    const { rows } = await replayed(serve, { count: 3, load: { concurrency: 1 } });
    const [, middle] = sorted(rows.map((row) => Number(row.ttft_ms)));
    expect(middle).toBeLessThan(Math.min(...parsing) / 2);
  });

  it('TLS verification off by default (GuideLLM): nothing is said to a server that nobody vouches for', async () => {
    const [key, cert] = ['key', 'cert'].map((name) =>
      readFileSync(new URL(`../fixtures/provider/tls/${name}.pem`, import.meta.url), 'utf8'),
    );
    const heardBy = vi.fn((_, response: ServerResponse) => play(response, says('x'), stop()));
    const server = createSecureServer({ key, cert }, heardBy);
    const { row } = await replayedAt(await listening(server, 'https'));
    expect(row).toMatchObject({ status: 'connect', error: /self-signed certificate/ });
    expect(heardBy).not.toHaveBeenCalled();
  });
});

describe('faults seen in peers: how requests arrive', { retry: 1 }, () => {
  const names = [...'abcdefgh'];
  /** Intended starts of 60 requests at 400 a second, by target: the same for every replay. */
  let starts: number[][];
  beforeAll(async () => {
    const arrivals = { mode: 'poisson', perSecond: 400 } as const;
    const load = { arrivals, concurrency: 99, maxInFlight: 999 };
    const { at } = await replayed(atOnce, { targets: names, count: 60, load });
    starts = names.map((name) => sorted(at(name).rows.map((row) => row.intended_ms)));
  });

  it('Poisson rescaled to exactly n/rate (vLLM, EvalScope): the ends vary as those of Poisson do', () => {
    const ends = starts.map((each) => (each.at(-1) ?? 0) / (60 / 0.4));
    // Of its own order, 1 / sqrt(60); rescaled they would all be 1.
    expect(Math.abs(Math.log2(deviation(ends, 1) * Math.sqrt(60)))).toBeLessThan(1);
    const gaps = starts.flatMap((each) => each.slice(1).map((at, i) => at - (each[i] ?? 0)));
    expect(Math.abs(deviation(gaps, 2.5) / 2.5 - 1)).toBeLessThan(0.2);
  });

  it('all workers sharing one seed (GuideLLM): no two targets are asked at the same instants', () => {
    expect(new Set(starts.flat()).size).toBeGreaterThan(0.98 * 60 * names.length);
  });

  it('timers under-deliver from 500 starts a second (AIPerf): 600 a second keep to their schedule within 1 %', async () => {
    const arrivals = { mode: 'constant', perSecond: 600 } as const;
    const load = { arrivals, concurrency: 999, maxInFlight: 999 };
    const { rows } = await replayed(atOnce, { count: 1_200, load });
    expect(rows.filter((row) => row.status === 'ok')).toHaveLength(1_200);
    const planned = rows.toSorted((a, b) => a.intended_ms - b.intended_ms);
    expect(planned.at(-1)?.intended_ms).toBeCloseTo(1_199 / 0.6, 0);
    // What is held up is caught up with; a pace that is too slow never is.
    const behind = (from: number) =>
      Math.min(...planned.slice(from, from + 300).map((row) => row.sent_ms - row.intended_ms));
    expect(Math.abs(behind(900) - behind(0))).toBeLessThan(0.01 * 1_500);
  });

  it('a correction that overdoes it (autocannon -R): a server that sleeps 50 ms is at 50 ms', async () => {
    const load = { arrivals: { mode: 'constant', perSecond: 100 } } as const;
    const serve: Serve = (response) => play(response, 50, says('x'), stop());
    const { service, user } = (await replayed(serve, { count: 50, load })).summary;
    for (const times of [service.latency_ms, user.response_ms]) {
      expect(times?.count).toBe(50);
      expect(times?.p50.value).toBeGreaterThanOrEqual(50);
      expect(times?.p50.value).toBeLessThan(90);
    }
  });
});

describe('faults seen in peers: what is counted', { retry: 1 }, () => {
  /** One in five answers; all are in flight at once, so that no target is given up in between. */
  const kinds: readonly Serve[] = [
    (response) => play(response, 100, says('x'), 20, says('y'), stop()),
    (response) => response.writeHead(500).end('{}'),
    (response) => play(response, says('x'), 20),
    (response) => play(response, 'data: {"choices\n\n'),
    () => undefined,
  ];
  const broken: Serve = (response, id) => kinds[Number(id.slice(2)) % 5]?.(response, id, 'a');
  let mixed: Replayed;
  beforeAll(async () => {
    const entry = { timeouts: { first_token_ms: 400 } } as api.TargetConfig;
    mixed = await replayed(broken, { count: 20, entry, load: { concurrency: 20 } });
  });

  it('failures dropped from the goodput denominator: every one of them is in it', () => {
    expect(mixed.summary.goodput).toMatchObject({ good: 4, of: 20, share: 0.2 });
  });

  it('failures dropped from latency: what failed for good is slow for every SLO', () => {
    expect(mixed.summary.slos).toMatchObject([{ good: 4, of: 20, share: 0.2, met: false }]);
  });

  it('failures dropped from latency: tries that failed and their waits are in the user’s time', async () => {
    const tried = new Set<string>();
    const serve: Serve = async (response, id) => {
      if (tried.has(id)) return atOnce(response, id, 'a');
      tried.add(id);
      await sleep(201);
      return response.writeHead(500).end('{}');
    };
    const retries = { max: 1, base: api.ms(200) };
    const { rows, summary } = await replayed(serve, { count: 4, retries });
    const waits = rows.filter((row) => row.attempt === 2).map((row) => row.backoff_ms);
    expect(summary).toMatchObject({ ok: 4, failed: 0, attempts: 8, retries: 4 });
    expect(summary.user.response_ms?.mean).toBeGreaterThan(190 + Math.min(...waits));
    expect(summary.service.latency_ms?.count).toBe(4);
  });

  it('what users ask for, 7: failures do not pollute the times of answers, and none is negative', () => {
    const { rows, summary } = mixed;
    const times = rows.flatMap((row) => Object.entries(row).filter(([name]) => /_ms$/.test(name)));
    expect(times.filter(([, time]) => !(time >= 0))).toEqual([]);
    expect(summary.failures).toEqual({ 'server-error': 4, 'cut-off': 4, malformed: 4, timeout: 4 });
    const { ttft_ms, latency_ms } = summary.service;
    expect([ttft_ms?.count, latency_ms?.count]).toEqual([4, 4]);
    expect(ttft_ms?.p50.value).toBeGreaterThanOrEqual(100);
    expect(latency_ms?.p50.value).toBeGreaterThanOrEqual(120);
  });

  it('what users ask for, 8: an answer from a response cache is counted and billed, and is no latency', async () => {
    const serve: Serve = (response, id) => {
      const hit = Number(id.slice(2)) % 2 === 0;
      response.writeHead(200, { 'x-cache': hit ? 'HIT' : 'MISS' });
      return play(response, hit ? 0 : 80, says('x'), stop(usage(10, 10)));
    };
    const { summary } = await replayed(serve, { count: 8 });
    expect(summary).toMatchObject({ ok: 8, cache_hits: 4 });
    for (const times of [summary.service.latency_ms, summary.user.response_ms]) {
      expect(times?.count).toBe(4);
      expect(times?.p50.value).toBeGreaterThanOrEqual(80);
    }
    expect(summary.cost.total_usd).toBeCloseTo(8 * 20e-6, 9);
  });

  it('what users ask for, 6: a client that is the bottleneck says so, and its run is not to be believed', async () => {
    const worker = threadAfter(
      'setInterval(() => { for (const end = performance.now() + 60; performance.now() < end; ); }, 70)',
    );
    const { end } = await replayed(atOnce, { count: 60, worker });
    expect(end?.self.loop_lag_p99_ms).toBeGreaterThan(30);
    expect(end?.faults.join()).toMatch(/arb itself was slow/);
  });

  it('what users ask for, 10: Retry-After is kept to, beyond 20 s too, and a retry is a row of its own', async () => {
    const heard: Record<string, number[]> = { a: [], b: [] };
    const serve: Serve = (response, id, name) => {
      if ((heard[name]?.push(performance.now()) ?? 0) > 1) return atOnce(response, id, name);
      return response.writeHead(429, { 'retry-after': name === 'a' ? '1' : '30' }).end('{}');
    };
    const impatient = { retries: { base: api.ms(10) }, load: { deadline: api.ms(1_500) } };
    const { rows, summary, at } = await replayed(serve, { targets: ['a', 'b'], ...impatient });
    const [first = 0, second = 0] = heard.a ?? [];
    expect(second - first).toBeGreaterThanOrEqual(999);
    const limited = { status: 'rate-limited', attempt: 1, backoff_ms: 0 };
    expect(rows).toMatchObject([limited, { status: 'ok', attempt: 2 }]);
    expect(rows[1]?.backoff_ms).toBeGreaterThanOrEqual(999);
    expect(summary.service.latency_ms?.max).toBeLessThan(500);
    expect(summary.user.response_ms?.max).toBeGreaterThanOrEqual(999);
    expect(at('b').row).toMatchObject({ retry_after_ms: 30_000 });
    expect(heard.b).toHaveLength(1);
  });
});
