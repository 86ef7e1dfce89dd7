import type { AchievedLoad } from '../event/event.ts';

/** A load is reached where this share of it was in flight, over a time (ms) that can tell. */
const reachedShare = 0.9;
const leastSpan = 1_000;
/** A pause (ms) up to this long is arb's own way from an answer to the next request; longer ones are a queue. */
const ownPause = 10;

/**
 * Why less than asked was in flight at a target that gave so many answers, and what to do; nothing where
 * the load was reached.
 */
export function describeShortfall(
  { asked, mean, over_ms: over = 0 }: AchievedLoad,
  answers: number,
): string | undefined {
  if (mean === undefined || over < leastSpan || mean >= reachedShare * asked) return undefined;
  // Places stand empty from an answer to the next request.
  const pause = ((asked - mean) * over) / Math.max(1, answers);
  const [why, todo] =
    pause <= ownPause
      ? ['which answers as short as these let show', 'ask for more at once']
      : ['so requests waited for this machine', 'lower the concurrency'];
  return `${mean.toFixed(1)} requests were in flight on average, ${asked} were asked for: ${pause.toFixed(1)} ms passed from an answer to the next request, ${why}. What was measured holds for the load that was reached. End what else uses the processors and the disk, or ${todo}.`;
}
