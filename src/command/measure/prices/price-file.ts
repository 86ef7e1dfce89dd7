import type { PriceList } from '../../../price/price-list.ts';
import type { PriceDiff, PricedTarget, Prices } from './prices.ts';

/** Prices as a JSON price list, which `arb prices diff` reads. */
export function toPriceFile({ date, catalogue, prices, targets }: Prices): object {
  return { kind: 'prices', version: 1, date, catalogue, prices, targets: targets.map(toRow) };
}

function toRow({ target, sheet, listed }: PricedTarget): object {
  const { name, provider, model, via, usdPerMonth, feePercent } = target;
  return {
    target: name,
    provider,
    model,
    via,
    fee_percent: feePercent,
    usd_per_month: usdPerMonth,
    source: sheet?.source,
    date: sheet?.date,
    long_context_from_tokens: sheet?.longContextFrom,
    context_tokens: sheet?.contextTokens,
    hides: sheet?.hides,
    listed,
  };
}

/** A comparison for machines. */
export function toPriceDiffFile({ old, now, changes }: PriceDiff): object {
  return { old: toHead(old), new: toHead(now), changes };
}

const toHead = ({ source, date, prices }: PriceList) => ({ source, date, models: prices.size });
