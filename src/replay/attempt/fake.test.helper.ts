import type { Call, Client, Exchange, RateLimitState } from '../../provider/answer/exchange.ts';
import type { FailureReason } from '../../provider/answer/failure.ts';
import type { Target } from '../../provider/target/target.ts';
import type { Usage } from '../../provider/usage/usage.ts';
import { ms, tokens, usd } from '../../units.ts';
import type { ChatBody, WorkloadRequest } from '../../workload/request.ts';
import type { FinishedEvent, ReplayEvent } from '../event/event.ts';
import type { Reservation } from '../event/reservation.ts';
import { planReplay, type ReplayOptions } from '../load/plan.ts';
import type { Effects } from './context.ts';
import { Engine } from './engine.ts';

/**
 * A clock of the test's own: an hour of load takes a moment, and instants are exact. The screen's
 * ten ticks a second count as timers too, so the limit on those is far away.
 */
export const ownClock = {
  toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  loopLimit: 1_000_000,
} as const;

/** What a fake target does with one call; times in ms from the call. */
export interface Service {
  readonly ttft?: number;
  readonly latency?: number;
  readonly connect?: number;
  readonly answer?: string;
  readonly usage?: Usage;
  readonly rateLimit?: RateLimitState;
  readonly fail?: FailureReason;
  readonly httpStatus?: number;
  readonly retryAfter?: number;
  /** A failed attempt of which nobody knows whether it was billed. */
  readonly began?: boolean;
}

export interface FakeClient extends Client {
  readonly calls: { readonly call: Call; readonly at: number }[];
  /** Most calls that were open at once, by target. */
  readonly peak: Map<string, number>;
}

/** Serves calls as `serve` says, on whatever clock the test runs. */
export function fakeClient(serve: (call: Call, at: number) => Service): FakeClient {
  const calls: { call: Call; at: number }[] = [];
  const peak = new Map<string, number>();
  const open = new Map<string, number>();
  return {
    calls,
    peak,
    warm: async () => undefined,
    close: async () => undefined,
    send(call) {
      const at = performance.now();
      const { name } = call.target;
      const now = (open.get(name) ?? 0) + 1;
      open.set(name, now);
      peak.set(name, Math.max(peak.get(name) ?? 0, now));
      calls.push({ call, at });
      const service = serve(call, at);
      return new Promise((resolve) => {
        const end = (exchange: Exchange) => {
          clearTimeout(timer);
          call.signal.removeEventListener('abort', cancel);
          open.set(name, (open.get(name) ?? 0) - 1);
          resolve(exchange);
        };
        const cancel = () => end(failed({ ...service, fail: 'cancelled' }, at));
        const timer = setTimeout(
          () => end(service.fail ? failed(service, at) : completed(service, at)),
          service.latency ?? 10,
        );
        call.signal.addEventListener('abort', cancel);
      });
    },
  };
}

/** What was sent, decoded: fake targets speak chat completions. */
export const sentBodies = (calls: FakeClient['calls']): ChatBody[] =>
  calls.map(({ call }) => JSON.parse(call.body) as ChatBody);

function completed(service: Service, at: number): Exchange {
  const { ttft = 5, latency = 10, connect = 0, answer = 'yes' } = service;
  return {
    state: 'completed',
    httpStatus: 200,
    sentAt: ms(at + connect),
    connect: ms(connect),
    firstByteAt: ms(at + ttft),
    firstTokenAt: ms(at + ttft),
    firstAnswerAt: ms(at + ttft),
    lastContentAt: ms(at + latency),
    gaps: [(latency - ttft) * 1_000],
    chunks: 2,
    finishReason: 'stop',
    usage: service.usage ?? { inputTokens: tokens(10), outputTokens: tokens(5) },
    cacheHit: false,
    answer,
    ...(service.rateLimit && { rateLimit: service.rateLimit }),
  };
}

function failed(service: Service, at: number): Exchange {
  const { fail = 'server-error', httpStatus, retryAfter, rateLimit, began } = service;
  return {
    state: 'failed',
    reason: fail,
    error: `fake ${fail}`,
    failedAt: ms(performance.now()),
    ...(fail !== 'connect' && { sentAt: ms(at) }),
    ...(httpStatus !== undefined && { httpStatus }),
    ...(retryAfter !== undefined && { retryAfter: ms(retryAfter) }),
    ...(rateLimit && { rateLimit }),
    ...(began && { firstTokenAt: ms(at + 1), chunks: 1 }),
  };
}

export function fakeTarget(name: string, change: Partial<Target> = {}): Target {
  return {
    name,
    provider: 'openai-compatible',
    model: 'm',
    maker: 'maker',
    via: 'direct',
    wire: 'openai-chat',
    baseUrl: 'http://127.0.0.1:1/v1',
    headers: {},
    params: { set: {}, drop: [], rename: {} },
    timeouts: { connect: ms(1_000), firstToken: ms(5_000), attempt: ms(10_000) },
    limits: { concurrency: 1_000 },
    feePercent: 0,
    regions: [],
    role: 'candidate',
    ...change,
  };
}

export function fakeRequest(id: string, change: Partial<WorkloadRequest> = {}): WorkloadRequest {
  const body = { messages: [{ role: 'user', content: id }] };
  return { id, line: 1, metadata: {}, body, expect: [], ...change };
}

export const requestsNamed = (count: number): WorkloadRequest[] =>
  Array.from({ length: count }, (_, index) => fakeRequest(`r-${index}`));

export interface Played {
  readonly events: ReplayEvent[];
  readonly why: FinishedEvent['why'];
  readonly reservations: Reservation[];
}

/** An engine under way over `requests`, all of them fed at once. */
export function play(
  options: ReplayOptions & { readonly requests: readonly WorkloadRequest[] },
  client: Client,
  effects: Partial<Effects> = {},
) {
  const { requests, ...rest } = options;
  const plan = planReplay(rest);
  const events: ReplayEvent[] = [];
  const reservations: Reservation[] = [];
  const engine = new Engine(plan, {
    client,
    pricing: {
      price: () => ({ cost: usd(0.01), source: 'override' }),
      computed: () => undefined,
      worstCaseCost: () => usd(0.02),
    },
    emit: (event) => void events.push(event),
    reserve: async (reservation) => void reservations.push(reservation),
    random: () => 0.5,
    ...effects,
  });
  const targets = plan.targets.map((_, index) => index);
  for (let pass = 1; pass <= plan.passes; pass++) {
    for (const request of requests) {
      const { id, body, at, session } = request;
      const known = { ...(at !== undefined && { at }), ...(session !== undefined && { session }) };
      engine.add(
        { id, content: { kind: 'body', body: () => body }, ...known, pass, targets },
        () => undefined,
      );
    }
  }
  engine.end();
  const played = engine.finished.then((why): Played => ({ events, why, reservations }));
  return { engine, events, played };
}

export const attemptsIn = (events: readonly ReplayEvent[]) =>
  events.flatMap((event) => (event.kind === 'attempt' ? [event.attempt] : []));

export const settledIn = (events: readonly ReplayEvent[]) =>
  events.flatMap((event) => (event.kind === 'settled' ? [event] : []));

export const warningsIn = (events: readonly ReplayEvent[]) =>
  events.flatMap((event) => (event.kind === 'warning' ? [event] : []));
