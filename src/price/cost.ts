import type { Usage } from '../provider/exchange.ts';
import type { PriceOverride, Target } from '../provider/target.ts';
import { type Tokens, tokens, type Usd, usd } from '../units.ts';
import { cataloguePrice } from './catalogue.ts';

/** What an attempt cost, and who says so. */
export interface Cost {
  readonly cost: Usd;
  readonly source: 'reported' | 'override' | 'catalogue';
}

/** What of a target its price depends on. */
export type Priced = Pick<Target, 'model' | 'price' | 'feePercent' | 'catalogue'>;

/**
 * The bill of one attempt: what the provider reports, else the user's own price, else the
 * catalogue's at the instant `at`; the aggregator's fee is part of it. Absent where nobody knows.
 */
export function priceOf({
  target,
  usage,
  at,
}: {
  readonly target: Priced;
  readonly usage: Usage;
  readonly at: Date;
}): Cost | undefined {
  const fee = (cost: Usd): Usd => usd(cost * (1 + target.feePercent / 100));
  if (usage.reportedCost !== undefined) {
    return { cost: fee(usage.reportedCost), source: 'reported' };
  }
  if (target.price) return { cost: fee(overridePrice(target.price, usage)), source: 'override' };
  if (target.catalogue === undefined) return undefined;
  const listed = cataloguePrice({ provider: target.catalogue, model: target.model }, usage, at);
  return listed === undefined ? undefined : { cost: fee(listed), source: 'catalogue' };
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
  const plain = { inputTokens: forecast.inputTokens, outputTokens: forecast.maxTokens };
  const cases = [plain, { ...plain, cacheWriteTokens: forecast.inputTokens }];
  // A price may change with the hour while the attempt runs.
  const instants = [at, new Date(at.getTime() + 3_600_000)];
  const costs = cases.flatMap((usage) =>
    instants.map((instant) => priceOf({ target, usage, at: instant })?.cost),
  );
  const known = costs.filter((cost) => cost !== undefined);
  return known.length === 0 ? undefined : usd(Math.max(...known));
}

const perMillion = 1e-6;

/** Without a price of their own, cached reads and writes cost what input costs. */
function overridePrice(price: PriceOverride, usage: Usage): Usd {
  const read = tokens(Math.min(usage.cachedTokens ?? 0, usage.inputTokens));
  const written = tokens(Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - read));
  const plain = usage.inputTokens - read - written;
  return usd(
    (plain * price.input +
      read * (price.cached_input ?? price.input) +
      written * (price.cache_write ?? price.input) +
      usage.outputTokens * price.output) *
      perMillion,
  );
}
