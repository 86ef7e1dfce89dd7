import type { Outcome } from '../../../outcome/outcome.ts';
import type { SharedFigures } from '../../../store/summary.ts';

interface Sums {
  requests: number;
  completed: number;
  costUsd: number;
  quality: number;
  judged: number;
}

/**
 * What each target did on the requests that all of them were asked: of a run that was cut short one
 * target's mean is of other requests than another's, dearer ones as it may be.
 *
 * @param read the outcomes from the start, each time it is called
 */
export async function summariseShared(
  targets: readonly string[],
  read: () => AsyncIterable<Outcome>,
): Promise<SharedFigures | undefined> {
  const asked = new Map<string, Set<string>>();
  // What the log used has an outcome too, and was asked nothing.
  const all = new Set(targets);
  for await (const { request_id: id, target } of read()) {
    if (!all.has(target)) continue;
    asked.set(id, (asked.get(id) ?? new Set()).add(target));
  }
  const shared = [...asked.values()].filter((by) => by.size === all.size).length;
  if (shared === asked.size) return undefined;
  const sums = new Map<string, Sums>(
    targets.map((name) => [name, { requests: 0, completed: 0, costUsd: 0, quality: 0, judged: 0 }]),
  );
  for await (const { request_id: id, target, status, cost_usd: cost, quality } of read()) {
    const sum = sums.get(target);
    if (!sum || asked.get(id)?.size !== all.size) continue;
    sum.requests += 1;
    sum.completed += status === 'ok' ? 1 : 0;
    sum.costUsd += cost ?? 0;
    if (typeof quality === 'number') {
      sum.quality += quality;
      sum.judged += 1;
    }
  }
  return {
    requests: shared,
    targets: Object.fromEntries(
      [...sums].map(([name, { completed, costUsd, quality, judged }]) => [
        name,
        {
          ...(completed > 0 && { per_completed_usd: costUsd / completed }),
          ...(judged > 0 && { quality: quality / judged }),
        },
      ]),
    ),
  };
}
