import type { Route } from './arbitrage.ts';
import type { PartDifference } from './arbitrage-quality.ts';

/** Who served, the most frequent first: `DeepInfra 812; Fireworks 12`. */
export function formatServers({ served_by = {} }: Pick<Route, 'served_by'>): string {
  return Object.entries(served_by)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join('; ');
}

/** The part of the requests that a call is about. */
export function partName({ task, quality_kind }: PartDifference): string {
  const kind = quality_kind === undefined ? '' : ` (${quality_kind})`;
  return `${task ?? 'all requests'}${kind}`;
}
