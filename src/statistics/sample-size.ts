import { normalQuantile } from './distribution/distributions.ts';
import { scoreLevel } from './tango.ts';

/** What a paired comparison is expected to show. */
export interface PairedPlan {
  /** Share of pairs that differ. */
  readonly discordant: number;
  /** Mean difference new - old. */
  readonly difference: number;
  readonly margin: number;
}

/** Normal plans promise less power than they have: measured on fresh draws of the data of this project. */
const safety = 1.3;

/**
 * Pairs needed to show with 80 % power that the new way is not worse by `margin` or more:
 * 1.3 (z_alpha + z_power)^2 (p_disc - d^2) / (margin + d)^2. Undefined where no number would do.
 */
export function pairsNeeded(
  { discordant, difference, margin }: PairedPlan,
  { alpha = 0.05, power = 0.8 } = {},
): number | undefined {
  const distance = margin + difference;
  if (distance <= 0) return undefined;
  const z = normalQuantile(1 - alpha, 0, 1) + normalQuantile(power, 0, 1);
  const planned = (safety * z * z * (discordant - difference ** 2)) / distance ** 2;
  return Math.ceil(Math.max(planned, pairsWithoutDifference(margin, { alpha, n: planned })));
}

/**
 * Pairs below which even no difference at all proves nothing: Tango's statistic is then
 * sqrt(n margin / (1 - margin)), and the level is that of a test of `n` units.
 */
export function pairsWithoutDifference(
  margin: number,
  { alpha, n }: { readonly alpha: number; readonly n: number },
): number {
  if (margin >= 1) return 0;
  if (margin <= 0) return Infinity;
  return (normalQuantile(1 - scoreLevel(n, alpha), 0, 1) ** 2 * (1 - margin)) / margin;
}

/**
 * By how many standard errors an estimate is taken to flatter, and the power asked for then: with
 * these the number was enough in 80 % of fresh draws at the least in each of eleven settings. Limits of
 * slow requests are near the estimate more often than floors are, and so need more.
 */
const doubt = { pairs: 0.6, rows: 1 } as const;
const surePower = 0.85;

/** How many are needed by an estimate that may be off. */
export interface Needed {
  /** As estimated, with 80 % power; absent where no number would do. */
  readonly likely?: number;
  /**
   * Where the estimate flatters by a part of its standard error, with 85 % power; absent where no number
   * would do then: the estimate is too uncertain to say how many are enough.
   */
  readonly enough?: number;
}

/** `pairsNeeded` for a plan that was estimated from so many independent pairs; see `Needed`. */
export function pairsRange(
  plan: PairedPlan & { readonly pairs: number },
  { alpha = 0.05, tests = 1 } = {},
): Needed {
  const { discordant, difference, margin, pairs } = plan;
  // One more pair that is lost: where none was, one may be.
  const [n, spread] = [pairs + 1, (pairs * discordant + 1) / (pairs + 1)];
  const mean = (pairs * difference - 1) / n;
  const error = Math.sqrt(Math.max(0, spread - mean * mean) / n);
  const sober = { discordant: spread, difference: mean - doubt.pairs * error, margin };
  return toNeeded(
    pairsNeeded({ discordant, difference, margin }, { alpha }),
    pairsNeeded(sober, { alpha, power: 1 - (1 - surePower) / tests }),
  );
}

function toNeeded(likely: number | undefined, enough: number | undefined): Needed {
  return { ...(likely !== undefined && { likely }), ...(enough !== undefined && { enough }) };
}

/** What a share of hits is expected to be, and the limit it is to be shown to be below. */
export interface SharePlan {
  readonly share: number;
  readonly limit: number;
}

/**
 * Rows needed to show with 80 % power, by the exact binomial, that a share of hits is below its limit:
 * the normal plan ((z_alpha sqrt(L (1 - L)) + z_power sqrt(s (1 - s))) / (L - s))^2 with a continuity
 * correction (Fleiss, Levin & Paik, 2003, section 2.5), times the same 1.3. Undefined where no number
 * would do.
 */
export function rowsNeeded(
  { share, limit }: SharePlan,
  { alpha = 0.05, power = 0.8 } = {},
): number | undefined {
  const distance = limit - share;
  if (distance <= 0) return undefined;
  const spread = (p: number) => Math.sqrt(p * (1 - p));
  const z =
    normalQuantile(1 - alpha, 0, 1) * spread(limit) + normalQuantile(power, 0, 1) * spread(share);
  const planned = (z / distance) ** 2;
  const corrected = (planned / 4) * (1 + Math.sqrt(1 + 2 / (planned * distance))) ** 2;
  // With no hit at all the exact p is (1 - limit)^n.
  const fewest = Math.log(alpha) / Math.log(1 - limit);
  return Math.ceil(Math.max(safety * corrected, fewest));
}

/** `rowsNeeded` for a share that was estimated from so many independent rows; see `Needed`. */
export function rowsRange(
  plan: SharePlan & { readonly rows: number },
  { alpha = 0.05, tests = 1 } = {},
): Needed {
  const { share, limit, rows } = plan;
  const mean = Math.min(1, (rows * share + 1) / (rows + 1));
  const error = Math.sqrt((mean * (1 - mean)) / (rows + 1));
  return toNeeded(
    rowsNeeded({ share, limit }, { alpha }),
    rowsNeeded(
      { share: Math.min(1, mean + doubt.rows * error), limit },
      { alpha, power: 1 - (1 - surePower) / tests },
    ),
  );
}
