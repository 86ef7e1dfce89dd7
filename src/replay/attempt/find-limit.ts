import { wake } from '../limit/stopper.ts';
import type { Line } from '../limit/work-queue.ts';
import type { Context } from './context.ts';
import type { Lane } from './target-state.ts';

/** One target whose limit is searched for. */
export interface Searched {
  readonly lane: Lane;
  readonly line: Pick<Line<unknown>, 'places'>;
}

/** Long enough for a provider's counters to follow; short enough to find 64 within a minute. */
const stepEvery = 5_000;

/**
 * Searches for a provider's limit, which is done only where the user asks for it: places double from
 * one until the first 429 or until `most`, and what was found is said as a warning. Returns what ends
 * the search.
 */
export function findLimit({ lane, line }: Searched, most: number, context: Context): () => void {
  line.places = 1;
  let answeredBefore = 0;
  const say = (code: string, message: string) => {
    clearInterval(timer);
    context.emit({ kind: 'warning', code, message, target: lane.target.name });
  };
  const timer = setInterval(() => {
    const { name } = lane.target;
    const perMinute = ((lane.answers - answeredBefore) * 60_000) / stepEvery;
    answeredBefore = lane.answers;
    if (lane.limited > 0) {
      lane.broke = true;
      wake(lane.gaveUp);
      say(
        'limit-found',
        `${name}: answers 429 at ${line.places} at once, after ${perMinute} answers a minute. Set its limits below that.`,
      );
    } else if (line.places >= most) {
      say(
        'limit-not-found',
        `${name}: ${most} at once and ${perMinute} answers a minute met no limit.`,
      );
    } else {
      line.places = Math.min(most, line.places * 2);
    }
  }, stepEvery);
  return () => clearInterval(timer);
}
