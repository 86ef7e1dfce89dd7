import { binomialCdf } from './distribution/distributions.ts';
import { notWorseP } from './tango.ts';

/** Shares of losses looked at; ten times as many add at most 0.09 points to a size. */
const steps = 120;

interface Design {
  readonly n: number;
  readonly margin: number;
  readonly level: number;
}

/**
 * The largest probability, over everything the data may be like at the margin, that the score test
 * refutes a margin that is true: every pair of counts (gains, losses) with its trinomial weight.
 */
export function scoreTestSize({ n, margin, level }: Design): { size: number; losses: number } {
  const least = leastGains({ n, margin, level });
  let worst = { size: 0, losses: margin };
  // Shares of losses from the margin, where nothing is gained, to where no pair agrees.
  const most = (1 + margin) / 2;
  for (let step = 0; step <= steps; step++) {
    const losses = margin + (most - margin) * (step / steps) ** 2;
    const size = refutes(n, least, { losses, gains: losses - margin });
    if (size > worst.size) worst = { size, losses };
  }
  return worst;
}

/** For each count of losses the least count of gains that refutes; n + 1 where none does. */
function leastGains({ n, margin, level }: Design): Int32Array {
  const least = new Int32Array(n + 1);
  let gains = 0;
  for (let losses = 0; losses <= n; losses++) {
    while (gains <= n - losses && notWorseP({ n, gains, losses }, margin) > level) gains++;
    least[losses] = gains <= n - losses ? gains : n + 1;
  }
  return least;
}

/** Sum over losses of P(losses) P(gains >= least | losses). */
function refutes(
  n: number,
  least: Int32Array,
  share: { readonly losses: number; readonly gains: number },
): number {
  let total = 0;
  // P(0 losses), then by the ratio of neighbouring binomial terms.
  let weight = Math.log1p(-share.losses) * n;
  for (let losses = 0; losses <= n; losses++) {
    const rest = n - losses;
    const needed = least[losses] as number;
    if (needed <= rest && weight > -60) {
      const gain = Math.min(1, share.gains / (1 - share.losses));
      const below = needed === 0 ? 0 : binomialCdf(needed - 1, rest, gain);
      total += Math.exp(weight) * (1 - below);
    }
    weight += Math.log(rest / (losses + 1)) + Math.log(share.losses / (1 - share.losses));
  }
  return total;
}
