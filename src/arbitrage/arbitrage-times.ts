import type { OutcomeTable, TargetColumn } from '../outcome/table.ts';
import {
  type QuantileEstimate,
  quantileEstimate,
  subtractQuantiles,
} from '../statistics/quantile.ts';
import { roundMs } from '../units.ts';
import { findColumn } from './arbitrage-rows.ts';

/** Times in milliseconds with 95 % limits; absent where the sample is too small to have both. */
export interface RouteTimes {
  readonly p50?: QuantileEstimate;
  readonly p99?: QuantileEstimate;
}

/** Times to the first token. */
export function timesOfRoute({ ttft }: TargetColumn): RouteTimes {
  const sorted = (ttft[0] ?? new Float32Array()).filter(Number.isFinite).sort();
  return eachShare((share) => quantileEstimate(sorted, share));
}

/** What a route adds to the quantiles of the direct one, over the requests that both have times of. */
export function measureOverhead(table: OutcomeTable, route: string, direct: string): RouteTimes {
  const [[one], [other]] = [findColumn(table, route).ttft, findColumn(table, direct).ttft];
  if (!one || !other) return {};
  const rows = Int32Array.from(one.keys()).filter(
    (row) => Number.isFinite(one[row]) && Number.isFinite(other[row]),
  );
  const [ours, theirs] = [one, other].map((times) =>
    Float32Array.from(rows, (row) => times[row] as number).sort(),
  );
  return eachShare((share) => {
    const own = ours && quantileEstimate(ours, share);
    const base = theirs && quantileEstimate(theirs, share);
    return own && base && subtractQuantiles(own, base);
  });
}

function eachShare(of: (share: number) => QuantileEstimate | undefined): RouteTimes {
  const [p50, p99] = [of(0.5), of(0.99)];
  return { ...(p50 && { p50: rounded(p50) }), ...(p99 && { p99: rounded(p99) }) };
}

/** To microseconds, which is what is measured. */
function rounded({ estimate, low, high }: QuantileEstimate): QuantileEstimate {
  return { estimate: roundMs(estimate), low: roundMs(low), high: roundMs(high) };
}
