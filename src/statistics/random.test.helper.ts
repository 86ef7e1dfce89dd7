import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A whole number below `limit`, each as likely; the same seed gives the same numbers. */
export type Dice = (limit: number) => number;

export function dice(seed: number): Dice {
  const generator = xoroshiro128plus(seed);
  return (limit) => uniformInt(generator, 0, limit - 1);
}
