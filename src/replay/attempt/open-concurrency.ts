import type { ReplayPlan } from '../load/plan.ts';
import type { TargetDispatcher } from './target-dispatcher.ts';
import { concurrencyLimit } from './target-state.ts';
import { type Cancel, every } from './timers.ts';

/** Between two steps of the concurrency at the start of a closed load, and over all of them; in ms. */
const openEvery = 5;
const longestOpening = 1_000;

/**
 * Raises the concurrency of a closed load by one at equal intervals over `ramp`. Without a ramp it
 * rises within a second: requests that all start at once would wait for each other's sending.
 */
export function openConcurrency(dispatcher: TargetDispatcher, plan: ReplayPlan): Cancel {
  const full = concurrencyLimit(dispatcher.state.target, plan);
  const { load } = plan;
  if (load.arrivals.mode !== 'closed' || full === 1) return () => undefined;
  dispatcher.concurrency = 1;
  const opening = Math.min(longestOpening, openEvery * (full - 1));
  const cancel = every(Math.max(load.ramp, opening) / (full - 1), () => {
    dispatcher.concurrency += 1;
    if (dispatcher.concurrency >= full) cancel();
  });
  return cancel;
}
