import type { SelfView } from '../../../command/measure/bench/view.ts';
import { formatMs } from '../../../units.ts';

/** arb's own error in one line; it fits into 80 columns while it is within the limit. */
export function selfLine(self: SelfView): string {
  const { loopLagP99, lateP99, gcMax, cpuShare, limit } = self;
  const figures = [
    `loop lag p99 ${formatMs(loopLagP99)}`,
    `late sends p99 ${formatMs(lateP99)}`,
    `GC ${formatMs(gcMax)}`,
    `CPU ${(100 * cpuShare).toFixed(0)} %`,
    ...(isOver(self) ? [`limit ${formatMs(limit)}`] : []),
  ];
  return `arb itself: ${figures.join(' · ')}`;
}

export const isOver = ({ loopLagP99, lateP99, limit }: SelfView) =>
  Math.max(loopLagP99, lateP99) > limit;
