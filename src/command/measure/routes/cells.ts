import type { Arbitrage, Route, RouteFacts } from '../../../arbitrage/arbitrage.ts';
import { formatServers, partName } from '../../../arbitrage/route-names.ts';
import type { RouteCells } from '../../../store/route-cells.ts';

/** A target's figures as a route, flat: facts for all, comparisons where there is another route. */
export function routeCells(target: string, facts: RouteFacts, { models }: Arbitrage): RouteCells {
  const route = models.flatMap(({ routes }) => routes).find((each) => each.target === target);
  const { price, fee_percent, usd_per_month, served_by } = facts;
  return {
    model: facts.model,
    via: facts.via,
    ...(price && { price_input: price.input, price_output: price.output }),
    ...(fee_percent !== undefined && { fee_percent }),
    ...(usd_per_month !== undefined && { usd_per_month }),
    ...(route && comparison(route)),
    ...(served_by && { served_by: formatServers(facts) }),
  };
}

function comparison({ overhead_ms: over, difference, called_out }: Route): RouteCells {
  const { p50, p99 } = over ?? {};
  const whole = difference?.whole;
  return {
    ...(p50 && {
      ttft_overhead_p50_ms: p50.estimate,
      ttft_overhead_p50_low_ms: p50.low,
      ttft_overhead_p50_high_ms: p50.high,
    }),
    ...(p99 && {
      ttft_overhead_p99_ms: p99.estimate,
      ttft_overhead_p99_low_ms: p99.low,
      ttft_overhead_p99_high_ms: p99.high,
    }),
    ...(whole && {
      quality_difference: whole.estimate,
      quality_difference_low: whole.low,
      quality_difference_high: whole.high,
    }),
    ...(difference && {
      called_out: called_out.map(partName).join('; '),
    }),
  };
}
