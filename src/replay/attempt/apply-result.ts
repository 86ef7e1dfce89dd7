import { ms, usd } from '../../units.ts';
import { type Health, type Observation, observe } from '../limit/breaker.ts';
import { wake } from '../limit/stopper.ts';
import type { Attempt } from './attempt.ts';
import type { Context } from './context.ts';
import type { Try } from './row.ts';
import type { Lane } from './target-state.ts';

/** What one ended try teaches about its target, and about the money. */
export function learn(tried: Try, row: Attempt, context: Context): void {
  const { task, exchange } = tried;
  const { lane } = task;
  const at = ms(performance.now());
  const tokens = (row.billed_input_tokens ?? 0) + (row.output_tokens ?? 0);
  lane.tokensEach = Math.max(lane.tokensEach, tokens);
  if (exchange.rateLimit) {
    lane.quota.seen(exchange.rateLimit, lane, at);
    const wait = lane.quota.wait(lane.inFlight, at);
    if (wait === 'answer' || wait > 0) warn(lane, context, quotaWarning(lane, context));
  }
  if (row.status === 'ok') lane.answers += 1;
  if (row.status === 'rate-limited') lane.limited += 1;
  const before = lane.health;
  lane.health = observe(before, observationOf(row), at);
  if (before.state !== lane.health.state) report(lane.health, lane, context);
  if (context.purse && task.worst !== undefined) {
    const billed = usd(row.cost_usd ?? row.reserved_usd ?? 0);
    context.purse.settle(lane.target.name, task.worst, billed);
    wake(context.moneyFreed);
  }
  wake(lane.answered);
}

function observationOf(row: Attempt): Observation {
  if (row.status === 'ok') return { ok: true };
  return { ok: false, reason: row.status, error: row.error };
}

interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Each warning is given once per target: its figure is that of the first time. */
function warn(lane: Lane, context: Context, { code, message }: Warning): void {
  if (lane.warned.has(code)) return;
  lane.warned.add(code);
  context.emit({ kind: 'warning', code, message, target: lane.target.name });
}

function quotaWarning(lane: Lane, context: Context): Warning {
  const share = Math.round(context.plan.load.spareShare * 100);
  return {
    code: 'quota-spared',
    message: `${lane.target.name}: ${share} % of the provider's quota or less is left; arb waits for its reset. Lower the load, or the share in load.spare_share.`,
  };
}

function report(health: Health, lane: Lane, context: Context): void {
  const { name } = lane.target;
  switch (health.state) {
    case 'well':
      return;
    case 'ailing':
      warn(lane, context, {
        code: 'target-ailing',
        message: `${name}: ${health.failures} failures in a row; one request at a time tries whether it is back.`,
      });
      return;
    case 'given-up':
      warn(lane, context, {
        code: 'target-given-up',
        message: `${name}: ${health.error}. Its remaining requests are failed without being sent; fix it and resume.`,
      });
      wake(lane.gaveUp);
  }
}
