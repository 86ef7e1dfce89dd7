import type { Usage } from '../provider/answer/exchange.ts';
import type { PriceOverride, Target } from '../provider/target/target.ts';
import { type Tokens, type Usd, usd } from '../units.ts';
import { cataloguePrice } from './catalogue.ts';

/** What an attempt cost, and who says so. */
export interface Cost {
  readonly cost: Usd;
  readonly source: 'reported' | 'override' | 'catalogue';
}

/** What of a target its price depends on. */
export type Priced = Pick<Target, 'model' | 'price' | 'feePercent' | 'catalogue'>;

/** One thing to be priced, as of the instant `at`. */
export interface Bill {
  readonly target: Priced;
  readonly usage: Usage;
  readonly at: Date;
}

/**
 * The bill of one attempt: what the provider reports, else the user's own price, else the
 * catalogue's; the aggregator's fee is part of it. Absent where nobody knows.
 */
export function priceOf(bill: Bill): Cost | undefined {
  const { reportedCost } = bill.usage;
  if (reportedCost === undefined) return computedPrice(bill);
  return { cost: withFee(reportedCost, bill.target), source: 'reported' };
}

/** The bill by tokens and prices alone, whatever the provider reports. */
export function computedPrice({ target, usage, at }: Bill): Cost | undefined {
  if (target.price) {
    return { cost: withFee(overridePrice(target.price, usage), target), source: 'override' };
  }
  if (target.catalogue === undefined) return undefined;
  const listed = cataloguePrice({ provider: target.catalogue, model: target.model }, usage, at);
  if (listed === undefined) return undefined;
  return { cost: withFee(listed, target), source: 'catalogue' };
}

/** Reported against computed, where both are known and differ. */
export interface Mismatch {
  readonly reported: Usd;
  readonly computed: Usd;
}

/** A ten-thousandth covers the rounding of reported costs; what differs by more differs. */
const tolerance = 1e-4;

/** A mismatch is shown, never averaged away. */
export function findMismatch(bill: Bill): Mismatch | undefined {
  const computed = computedPrice(bill)?.cost;
  if (bill.usage.reportedCost === undefined || computed === undefined) return undefined;
  const reported = withFee(bill.usage.reportedCost, bill.target);
  const apart = Math.abs(reported - computed) > tolerance * Math.max(reported, computed);
  return apart ? { reported, computed } : undefined;
}

/**
 * The most that one attempt can cost, to be reserved before it is sent: no cached read, all input
 * written to the cache where that is dearer, every allowed token written. Absent where the price
 * is not known.
 */
export function worstCaseCost(
  target: Priced,
  forecast: { readonly inputTokens: Tokens; readonly maxTokens: Tokens },
  at: Date,
): Usd | undefined {
  const { inputTokens, maxTokens: outputTokens } = forecast;
  const cases: readonly Usage[] = [
    { inputTokens, outputTokens },
    { inputTokens, outputTokens, cacheWriteTokens: inputTokens },
    {
      inputTokens,
      outputTokens,
      cacheWriteTokens: inputTokens,
      cacheWriteHourTokens: inputTokens,
    },
  ];
  // A price may change with the hour while the attempt runs.
  const instants = [at, new Date(at.getTime() + 3_600_000)];
  const costs = cases.flatMap((usage) =>
    instants.map((instant) => computedPrice({ target, usage, at: instant })?.cost),
  );
  const known = costs.filter((cost) => cost !== undefined);
  return known.length === 0 ? undefined : usd(Math.max(...known));
}

function withFee(cost: Usd, { feePercent }: Priced): Usd {
  return feePercent === 0 ? cost : usd(cost * (1 + feePercent / 100));
}

const perMillion = 1e-6;

/** Without a price of their own, cached reads and writes cost what input costs. */
function overridePrice(price: PriceOverride, usage: Usage): Usd {
  const read = Math.min(usage.cachedTokens ?? 0, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - read);
  const plain = usage.inputTokens - read - written;
  return usd(
    (plain * price.input +
      read * (price.cached_input ?? price.input) +
      written * (price.cache_write ?? price.input) +
      usage.outputTokens * price.output) *
      perMillion,
  );
}
