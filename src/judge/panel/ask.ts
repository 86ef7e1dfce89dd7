import type { Target } from '../../provider/target/target.ts';
import type { ReplayEvent, SettledEvent } from '../../replay/event/event.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import { type CachedVote, toReading, type VoteCache } from './cache.ts';
import { type JudgeCall, toRequest } from './call.ts';
import { type Reading, readReply, repairBody } from './reading.ts';

/** A request and the judges that are asked it. Its body is made when it is sent: it may be long. */
export interface AskedRequest {
  readonly id: string;
  readonly judges: readonly string[];
  readonly request: () => WorkloadRequest;
}

/** Sends requests to judges and yields what the replay engine yields. */
export type ReplayCalls = (asked: readonly AskedRequest[]) => AsyncIterable<ReplayEvent>;

export interface AskTools {
  readonly stage: 'probes' | 'answers';
  readonly judges: readonly Target[];
  readonly replay: ReplayCalls;
  readonly cache: VoteCache;
}

export type AskEvent =
  | {
      readonly kind: 'asking';
      readonly stage: 'probes' | 'answers';
      /** Questions that will be sent, and those the cache knows. */
      readonly calls: number;
      readonly cached: number;
    }
  | { readonly kind: 'replay'; readonly event: ReplayEvent }
  /** A new reply: to be written to disk before anything else happens. */
  | { readonly kind: 'vote'; readonly vote: CachedVote };

/**
 * Replies in a row that cannot be read, after which a judge is not asked any more: even a judge that
 * fails to keep the format in half of its replies has such a run once in a million.
 */
export const unreadableLimit = 20;

/** What was read, by the calls' keys, and why it ended early, if it did. */
export interface Answers {
  readonly readings: ReadonlyMap<string, Reading>;
  readonly bills: readonly JudgingBill[];
  readonly stopped?: string;
}

/** What one call cost: all its attempts, and those of its repair. */
export interface JudgingBill {
  readonly judge: string;
  readonly key: string;
  readonly attempts: number;
  /** Absent where the price of an answered attempt is not known. */
  readonly cost_usd?: number;
}

/**
 * Asks what the cache does not know, each question once however many pairs ask it, and once more
 * where the reply cannot be read.
 */
export async function* ask(
  calls: readonly JudgeCall[],
  { stage, judges, replay, cache }: AskTools,
): AsyncGenerator<AskEvent, Answers> {
  const readings = new Map<string, Reading>();
  const open = new Map<string, JudgeCall>();
  for (const call of calls) {
    const known = cache.get(call.key);
    if (known) readings.set(call.key, toReading(known));
    else open.set(call.key, call);
  }
  yield { kind: 'asking', stage, calls: open.size, cached: readings.size };
  const bills = new Map<string, JudgingBill>();
  const models = new Map(judges.map(({ name, model }) => [name, model]));
  let stopped: string | undefined;
  const inARow = new Map<string, number>();
  let round = [...open.values()].map(
    (call): Round => ({ call, id: call.id, request: () => toRequest(call) }),
  );
  for (const last of [false, true]) {
    if (round.length === 0 || stopped) break;
    const repairs: Round[] = [];
    const asked = new Map(round.map((each) => [toPlace(each.id, each.call.judge), each]));
    for await (const event of replay(merged(round))) {
      yield { kind: 'replay', event };
      if (event.kind === 'finished' && event.why !== 'done') stopped = event.why;
      if (event.kind !== 'settled' && event.kind !== 'skipped') continue;
      const each = asked.get(toPlace(event.request_id, event.target));
      if (!each) continue;
      const { call } = each;
      if (event.kind === 'skipped') {
        readings.set(call.key, { state: 'failed', why: event.reason });
        continue;
      }
      const bill = addBill(call, event, bills.get(call.key));
      bills.set(call.key, bill);
      const reading = readSettled(event, call);
      if (reading.state !== 'failed') {
        const unread = reading.state === 'unreadable' ? (inARow.get(call.judge) ?? 0) + 1 : 0;
        inARow.set(call.judge, unread);
        // Stands until a repair is read.
        readings.set(call.key, reading);
        if (unread >= unreadableLimit) {
          stopped = `the last ${unread} replies of judge "${call.judge}" could not be read (${reading.state === 'unreadable' ? reading.why : ''})`;
          break;
        }
      }
      if (reading.state === 'unreadable' && !last) {
        repairs.push(toRepair(each, event.answer?.answer ?? '', reading.why));
        continue;
      }
      readings.set(call.key, reading);
      if (reading.state === 'failed') continue;
      yield { kind: 'vote', vote: toVote(call, reading, { bill, model: models.get(call.judge) }) };
    }
    round = repairs;
  }
  return { readings, bills: [...bills.values()], ...(stopped && { stopped }) };
}

interface Round {
  readonly call: JudgeCall;
  readonly id: string;
  readonly request: () => WorkloadRequest;
}

/** One request for all judges that are asked the same. */
function merged(round: readonly Round[]): readonly AskedRequest[] {
  return [...Map.groupBy(round, ({ id }) => id)].flatMap(([id, each]) => {
    const [first] = each;
    const judges = each.map(({ call }) => call.judge);
    return first ? [{ id, judges, request: first.request }] : [];
  });
}

/** The reply is part of the repair, so each judge has its own. */
function toRepair({ call, request }: Round, reply: string, why: string): Round {
  const id = `${call.id}/repair/${call.judge}`;
  const repaired = () => {
    const first = request();
    return { ...first, id, body: repairBody(first.body, reply, why) };
  };
  return { call, id, request: repaired };
}

function readSettled(settled: SettledEvent, call: JudgeCall): Reading {
  const { answer, attempts, given_up } = settled;
  const last = attempts.at(-1);
  if (last?.status !== 'ok') {
    const fault = last ? `${last.status}: ${last.error}` : given_up?.error;
    return { state: 'failed', why: fault ?? 'it was not sent' };
  }
  return readReply(answer?.answer ?? '', call.comparison, call.order);
}

function addBill(
  { judge, key }: JudgeCall,
  { attempts }: SettledEvent,
  before?: JudgingBill,
): JudgingBill {
  const unknown = attempts.some((each) => each.status === 'ok' && each.cost_usd === undefined);
  const spent = attempts.reduce((sum, each) => sum + (each.cost_usd ?? 0), 0);
  const known = !unknown && (before === undefined || before.cost_usd !== undefined);
  return {
    judge,
    key,
    attempts: attempts.length + (before?.attempts ?? 0),
    ...(known && { cost_usd: spent + (before?.cost_usd ?? 0) }),
  };
}

function toVote(
  { key, id, judge }: JudgeCall,
  reading: Exclude<Reading, { state: 'failed' }>,
  { bill, model = '' }: { bill: JudgingBill; model: string | undefined },
): CachedVote {
  const cost = bill.cost_usd === undefined ? {} : { cost_usd: bill.cost_usd };
  const place = { key, id, judge, model };
  if (reading.state === 'unreadable') return { ...place, unreadable: reading.why, ...cost };
  const { score, reason } = reading;
  return { ...place, score, ...(reason !== undefined && { reason }), ...cost };
}

const toPlace = (requestId: string, judge: string) => JSON.stringify([requestId, judge]);
