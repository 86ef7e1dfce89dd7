import type { Estimate } from '../../../index.ts';
import { formatMs, formatUsd } from '../../../index.ts';
import { formatTable } from '../../terminal/table.ts';

/** An estimate as lines for people. */
export function describeEstimate(found: Estimate): string[] {
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'about' },
    { title: 'answers half as long' },
    { title: 'twice as long' },
  ];
  const rows = found.targets.map(({ target, cost_usd, low_usd, high_usd }) =>
    cost_usd === undefined
      ? [target, 'no price known']
      : [target, formatUsd(cost_usd), formatUsd(low_usd), formatUsd(high_usd)],
  );
  return [
    ...formatTable(columns, rows),
    `${found.requests} requests to each target: about ${formatUsd(found.total_usd)}, at most about ${formatUsd(found.high_usd)}; retries and judging come on top`,
    ...(found.time_ms === undefined
      ? ['time: not known, the log has no latencies']
      : [`time: about ${formatMs(found.time_ms)} at the recorded latencies`]),
    ...(found.needed === undefined
      ? []
      : [
          `the floor needs about ${found.needed} requests to be certified, if one answer in ten differs and none is lost`,
        ]),
    'nothing was sent',
  ];
}
