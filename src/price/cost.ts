import type { Target } from '../provider/target/target.ts';
import type { Usage } from '../provider/usage/usage.ts';
import { type Usd, usd } from '../units.ts';
import { cataloguePrice } from './catalogue.ts';
import { overridePrice } from './override.ts';

/** What an attempt cost, and who says so; or what of it nobody can price. */
export type Cost = KnownCost | UnknownCost;

export interface KnownCost {
  readonly cost: Usd;
  readonly source: 'reported' | 'override' | 'catalogue';
}

export interface UnknownCost {
  readonly cost?: undefined;
  readonly source?: undefined;
  /**
   * The field of the usage that has no price, by the provider's name; `price` where the model has
   * none at all.
   */
  readonly unknown: string;
}

/** What of a target its price depends on. */
export type Priced = Pick<Target, 'model' | 'price' | 'feePercent' | 'catalogue'>;

/** One thing to be priced, as of the instant `at`. */
export interface PriceQuery {
  readonly target: Priced;
  readonly usage: Usage;
  readonly at: Date;
}

/**
 * The bill of one attempt: what the provider reports, else the user's own price, else the
 * catalogue's; the aggregator's fee is part of it. A bill is explained or it is not known.
 */
export function priceBill(bill: PriceQuery): Cost {
  const { reportedCost } = bill.usage;
  if (reportedCost === undefined) return computedPrice(bill);
  return { cost: withFee(reportedCost, bill.target), source: 'reported' };
}

/** The bill by tokens and prices alone, whatever the provider reports. */
export function computedPrice({ target, usage, at }: PriceQuery): Cost {
  if (usage.unknown !== undefined) return { unknown: usage.unknown };
  const { price, catalogue, model } = target;
  if (!price && catalogue === undefined) return { unknown: 'price' };
  const amount = price
    ? overridePrice(price, usage)
    : cataloguePrice({ ...(catalogue !== undefined && { provider: catalogue }), model }, usage, at);
  if ('unknown' in amount) return amount;
  return { cost: withFee(amount.usd, target), source: price ? 'override' : 'catalogue' };
}

/** Reported against computed, where both are known and differ. */
export interface Mismatch {
  readonly reported: Usd;
  readonly computed: Usd;
}

/** A ten-thousandth covers the rounding of reported costs; what differs by more differs. */
const tolerance = 1e-4;

/** A mismatch is shown, never averaged away. */
export function findMismatch(bill: PriceQuery): Mismatch | undefined {
  const computed = computedPrice(bill).cost;
  if (bill.usage.reportedCost === undefined || computed === undefined) return undefined;
  const reported = withFee(bill.usage.reportedCost, bill.target);
  const apart = Math.abs(reported - computed) > tolerance * Math.max(reported, computed);
  return apart ? { reported, computed } : undefined;
}

function withFee(cost: Usd, { feePercent }: Priced): Usd {
  return feePercent === 0 ? cost : usd(cost * (1 + feePercent / 100));
}
