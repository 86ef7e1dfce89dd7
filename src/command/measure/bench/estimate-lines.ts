import { formatTable } from '../../../report/text/table.ts';
import { formatMs, formatUsd } from '../../../units.ts';
import { scoringLines } from '../scoring-lines.ts';
import type { Estimate } from './estimate.ts';

/** An estimate as lines for people. */
export function describeEstimate(found: Estimate): string[] {
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'requests' },
    { title: 'about' },
    { title: 'answers half as long' },
    { title: 'twice as long' },
  ];
  const rows = found.targets.map(({ target, passes, cost_usd, low_usd, high_usd }) => [
    target,
    String(found.requests * passes),
    ...(cost_usd === undefined
      ? ['no price known']
      : [formatUsd(cost_usd), formatUsd(low_usd), formatUsd(high_usd)]),
  ]);
  return [
    ...formatTable(columns, rows),
    ...found.targets.flatMap(({ target, passes }) =>
      passes > 1 ? [`${target} is asked each request ${passes} times`] : [],
    ),
    `targets: about ${formatUsd(found.total_usd)}, at most about ${formatUsd(found.high_usd)}; retries come on top`,
    ...judgingLines(found.judging),
    ...scoringLines(found.scoring, { judges: found.judging !== undefined }),
    ...(found.time_ms === undefined
      ? ['time: not known, the log has no latencies']
      : [`time: about ${formatMs(found.time_ms)} at the recorded latencies, without judging`]),
    ...sizeLines(found),
    'nothing was sent',
  ];
}

function judgingLines(judging: Estimate['judging']): string[] {
  if (!judging) return [];
  const { judges, calls, cost_usd } = judging;
  const cost = cost_usd === undefined ? 'a price is not known' : `about ${formatUsd(cost_usd)}`;
  return [`judging: up to ${calls} questions to ${judges} judges, ${cost}; it comes on top`];
}

/** Whether the workload is large enough for its floor. */
function sizeLines({ needed, requests, floor }: Estimate): string[] {
  if (needed === undefined) return [];
  const plan = 'if one answer in ten differs and none is lost';
  const short =
    needed > requests ? `; with ${requests}, expect INCONCLUSIVE or allow a wider margin` : '';
  return [`the floor ${floor} needs about ${needed} requests to be certified, ${plan}${short}`];
}
