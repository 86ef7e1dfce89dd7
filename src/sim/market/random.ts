import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Random numbers that belong to one place: same seed and same names, same numbers. */
export interface Draws {
  /** In [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * The draws of a place named by, for example, a target, a content hash and an attempt. Because the
 * place is hashed and no state is shared, the order in which places are asked does not matter.
 */
export function drawsFor(seed: number, ...place: readonly (string | number)[]): Draws {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...place]))
    .digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(state);
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    // Box-Muller; 1 - u keeps the logarithm's argument above 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** The standard normal's 99th percentile, which ties a log-normal's p99 to its p50. */
const z99 = 2.3263478740408408;

/** A draw from the log-normal with these percentiles; equal percentiles give a constant. */
export function logNormal(draws: Draws, p50: number, p99: number): number {
  if (p50 <= 0 || p99 === p50) return p50;
  return p50 * Math.exp((Math.log(p99 / p50) / z99) * draws.normal());
}
