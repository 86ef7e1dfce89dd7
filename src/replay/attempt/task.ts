import type { CompletedExchange, Exchange } from '../../provider/answer/exchange.ts';
import { type Ms, ms, type Usd } from '../../units.ts';
import type { ChatBody } from '../../workload/request.ts';
import { decideRetry } from '../limit/retry.ts';
import type { OwnHistory } from '../load/history.ts';
import { obstacleTo, overcome } from './admission.ts';
import { learn } from './apply-result.ts';
import type { Answer, Attempt } from './attempt.ts';
import type { Context } from './context.ts';
import type { SettledEvent } from './event.ts';
import { priming } from './prepare.ts';
import { attemptOf, type Try } from './row.ts';
import type { Lane } from './target-state.ts';

/** One request for one target in one pass. */
export interface Task {
  readonly requestId: string;
  /** The request as it was recorded. */
  readonly asked: ChatBody;
  readonly pass: number;
  readonly lane: Lane;
  /** The request as it is sent. */
  readonly body: ChatBody;
  /** Tokens that count against the target's limit per minute. */
  readonly amount: number;
  /** What it can cost at most; present where there is a budget. */
  readonly worst?: Usd;
  /** When it should start; absent where a free place is the start. */
  readonly intendedAt?: Ms;
  /** When it was put in line for a place. */
  readonly queuedAt: Ms;
  readonly history?: OwnHistory;
}

/** One try as decided so far: everything but its sending. */
interface Plan {
  readonly number: number;
  readonly intendedAt: Ms;
  readonly queue: Ms;
  readonly backoff: Ms;
}

type Result =
  | { readonly kind: 'tried'; readonly attempt: Attempt; readonly exchange: Exchange }
  | { readonly kind: 'given-up'; readonly given: NonNullable<SettledEvent['given_up']> }
  | { readonly kind: 'stopped' };

/**
 * Makes the attempts of a task and emits them. A task that the end of the run cuts short is not
 * settled: a resumed run asks again.
 */
export async function runTask(task: Task, context: Context): Promise<void> {
  if (context.plan.load.promptCache === 'warm') await prime(task, context);
  const placedAt = now();
  const attempts: Attempt[] = [];
  const counts = { rateLimited: 0, failed: 0 };
  let plan: Plan = {
    number: 1,
    intendedAt: task.intendedAt ?? placedAt,
    queue: ms(task.intendedAt === undefined ? 0 : placedAt - task.queuedAt),
    backoff: ms(0),
  };
  for (;;) {
    const result = await attempt(task, plan, context);
    if (result.kind === 'stopped') return;
    if (result.kind === 'given-up') return settle(task, context, { attempts, ...result });
    const { exchange } = result;
    attempts.push(result.attempt);
    if (exchange.state === 'completed') return settle(task, context, { attempts, exchange });
    if (exchange.reason === 'cancelled') return;
    counts[exchange.reason === 'rate-limited' ? 'rateLimited' : 'failed'] += 1;
    const decision = decideRetry(
      context.plan.retries,
      { ...exchange, ...counts },
      context.random(),
    );
    if (decision.kind === 'stop') return settle(task, context, { attempts });
    if (exchange.reason === 'rate-limited') {
      task.lane.pacer.hold(ms(exchange.failedAt + decision.wait));
    }
    const wait = ms(exchange.failedAt + decision.wait - now());
    if (!(await context.stopper.sleep(wait, task.lane.gaveUp))) return;
    plan = {
      number: plan.number + 1,
      intendedAt: exchange.failedAt,
      queue: ms(0),
      backoff: ms(now() - exchange.failedAt),
    };
  }
}

/** Attempt 0: sent and paid for, but no measurement; that it fails shows in the next one. */
async function prime(task: Task, context: Context): Promise<void> {
  const first = { number: 0, intendedAt: now(), queue: ms(0), backoff: ms(0) };
  await attempt(task, first, context);
}

async function attempt(task: Task, plan: Plan, context: Context): Promise<Result> {
  let { queue } = plan;
  let limit = 0;
  for (;;) {
    const askedAt = now();
    const obstacle = obstacleTo(task, context, askedAt);
    if (obstacle?.kind === 'stopped') return obstacle;
    if (obstacle?.kind === 'given-up') return { kind: 'given-up', given: obstacle };
    if (obstacle) {
      await overcome(obstacle, task.lane, context);
      limit += now() - askedAt;
      continue;
    }
    await context.places.enter();
    try {
      const placedAt = now();
      queue = ms(queue + placedAt - askedAt);
      // Another task may have taken the room while this one waited for a place.
      if (obstacleTo(task, context, placedAt)) continue;
      return await send(task, { ...plan, queue, limit: ms(limit) }, context);
    } finally {
      context.places.leave();
    }
  }
}

async function send(
  task: Task,
  plan: Plan & { readonly limit: Ms },
  context: Context,
): Promise<Result> {
  const { lane, requestId } = task;
  const { target } = lane;
  const { number, intendedAt } = plan;
  lane.inFlight += 1;
  lane.pacer.take(now(), task.amount);
  lane.quota.take();
  if (task.worst !== undefined) {
    context.purse?.reserve(target.name, task.worst);
    const reserved = { request_id: requestId, target: target.name, pass: task.pass };
    await context.journal({ ...reserved, attempt: number, worst_usd: task.worst });
  }
  const calledAt = now();
  const exchange = await context.client.send({
    target,
    body: number === 0 ? priming(task.body) : task.body,
    ...(lane.key !== undefined && { key: lane.key }),
    signal: context.stopper.signal,
    requestId: `${requestId}/${task.pass}/${number}`,
  });
  lane.inFlight -= 1;
  const tried: Try = { task, number, intendedAt, calledAt, waits: plan, exchange };
  const row = attemptOf(tried, context.startedAt, context.pricing);
  learn(tried, row, context);
  const gaps = exchange.state === 'completed' ? exchange.gaps : [];
  context.emit({ kind: 'attempt', attempt: row, gaps });
  return { kind: 'tried', attempt: row, exchange };
}

interface Ending {
  readonly attempts: readonly Attempt[];
  readonly exchange?: CompletedExchange;
  readonly given?: NonNullable<SettledEvent['given_up']>;
}

function settle(task: Task, context: Context, { attempts, exchange, given }: Ending): void {
  if (exchange) task.history?.note(task.asked, exchange.answer);
  context.emit({
    kind: 'settled',
    request_id: task.requestId,
    target: task.lane.target.name,
    pass: task.pass,
    attempts,
    ...(exchange && { answer: answerOf(task, exchange) }),
    ...(given && { given_up: { reason: given.reason, error: given.error } }),
  });
}

function answerOf(task: Task, exchange: CompletedExchange): Answer {
  const { redact } = task.lane;
  const { reasoning, toolCalls } = exchange;
  return {
    request_id: task.requestId,
    target: task.lane.target.name,
    pass: task.pass,
    answer: redact(exchange.answer),
    ...(reasoning !== undefined && { reasoning: redact(reasoning) }),
    ...(toolCalls && {
      tool_calls: toolCalls.map((call) => ({ ...call, arguments: redact(call.arguments) })),
    }),
  };
}

const now = () => ms(performance.now());
