import { formatPoints, formatUsd } from '../../units.ts';
import type { ExportRegret } from './regret.ts';

/** Enough to see a pattern. */
const MOST_NAMED = 10;

/** What an export's losses come to on the requests of a run, as lines for people. */
export function describeRegret(found: ExportRegret): string[] {
  const { run, requests, elsewhere, regret, overflows } = found;
  const named = elsewhere.slice(0, MOST_NAMED);
  const more = elsewhere.length - named.length;
  return [
    `on ${run}: ${elsewhere.length} of ${requests} requests land elsewhere`,
    ...(regret.priced === 0
      ? []
      : [
          `  they cost ${formatUsd(regret.cost_usd)} more in all, and change quality by ${formatPoints(regret.quality / regret.priced)} points on average (${regret.priced} measured on both sides)`,
        ]),
    ...named.map(
      ({ id, policy: ours, gateway }) => `  ${id}: rule ${gateway.rule} instead of ${ours.rule}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    overflows.length === 0
      ? '  no request exceeds the context window of a target it may reach'
      : `  ${overflows.length} requests exceed a context window, e.g. ${overflows[0]?.id} at ${overflows[0]?.target}`,
  ];
}
