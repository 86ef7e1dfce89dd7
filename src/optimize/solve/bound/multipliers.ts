import { floatAt } from '../../rows/at.ts';
import type { Problem } from './cells.ts';
import { type Master, openMaster } from './master.ts';
import { isFeasible, type Relaxed, relax } from './relax.ts';

/** The best Lagrange bound found, and the cheapest feasible solution met on the way to it. */
export interface Dual {
  readonly multipliers: Float64Array;
  readonly relaxed: Relaxed;
  /** Infinity where none was met. */
  readonly upper: number;
}

/**
 * Maximises the Lagrange bound over multipliers >= 0: exactly for one constraint, by column
 * generation for several. Whatever the multipliers are the bound is valid; a better one only
 * leaves less to search.
 */
export function bestMultipliers(problem: Problem): Dual {
  const zero = at(problem, new Float64Array(problem.bounds.length));
  if (isFeasible(problem, zero.relaxed.sums)) return zero;
  return problem.bounds.length === 1 ? bySecants(problem, zero) : byColumns(problem, zero);
}

function at(problem: Problem, multipliers: Float64Array): Dual {
  const relaxed = relax(problem, multipliers);
  const upper = isFeasible(problem, relaxed.sums) ? relaxed.cost : Infinity;
  return { multipliers, relaxed, upper };
}

/** The bound is concave and piecewise linear in one multiplier: walk to the kink at its top. */
function bySecants(problem: Problem, zero: Dual): Dual {
  const [bound = 0] = problem.bounds;
  const over = (dual: Dual) => floatAt(dual.relaxed.sums, 0) - bound;
  let low = zero;
  let high = at(problem, Float64Array.of(firstGuess(zero)));
  // Past every kink the sum is the least there is; if that is over the bound, nothing is feasible.
  for (let i = 0; i < 60 && over(high) > 0; i++) {
    low = high;
    high = at(problem, Float64Array.of(floatAt(high.multipliers, 0) * 8));
  }
  if (over(high) > 0) return high;
  for (let i = 0; i < 100; i++) {
    const slope = (high.relaxed.cost - low.relaxed.cost) / (over(low) - over(high));
    const middle = at(problem, Float64Array.of(slope));
    const line = low.relaxed.cost + slope * over(low);
    const done = middle.relaxed.lower >= line - 1e-12 * middle.relaxed.scale;
    if (over(middle) > 0) low = middle;
    else high = middle;
    if (done) return { ...middle, upper: Math.min(high.upper, middle.upper) };
  }
  return { ...low, upper: high.upper };
}

function firstGuess({ relaxed }: Dual): number {
  return Math.max(1, Math.abs(relaxed.cost)) / Math.max(1, Math.abs(floatAt(relaxed.sums, 0)));
}

/** More rounds were never needed on the data seen; stopping early costs speed, not exactness. */
const maxRounds = 200;

function byColumns(problem: Problem, zero: Dual): Dual {
  const master: Master = openMaster(problem, zero.relaxed);
  let top = zero;
  let upper = zero.upper;
  for (let round = 0; round < maxRounds; round++) {
    const { multipliers, value } = master.solve();
    const next = at(problem, multipliers);
    upper = Math.min(upper, next.upper);
    if (next.relaxed.lower > top.relaxed.lower) top = next;
    if (next.relaxed.lower >= value - 1e-9 * Math.abs(value) || !master.add(next.relaxed)) break;
  }
  return { ...top, upper };
}
