import type { Target } from '../provider/target/target.ts';
import { fakeTarget } from '../replay/attempt/fake.test.helper.ts';
import type { Attempt } from '../replay/event/attempt.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import type { JudgeEvent } from './judge-run.ts';
import type { ReplayCalls } from './panel/ask.ts';

/** What a judge of a test says: a reply, or no reply. */
export type Says = (request: WorkloadRequest, judge: string) => string | { readonly fails: string };

export interface CountingReplay {
  readonly replay: ReplayCalls;
  readonly sent: { readonly judge: string; readonly request: WorkloadRequest }[];
}

/** Calls a function instead of a provider; every call costs a tenth of a cent. */
export function replayOf(says: Says, stopAfter = Infinity): CountingReplay {
  const sent: CountingReplay['sent'] = [];
  const replay: ReplayCalls = async function* (asked) {
    for (const { judges, request } of asked) {
      for (const judge of judges) {
        if (sent.length >= stopAfter) {
          yield { kind: 'finished', why: 'budget', self, in_flight: {}, faults: [] };
          return;
        }
        const made = request();
        sent.push({ judge, request: made });
        const said = says(made, judge);
        const place = { request_id: made.id, target: judge, pass: 1 };
        const attempts = [attemptOf(place, said)];
        const answer = typeof said === 'string' ? { answer: { ...place, answer: said } } : {};
        yield { kind: 'settled', ...place, attempts, ...answer };
      }
    }
    yield { kind: 'finished', why: 'done', self, in_flight: {}, faults: [] };
  };
  return { replay, sent };
}

function attemptOf(
  place: { request_id: string; target: string; pass: number },
  said: ReturnType<Says>,
): Attempt {
  const waits = { lag_ms: 0, queue_ms: 0, limit_ms: 0, backoff_ms: 0, connect_ms: 0 };
  const base = { ...place, ...waits, attempt: 1, intended_ms: 0, sent_ms: 0, latency_ms: 1 };
  if (typeof said !== 'string') {
    return { ...base, status: 'server-error', error: said.fails };
  }
  const times = { http_status: 200, first_byte_ms: 1, ttft_ms: 1, chunks: 1 };
  return { ...base, ...times, status: 'ok', finish_reason: 'stop', cost_usd: 0.001 };
}

const self = {
  loop_lag_p50_ms: 0,
  loop_lag_p99_ms: 0,
  loop_lag_max_ms: 0,
  schedule_lag_p50_ms: 0,
  schedule_lag_p99_ms: 0,
  gc_pause_max_ms: 0,
  cpu_share: 0,
};

export const judgeNamed = (name: string, change: Partial<Target> = {}): Target =>
  fakeTarget(name, {
    model: `${name}-model`,
    maker: `${name}-maker`,
    limits: { concurrency: 8 },
    role: 'judge',
    ...change,
  });

export async function collect(events: AsyncIterable<JudgeEvent>): Promise<{
  readonly all: readonly JudgeEvent[];
  /** The events of one kind. */
  of<K extends JudgeEvent['kind']>(kind: K): Extract<JudgeEvent, { kind: K }>[];
}> {
  const all: JudgeEvent[] = [];
  for await (const event of events) all.push(event);
  return {
    all,
    of: <K extends JudgeEvent['kind']>(kind: K) =>
      all.filter((event): event is Extract<JudgeEvent, { kind: K }> => event.kind === kind),
  };
}

const topics = ['boats', 'stars', 'soils', 'wines', 'looms', 'bees', 'locks', 'maps'];

/** A request without checks, with a recorded answer of a dozen words and more. */
export function chat(index: number, change: Partial<WorkloadRequest> = {}): WorkloadRequest {
  const topic = topics[index % topics.length];
  const body = { messages: [{ role: 'user', content: `Question ${index}: what of ${topic}?` }] };
  return {
    id: `r-${index}`,
    line: index + 1,
    metadata: {},
    body,
    expect: [],
    recorded: { target: 'logged', answer: referenceAnswer(index) },
    ...change,
  };
}

export const chats = (count: number, change: Partial<WorkloadRequest> = {}): WorkloadRequest[] =>
  Array.from({ length: count }, (_, index) => chat(index, change));

/** What is right by the recorded answer, and long enough to be cut. */
export function referenceAnswer(index: number): string {
  const topic = topics[index % topics.length];
  return `On ${topic}, number ${index}: the first thing to know is how they were made, the second why they last, and the third who looks after them.`;
}
