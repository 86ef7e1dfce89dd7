import type { FailureReason } from '../../provider/answer/failure.ts';
import { type Ms, ms } from '../../units.ts';
import type { Context } from './context.ts';
import type { Lane } from './target-state.ts';
import type { Task } from './task.ts';

/** What stands between a task and its request right now. */
export type Obstacle =
  | { readonly kind: 'wait'; readonly wait: Ms }
  /** Until another request of the target is answered. */
  | { readonly kind: 'answer' }
  /** Until a reservation is settled. */
  | { readonly kind: 'money' }
  /** The run, or this target's part of it, is over. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'given-up'; readonly reason: FailureReason; readonly error: string };

/** The first obstacle, or nothing: the request may go now. Changes nothing but who is broke. */
export function obstacleTo(task: Task, context: Context, now: Ms): Obstacle | undefined {
  const { lane } = task;
  const { health } = lane;
  if (context.stopper.stage !== 'running' || lane.broke) return { kind: 'stopped' };
  if (health.state === 'given-up') {
    return { kind: 'given-up', reason: health.reason, error: health.error };
  }
  if (health.state === 'ailing') {
    if (lane.inFlight > 0) return { kind: 'answer' };
    if (now < health.probeAt) return { kind: 'wait', wait: ms(health.probeAt - now) };
  }
  const quota = lane.quota.wait(lane.inFlight, now);
  if (quota === 'answer') return { kind: 'answer' };
  const wait = ms(Math.max(quota, lane.pacer.wait(now, task.amount)));
  if (wait > 0) return { kind: 'wait', wait };
  return moneyObstacle(task, context);
}

function moneyObstacle({ lane, worst }: Task, context: Context): Obstacle | undefined {
  if (!context.purse || worst === undefined) return undefined;
  const room = context.purse.check(lane.target.name, worst);
  switch (room) {
    case 'room':
      return undefined;
    case 'wait':
      return { kind: 'money' };
    case 'target':
      lane.broke = true;
      return { kind: 'stopped' };
    case 'run':
      context.stopper.drain('budget');
      return { kind: 'stopped' };
  }
}

/** Waits an obstacle out. False where the wait was cut short by the end of the run. */
export function overcome(obstacle: Obstacle, lane: Lane, context: Context): Promise<boolean> {
  switch (obstacle.kind) {
    case 'wait':
      return context.stopper.sleep(obstacle.wait, lane.gaveUp);
    case 'answer':
      return context.stopper.pause(lane.answered);
    case 'money':
      return context.stopper.pause(context.moneyFreed);
    case 'stopped':
    case 'given-up':
      return Promise.resolve(false);
  }
}
