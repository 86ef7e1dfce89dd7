import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/**
 * How many independent values an upper bound of the `share` quantile needs: the largest of n is one
 * with confidence 1 - share^n. 5, 11, 29, 59, 299 and 2,995 for p50 to p99.9.
 */
export function percentileSampleSize(share: number, confidence = 0.95): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(share));
}

/** What a paired comparison is expected to show. */
export interface PairedPlan {
  /** Share of pairs that differ. */
  readonly discordant: number;
  /** Mean difference new - old. */
  readonly difference: number;
  readonly margin: number;
}

/** The score test wants more than the normal plan; measured on the data of this project. */
const safety = 1.2;

/**
 * Pairs needed to show with 80 % power that the new way is not worse by `margin` or more:
 * 1.2 (z_alpha + z_power)^2 (p_disc - d^2) / (margin + d)^2. Undefined where no number would do.
 */
export function pairsNeeded(
  { discordant, difference, margin }: PairedPlan,
  { alpha = 0.05, power = 0.8 } = {},
): number | undefined {
  const distance = margin + difference;
  if (distance <= 0) return undefined;
  const z = normalQuantile(1 - alpha, 0, 1) + normalQuantile(power, 0, 1);
  const planned = (safety * z * z * (discordant - difference ** 2)) / distance ** 2;
  return Math.ceil(Math.max(planned, pairsWithoutDifference(margin, alpha)));
}

/**
 * Pairs below which even no difference at all proves nothing: Tango's statistic is then
 * sqrt(n margin / (1 - margin)), and the test is run at four fifths of the level.
 */
function pairsWithoutDifference(margin: number, alpha: number): number {
  if (margin <= 0 || margin >= 1) return 0;
  return (normalQuantile(1 - 0.8 * alpha, 0, 1) ** 2 * (1 - margin)) / margin;
}
