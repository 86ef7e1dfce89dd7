import type { KeptSlo } from '../../measure/goodput.ts';
import type { TargetSummary } from '../../measure/summary.ts';
import { formatSlo } from '../../optimize/problem/slo.ts';
import { formatPercent } from '../../units.ts';

/** The share in time, and so many a second. */
export function goodputCell(goodput: TargetSummary['goodput']): string {
  if (goodput === undefined) return '';
  const { share, per_s } = goodput;
  return per_s === undefined
    ? formatPercent(share)
    : `${formatPercent(share)}, ${per_s.toFixed(1)}/s`;
}

/** For each SLO and target whether it was met; nothing where there are no SLOs. */
export function sloLines(targets: readonly TargetSummary[]): string[] {
  const slos = targets[0]?.slos ?? [];
  return slos.flatMap(({ slo: { at_most, ...slo } }, index) => [
    `SLO ${formatSlo({ ...slo, atMost: at_most })}`,
    ...targets.flatMap(({ target, slos: kept }) => {
      const found = kept?.[index];
      return found ? [`  ${target}: ${describeSlo(found)}`] : [];
    }),
  ]);
}

/** One SLO of one target in words. */
export function describeSlo({ slo, good, of, share, interval, met }: KeptSlo): string {
  if (interval === undefined) return 'concerns none of its requests';
  const figures = `${good} of ${of} in time, ${formatPercent(share)} (95 %: ${formatPercent(interval.low)} to ${formatPercent(interval.high)})`;
  const open = interval.low < slo.share && slo.share <= interval.high;
  return `${met ? 'met' : 'MISSED'}, ${figures}${open ? '; too few requests to be sure' : ''}`;
}
