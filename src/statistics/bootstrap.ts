import type { Interval } from './proportion.ts';
import { dice } from './random.ts';

/** Draws for percentile limits: their own error is then below a tenth of the standard error. */
const draws = 2_000;

/**
 * Percentile limits of a ratio of sums, drawing whole clusters with replacement: Efron & Tibshirani,
 * An Introduction to the Bootstrap (1993), chapter 13. Rows of one session are drawn together.
 */
export function bootstrapRatio(
  { above, below }: { readonly above: Float64Array; readonly below: Float64Array },
  seed: number,
  alpha = 0.05,
): Interval {
  const roll = dice(seed);
  const n = above.length;
  const ratios = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let [top, bottom] = [0, 0];
    for (let i = 0; i < n; i++) {
      const cluster = roll(n);
      top += above[cluster] ?? 0;
      bottom += below[cluster] ?? 0;
    }
    ratios[draw] = bottom === 0 ? 0 : top / bottom;
  }
  ratios.sort();
  const at = (share: number) => ratios[Math.round(share * (draws - 1))] ?? 0;
  return { low: at(alpha / 2), high: at(1 - alpha / 2) };
}
