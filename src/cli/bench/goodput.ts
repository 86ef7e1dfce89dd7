import type { Config } from '../../index.ts';
import {
  type Features,
  formatSlo,
  type KeptSlo,
  matches,
  type Outcome,
  type TargetSummary,
  type When,
} from '../../index.ts';
import { percent } from '../table.ts';

/** An entry of `constraints.slo` in arb.yaml. */
export type ConfiguredSlo = Config['constraints']['slo'][number];

/** In the meter's terms. */
export function slosOf(slos: readonly ConfiguredSlo[]): KeptSlo['slo'][] {
  return slos.map(({ when, ...slo }) => ({ ...slo, ...(when && { when }) }));
}

/** Whether an SLO speaks of a request with these features, by the matcher of the policy's rules. */
export function concerns({ when }: KeptSlo['slo'], features: Features): boolean {
  // arb.yaml has lists of values only: they are conditions that a rule may have, too.
  return matches(when as When | undefined, features);
}

/** The features of a request that an earlier part of the run has on file. */
export function featuresOn({ features, task, input_tokens }: Outcome): Features {
  return {
    ...features,
    ...(task !== undefined && { task }),
    ...(input_tokens !== undefined && { input_tokens }),
  };
}

/** The share in time, and so many a second. */
export function goodputCell(goodput: TargetSummary['goodput']): string {
  if (goodput === undefined) return '';
  const { share, per_s } = goodput;
  return per_s === undefined ? percent(share) : `${percent(share)}, ${per_s.toFixed(1)}/s`;
}

/** For each SLO and target whether it was met; nothing where there are no SLOs. */
export function sloLines(targets: readonly TargetSummary[]): string[] {
  const slos = targets[0]?.slos ?? [];
  return slos.flatMap(({ slo: { at_most, ...slo } }, index) => [
    `SLO ${formatSlo({ ...slo, atMost: at_most })}`,
    ...targets.flatMap(({ target, slos: kept }) => {
      const found = kept?.[index];
      return found ? [`  ${target}: ${verdict(found)}`] : [];
    }),
  ]);
}

function verdict({ slo, good, of, share, interval, met }: KeptSlo): string {
  if (interval === undefined) return 'concerns none of its requests';
  const figures = `${good} of ${of} in time, ${percent(share)} (95 %: ${percent(interval.low)} to ${percent(interval.high)})`;
  const open = interval.low < slo.share && slo.share <= interval.high;
  return `${met ? 'met' : 'MISSED'}, ${figures}${open ? '; too few requests to be sure' : ''}`;
}
