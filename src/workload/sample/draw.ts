import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Frame } from './frame.ts';

/** How a sample is spread over the strata. */
export type Spread =
  /** In proportion to the traffic: every request stands for as many as every other. */
  | 'proportional'
  /** Small strata get more than their share; weights make up for it. */
  | 'balanced';

export interface DrawOptions {
  /** Units expected per unit of traffic, above 0. */
  readonly share: number;
  readonly spread: Spread;
  readonly seed: number;
}

/** The units that were drawn, each with what it stands for: 1 = as many units as the mean one. */
export type Drawn = ReadonlyMap<number, number>;

/**
 * Ordered pivotal sampling (Deville & Tillé, 1998; Chauvet, 2012) with probabilities in proportion to
 * recorded weight, along a list sorted by stratum, length and time: each of them has its share of the
 * sample, to within two units. What is certain to be drawn more than once is drawn once, with that
 * weight.
 */
export function drawUnits(frame: Frame, { share, spread, seed }: DrawOptions): Drawn {
  // Seeds next to each other give streams that are alike for long.
  const mixed = createHash('sha256').update(`sample/${seed}`).digest().readInt32BE(0);
  const random = xoroshiro128plus(mixed);
  const factors = spread === 'balanced' ? balance(frame) : undefined;
  const drawn = new Map<number, number>();
  let left: Left | undefined;
  for (const unit of sortUnits(frame)) {
    const factor = factors?.[frame.stratum[unit] as number] ?? 1;
    const chance = share * (frame.weight[unit] as number) * factor;
    const coming = { unit, chance, weight: Math.max(1, chance) / factor };
    if (chance >= 1) {
      drawn.set(unit, coming.weight);
      continue;
    }
    const met: { taken?: Left; left: Left } = left
      ? duel(left, coming, uniformFloat64(random))
      : { left: coming };
    if (met.taken) drawn.set(met.taken.unit, met.taken.weight);
    left = met.left;
  }
  if (left && uniformFloat64(random) < left.chance) drawn.set(left.unit, left.weight);
  return factors ? rescale(drawn) : drawn;
}

/** The unit that is not decided yet. */
interface Left {
  readonly unit: number;
  readonly chance: number;
  readonly weight: number;
}

/** One of two units is decided, so that each keeps its chance; the other takes what is over. */
function duel(a: Left, b: Left, random: number): { readonly taken?: Left; readonly left: Left } {
  const sum = a.chance + b.chance;
  if (sum < 1) {
    const stays = random * sum < b.chance ? b : a;
    return { left: { ...stays, chance: sum } };
  }
  const isFirst = random * (2 - sum) < 1 - b.chance;
  const [taken, left] = isFirst ? [a, b] : [b, a];
  return { taken, left: { ...left, chance: sum - 1 } };
}

function sortUnits({ stratum, tokens, at }: Frame): Uint32Array {
  // Lengths within a factor of two are one class: within it the order is that of time.
  const classes = tokens.map((each) => Math.floor(Math.log2(each + 1)));
  const order = Uint32Array.from(stratum, (_, unit) => unit);
  return order.sort(
    (a, b) =>
      (stratum[a] as number) - (stratum[b] as number) ||
      (classes[a] as number) - (classes[b] as number) ||
      (at[a] as number) - (at[b] as number) ||
      a - b,
  );
}

/**
 * By stratum: by how much more often than in proportion it is drawn. Power allocation with exponent
 * 1/2 (Bankier, 1988): the sample of a stratum grows with the root of its traffic.
 */
function balance({ stratum, weight, strata }: Frame): number[] {
  const traffic = new Array<number>(strata.length).fill(0);
  stratum.forEach((code, unit) => {
    traffic[code] = (traffic[code] ?? 0) + (weight[unit] as number);
  });
  const total = traffic.reduce((sum, each) => sum + each, 0);
  const roots = traffic.reduce((sum, each) => sum + Math.sqrt(each), 0);
  return traffic.map((each) => (Math.sqrt(each) / roots) * (total / each));
}

/** Weights whose mean is 1. */
function rescale(drawn: Map<number, number>): Drawn {
  const sum = [...drawn.values()].reduce((total, weight) => total + weight, 0);
  const mean = sum / Math.max(1, drawn.size);
  return new Map([...drawn].map(([unit, weight]) => [unit, weight / mean]));
}

/** Rows without weights that prove as much as these with theirs: (sum w)^2 / sum w^2 (Kish, 1965). */
export function effectiveSize(weights: Iterable<number>): number {
  let sum = 0;
  let squares = 0;
  for (const weight of weights) {
    sum += weight;
    squares += weight ** 2;
  }
  return squares === 0 ? 0 : sum ** 2 / squares;
}
