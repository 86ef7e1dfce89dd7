import type { JudgingEvent } from '../../../index.ts';
import { formatMs, formatUsd } from '../../../units.ts';

/** What judging says while it goes on, in one line. */
export function judgingLine(event: JudgingEvent): string {
  if (event.kind === 'asking') {
    return `judging, ${event.stage}: ${event.calls} questions to ask, ${event.cached} known`;
  }
  if (event.kind === 'judging-warning') return `warning: ${event.message}`;
  const { stage, done, calls, cost_usd, eta_ms } = event;
  const left = eta_ms === undefined ? '' : `, about ${formatMs(eta_ms)} left`;
  return `judging, ${stage}: ${done}/${calls}, spent ${formatUsd(cost_usd)}${left}`;
}
