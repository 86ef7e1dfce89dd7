import type { FailureReason } from '../../provider/answer/failure.ts';
import { type Ms, ms } from '../../units.ts';
import type { Context } from './context.ts';
import type { TargetState } from './target-state.ts';
import type { Task } from './task.ts';

/** What stands between a task and its request right now. */
export type Obstacle =
  | { readonly kind: 'wait'; readonly wait: Ms }
  /** Until another request of the target is answered. */
  | { readonly kind: 'answer' }
  /** Until a reservation is settled. */
  | { readonly kind: 'budget' }
  /** The run, or this target's part of it, is over. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'given-up'; readonly reason: FailureReason; readonly error: string };

/** The first obstacle, or nothing where the request may go now. Pure, except that it stops what has no budget left. */
export function checkAdmission(task: Task, context: Context, now: Ms): Obstacle | undefined {
  const { state } = task;
  const { health } = state;
  if (context.stopper.stage !== 'running' || state.stopped) return { kind: 'stopped' };
  if (health.state === 'given-up') {
    return { kind: 'given-up', reason: health.reason, error: health.error };
  }
  if (health.state === 'ailing') {
    if (state.inFlight > 0) return { kind: 'answer' };
    if (now < health.probeAt) return { kind: 'wait', wait: ms(health.probeAt - now) };
  }
  const quota = state.quota.wait(state.inFlight, now);
  if (quota === 'answer') return { kind: 'answer' };
  const wait = ms(Math.max(quota, state.pacer.wait(now, task.request.amount)));
  if (wait > 0) return { kind: 'wait', wait };
  return budgetObstacle(task, context);
}

function budgetObstacle({ state, worst }: Task, context: Context): Obstacle | undefined {
  if (!context.budget || worst === undefined) return undefined;
  const room = context.budget.check(state.target.name, worst);
  switch (room) {
    case 'room':
      return undefined;
    case 'wait':
      return { kind: 'budget' };
    case 'target':
      state.stopped = 'budget';
      return { kind: 'stopped' };
    case 'run':
      context.stopper.drain('budget');
      return { kind: 'stopped' };
  }
}

/** Waits an obstacle out. False where the wait was cut short by the end of the run. */
export function overcome(
  obstacle: Obstacle,
  state: TargetState,
  context: Context,
): Promise<boolean> {
  switch (obstacle.kind) {
    case 'wait':
      return context.stopper.sleep(obstacle.wait, state.givenUp);
    case 'answer':
      return context.stopper.pause(state.answered);
    case 'budget':
      return context.stopper.pause(context.reservationSettled);
    case 'stopped':
    case 'given-up':
      return Promise.resolve(false);
  }
}
