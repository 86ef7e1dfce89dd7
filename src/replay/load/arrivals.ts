import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type Ms, ms } from '../../units.ts';
import type { Load } from './plan.ts';

/**
 * When each request of one target should start, from the start of the run. Times are absolute, so a
 * late start never delays the next one, and they never decrease.
 */
export type Schedule = (arrival: Arrival) => Ms;

export interface Arrival {
  /** Recorded time from the earliest of the run, whichever target it was for; needed where recorded times are replayed. */
  readonly at?: Ms;
}

/** One target among those of the run; arrivals of the targets are interleaved. */
export interface Interleaving {
  readonly index: number;
  readonly of: number;
  readonly seed: number;
}

/** The schedule of one target, or nothing where the load is closed: then a free place is the start. */
export function scheduleFor(load: Load, place: Interleaving): Schedule | undefined {
  const { arrivals, ramp } = load;
  switch (arrivals.mode) {
    case 'closed':
      return undefined;
    case 'constant': {
      let count = 0;
      return () => ramped(arrivals.perSecond, ramp, place.index / place.of + count++);
    }
    case 'poisson': {
      const gap = exponential(place);
      let sum = 0;
      // Not rescaled to end at n / rate: that would take the bursts away.
      return () => {
        sum += gap();
        return ramped(arrivals.perSecond, ramp, sum);
      };
    }
    case 'recorded':
      return recorded(arrivals.speed);
  }
}

/**
 * The instant at which the `count`-th arrival is due, where the rate rises linearly over `ramp`:
 * the inverse of the integral of the rate.
 */
function ramped(perSecond: number, ramp: Ms, count: number): Ms {
  const rate = perSecond / 1_000;
  const inRamp = (rate * ramp) / 2;
  return ms(count < inRamp ? Math.sqrt((2 * ramp * count) / rate) : count / rate + ramp / 2);
}

/** Times between arrivals, in multiples of their mean: a stream of numbers of its own for each target. */
function exponential({ seed, index }: Interleaving): () => number {
  const generator = xoroshiro128plus(seed);
  // The seed of another run plus an index would give that run's arrivals; a jump is 2^64 numbers.
  for (let jumps = 0; jumps <= index; jumps++) generator.jump();
  return () => -Math.log(1 - uniformFloat64(generator));
}

function recorded(speed: number): Schedule {
  let last = 0;
  return ({ at = last * speed }) => {
    last = Math.max(last, at / speed);
    return ms(last);
  };
}
