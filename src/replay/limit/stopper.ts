import { setMaxListeners } from 'node:events';
import { longestTimer, type Ms } from '../../units.ts';
import type { StopReason } from '../event/event.ts';

/**
 * How far a run has gone towards its end, and every wait in it: a wait that nobody can cut short
 * would outlive the run.
 */
export interface Stopper {
  readonly stage: 'running' | 'draining' | 'aborted';
  /** The first reason given; `done` while running. */
  readonly why: StopReason;
  /** Fires when what is in flight must end at once. */
  readonly signal: AbortSignal;
  /** Nothing new is sent; what is in flight ends by itself. */
  drain(why: StopReason): void;
  /** What is in flight ends too. */
  abort(why: StopReason): void;
  /** True after `wait`, or when `wakers` are woken; false at once when the run stops. */
  sleep(wait: Ms, wakers: Wakers): Promise<boolean>;
  /** True when `wake` is called; false when the run stops. */
  pause(wakers: Wakers): Promise<boolean>;
}

/** The waits for one thing to change. */
export type Wakers = Set<(news: 'woken' | 'stopped') => void>;

export function wake(wakers: Wakers): void {
  if (wakers.size === 0) return;
  const waiting = [...wakers];
  wakers.clear();
  for (const tell of waiting) tell('woken');
}

/** `onStop` is told of each step towards the end. */
export function createStopper(onStop: () => void): Stopper {
  const controller = new AbortController();
  // One listener per request in flight is what the signal is for.
  setMaxListeners(0, controller.signal);
  const sleepers: Wakers = new Set();
  let stage: Stopper['stage'] = 'running';
  let why: StopReason = 'done';
  const stop = (next: 'draining' | 'aborted', reason: StopReason) => {
    if (stage === 'running') why = reason;
    if (stage !== 'aborted') stage = next;
    const waiting = [...sleepers];
    sleepers.clear();
    for (const end of waiting) end('stopped');
    if (stage === 'aborted') controller.abort();
    onStop();
  };
  const interruptible = (wakers: Wakers, wait?: number) =>
    new Promise<boolean>((resolve) => {
      if (stage !== 'running') return resolve(false);
      let timer: NodeJS.Timeout | undefined;
      const end = (news: 'woken' | 'stopped') => {
        clearTimeout(timer);
        sleepers.delete(end);
        wakers.delete(end);
        resolve(news === 'woken');
      };
      const dueAt = performance.now() + (wait ?? 0);
      // Node counts from the start of the loop's turn, so a timer may ring before its time is over.
      const ring = () => {
        const rest = dueAt - performance.now();
        if (rest > 0) timer = setTimeout(ring, Math.ceil(rest));
        else end('woken');
      };
      if (wait !== undefined) timer = setTimeout(ring, wait);
      sleepers.add(end);
      wakers.add(end);
    });
  return {
    get stage() {
      return stage;
    },
    get why() {
      return why;
    },
    signal: controller.signal,
    drain: (reason) => stop('draining', reason),
    abort: (reason) => stop('aborted', reason),
    sleep: (wait, wakers) => interruptible(wakers, Math.min(wait, longestTimer)),
    pause: (wakers) => interruptible(wakers),
  };
}
