import { ms, usd } from '../../units.ts';
import type { Attempt } from '../event/attempt.ts';
import { countsAsSpent } from '../event/billing.ts';
import { type Health, type Observation, observe } from '../limit/breaker.ts';
import { wake } from '../limit/stopper.ts';
import type { Context } from './context.ts';
import type { TargetState } from './target-state.ts';
import type { Trial } from './task.ts';

/** Feeds the result of one attempt to the quota, the breaker and the budget of its target. */
export function applyResult(trial: Trial, row: Attempt, context: Context): void {
  const { task, exchange } = trial;
  const { state } = task;
  const at = ms(performance.now());
  const tokens = (row.billed_input_tokens ?? 0) + (row.output_tokens ?? 0);
  state.tokensEach = Math.max(state.tokensEach, tokens);
  if (exchange.rateLimit) {
    state.quota.seen(exchange.rateLimit, state, at);
    const wait = state.quota.wait(state.inFlight, at);
    if (wait === 'answer' || wait > 0) warn(state, context, quotaWarning(context));
  }
  if (row.status === 'ok') state.answers += 1;
  if (row.status === 'rate-limited') {
    state.limited += 1;
    if (isMostlyLimited(state) && !context.plan.load.findLimit)
      warn(state, context, limitWarning(state));
  }
  const before = state.health;
  state.health = observe(before, toObservation(row), at);
  if (before.state !== state.health.state) report(state.health, state, context);
  if (context.budget && task.worst !== undefined) {
    const billed = usd(countsAsSpent(row));
    context.budget.settle(state.target.name, task.worst, billed);
    wake(context.reservationSettled);
  }
  wake(state.answered);
}

function toObservation(row: Attempt): Observation {
  if (row.status === 'ok') return { ok: true };
  return { ok: false, reason: row.status, error: row.error };
}

interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Each warning is given once per target: its figure is that of the first time. */
function warn(state: TargetState, context: Context, { code, message }: Warning): void {
  if (state.warned.has(code)) return;
  state.warned.add(code);
  context.emit({ kind: 'warning', code, message, target: state.target.name });
}

function quotaWarning(context: Context): Warning {
  const share = Math.round(context.plan.load.spareShare * 100);
  return {
    code: 'quota-spared',
    message: `${share} % of the provider's quota or less is left; arb waits for its reset. Lower the load, or the share in load.spare_share.`,
  };
}

/** So many attempts are one request that waited in vain and the beginning of another. */
const manyLimited = 20;

const isMostlyLimited = ({ limited, answers }: TargetState) =>
  limited >= manyLimited && limited > 2 * answers;

/** While it is measured: each request may wait for ten repetitions. */
function limitWarning({ limited, answers }: TargetState): Warning {
  const given = answers === 0 ? 'none was answered' : `${answers} answered`;
  return {
    code: 'mostly-rate-limited',
    message: `${limited} attempts were rate-limited and ${given}. Set limits: {rpm: ...} in arb.yaml to what its provider allows, or stop and resume when its quota is back.`,
  };
}

function report(health: Health, state: TargetState, context: Context): void {
  switch (health.state) {
    case 'well':
      return;
    case 'ailing':
      warn(state, context, {
        code: 'target-ailing',
        message: `${health.failures} failures in a row; one request at a time tries whether it is back.`,
      });
      return;
    case 'given-up':
      warn(state, context, {
        code: 'target-given-up',
        message: `${health.error.replace(/\.$/, '')}. Its remaining requests are failed without being sent; fix it and resume.`,
      });
      wake(state.givenUp);
  }
}
