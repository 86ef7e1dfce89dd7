import type { CompletedExchange, Exchange } from '../../provider/answer/exchange.ts';
import { type Ms, ms } from '../../units.ts';
import type { Answer, Attempt } from '../event/attempt.ts';
import type { SettledEvent } from '../event/event.ts';
import { decideRetry } from '../limit/retry.ts';
import { checkAdmission, overcome } from './admission.ts';
import { applyResult } from './apply-result.ts';
import type { Context } from './context.ts';
import { toAttempt } from './row.ts';
import type { Task, Trial, Waits } from './task.ts';

/** The next attempt as decided so far: everything but its sending. */
interface NextAttempt {
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
  if (task.primer !== undefined) await prime(task, context);
  const startedAt = now();
  const attempts: Attempt[] = [];
  const counts = { rateLimited: 0, failed: 0 };
  let next: NextAttempt = {
    number: 1,
    intendedAt: task.intendedAt ?? startedAt,
    queue: ms(task.intendedAt === undefined ? 0 : startedAt - task.queuedAt),
    backoff: ms(0),
  };
  for (;;) {
    const result = await makeAttempt(task, next, context);
    if (result.kind === 'stopped') return;
    if (result.kind === 'given-up') {
      return settle(task, context, { attempts, given: result.given });
    }
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
      task.state.pacer.hold(ms(exchange.failedAt + decision.wait));
    }
    const wait = ms(exchange.failedAt + decision.wait - now());
    if (!(await context.stopper.sleep(wait, task.state.givenUp))) return;
    next = {
      number: next.number + 1,
      intendedAt: exchange.failedAt,
      queue: ms(0),
      backoff: ms(now() - exchange.failedAt),
    };
  }
}

/** Attempt 0: sent and paid for, but no measurement. If it fails, the next one shows it. */
async function prime(task: Task, context: Context): Promise<void> {
  const first = { number: 0, intendedAt: now(), queue: ms(0), backoff: ms(0) };
  await makeAttempt(task, first, context);
}

async function makeAttempt(task: Task, next: NextAttempt, context: Context): Promise<Result> {
  let { queue } = next;
  let limit = 0;
  for (;;) {
    const askedAt = now();
    const obstacle = checkAdmission(task, context, askedAt);
    if (obstacle?.kind === 'stopped') return obstacle;
    if (obstacle?.kind === 'given-up') return { kind: 'given-up', given: obstacle };
    if (obstacle) {
      task.state.isHeldBack = true;
      await overcome(obstacle, task.state, context);
      limit += now() - askedAt;
      continue;
    }
    await context.inFlight.acquire();
    try {
      const enteredAt = now();
      queue = ms(queue + enteredAt - askedAt);
      // Another task may have used the limit or the budget up while this one waited.
      if (checkAdmission(task, context, enteredAt)) continue;
      return await send(task, { ...next, queue, limit: ms(limit) }, context);
    } finally {
      context.inFlight.release();
    }
  }
}

async function send(task: Task, next: NextAttempt & Waits, context: Context): Promise<Result> {
  const { state, requestId } = task;
  const { target } = state;
  const { number, intendedAt } = next;
  state.inFlight += 1;
  state.pacer.take(now(), task.request.amount);
  state.quota.take();
  let { limit } = next;
  if (task.worst !== undefined) {
    context.budget?.reserve(target.name, task.worst);
    const askedAt = now();
    await context.reserve({
      request_id: requestId,
      target: target.name,
      pass: task.pass,
      attempt: number,
      worst_usd: task.worst,
    });
    // In a closed load the wait for the ledger is a wait like that for the budget; where requests
    // have a time of their own, it is arb's lateness.
    if (task.intendedAt === undefined) limit = ms(limit + now() - askedAt);
  }
  const calledAt = now();
  state.inFlightMeter.change(1, calledAt);
  const exchange = await context.client.send({
    target,
    body: number === 0 && task.primer !== undefined ? task.primer : task.request.text,
    ...(state.key !== undefined && { key: state.key }),
    signal: context.stopper.signal,
    requestId: `${requestId}/${task.pass}/${number}`,
  });
  state.inFlight -= 1;
  state.inFlightMeter.change(-1, now());
  const trial: Trial = { task, number, intendedAt, calledAt, waits: { ...next, limit }, exchange };
  const row = toAttempt(trial, context.startedAt, context.pricing);
  applyResult(trial, row, context);
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
  if (exchange && task.asked) task.history?.note(task.asked, exchange.answer);
  context.emit({
    kind: 'settled',
    request_id: task.requestId,
    target: task.state.target.name,
    pass: task.pass,
    attempts,
    ...(exchange && { answer: toAnswer(task, exchange) }),
    ...(given && { given_up: { reason: given.reason, error: given.error } }),
  });
}

function toAnswer(task: Task, exchange: CompletedExchange): Answer {
  const { redact } = task.state;
  const { reasoning, toolCalls } = exchange;
  return {
    request_id: task.requestId,
    target: task.state.target.name,
    pass: task.pass,
    answer: redact(exchange.answer),
    ...(reasoning !== undefined && { reasoning: redact(reasoning) }),
    ...(toolCalls && {
      tool_calls: toolCalls.map((call) => ({ ...call, arguments: redact(call.arguments) })),
    }),
  };
}

const now = () => ms(performance.now());
