import type { Target } from '../provider/target/target.ts';
import type { Usage, UsageTerm } from '../provider/usage/usage.ts';
import { type Tokens, type Usd, usd } from '../units.ts';
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
export interface Bill {
  readonly target: Priced;
  readonly usage: Usage;
  readonly at: Date;
}

/**
 * The bill of one attempt: what the provider reports, else the user's own price, else the
 * catalogue's; the aggregator's fee is part of it. A bill is explained or it is not known.
 */
export function priceBill(bill: Bill): Cost {
  const { reportedCost } = bill.usage;
  if (reportedCost === undefined) return computedPrice(bill);
  return { cost: withFee(reportedCost, bill.target), source: 'reported' };
}

/** The bill by tokens and prices alone, whatever the provider reports. */
export function computedPrice({ target, usage, at }: Bill): Cost {
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
export function findMismatch(bill: Bill): Mismatch | undefined {
  const computed = computedPrice(bill).cost;
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
  const costs = cases
    .flatMap((each) => dearestTerms(target).map((terms) => ({ ...each, terms })))
    .flatMap((usage) =>
      instants.map((instant) => computedPrice({ target, usage, at: instant }).cost),
    );
  const known = costs.filter((cost) => cost !== undefined);
  return known.length === 0 ? undefined : usd(Math.max(...known));
}

/** Terms that an answer may come under though nothing of the request says so, and the list price. */
function dearestTerms({ price, catalogue }: Priced): readonly (readonly UsageTerm[])[] {
  // A workspace may have a default place of inference; each factor of the user's own may hold.
  const geo = [{ field: 'inference_geo', value: 'us' }];
  if (!price) return catalogue === 'anthropic' ? [[], geo] : [[]];
  const own = Object.keys(price.factors ?? {}).map((name) => {
    const at = name.indexOf('=');
    return { field: name.slice(0, at), value: name.slice(at + 1) };
  });
  return [[], ...own.map((term) => [term])];
}

function withFee(cost: Usd, { feePercent }: Priced): Usd {
  return feePercent === 0 ? cost : usd(cost * (1 + feePercent / 100));
}
