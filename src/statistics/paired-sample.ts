import { type Grouped, measureDesign } from './design-effect.ts';
import type { Paired } from './tango.ts';

/** A paired comparison as the score test takes it, with what is left of its rows' independence. */
export interface PairedSample extends Paired {
  readonly units: number;
  readonly designEffect: number;
  /** Share of pairs that differ. */
  readonly discordant: number;
  /** Mean difference new - old, of the values given. */
  readonly difference: number;
}

/** Sums up differences new - old, each between -1 and 1; weighted sums are scaled to effective rows. */
export function samplePairs(pairs: Grouped): PairedSample {
  const { value, weight } = pairs;
  const { mean, n, units, designEffect } = measureDesign(pairs);
  let [gains, losses, differ, total] = [0, 0, 0, 0];
  for (let row = 0; row < value.length; row++) {
    const w = weight ? (weight[row] as number) : 1;
    const change = value[row] as number;
    total += w;
    if (change > 0) gains += w * change;
    else losses -= w * change;
    if (change !== 0) differ += w;
  }
  const scale = total > 0 ? n / total : 0;
  return {
    n,
    gains: gains * scale,
    losses: losses * scale,
    units,
    designEffect,
    discordant: total > 0 ? differ / total : 0,
    difference: mean,
  };
}
