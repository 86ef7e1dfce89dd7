import { wake } from '../limit/stopper.ts';
import type { Context } from './context.ts';
import type { TargetDispatcher } from './target-dispatcher.ts';

/** Long enough for a provider's counters to follow; short enough to find 64 within a minute. */
const stepEvery = 5_000;

/**
 * Searches for a provider's limit, which is done only where the user asks for it: the concurrency
 * doubles from one until the first 429 or until `most`; the result is emitted as a warning. Returns
 * a function that ends the search.
 */
export function findLimit(
  dispatcher: Pick<TargetDispatcher, 'state' | 'concurrency'>,
  most: number,
  context: Context,
): () => void {
  const { state } = dispatcher;
  const { name } = state.target;
  dispatcher.concurrency = 1;
  let answeredBefore = 0;
  const finish = (code: string, message: string) => {
    clearInterval(timer);
    context.emit({ kind: 'warning', code, message, target: name });
  };
  const timer = setInterval(() => {
    const { concurrency } = dispatcher;
    const perMinute = ((state.answers - answeredBefore) * 60_000) / stepEvery;
    answeredBefore = state.answers;
    if (state.limited > 0) {
      state.stopped = 'limit';
      wake(state.givenUp);
      finish(
        'limit-found',
        `${name}: answers 429 at ${concurrency} at once, after ${perMinute} answers a minute. Set its limits below that.`,
      );
    } else if (concurrency >= most) {
      finish(
        'limit-not-found',
        `${name}: ${most} at once and ${perMinute} answers a minute met no limit.`,
      );
    } else {
      dispatcher.concurrency = Math.min(most, concurrency * 2);
    }
  }, stepEvery);
  return () => clearInterval(timer);
}
