import type { PriceOverride } from '../provider/target/target.ts';
import type { UnitName, Usage } from '../provider/usage/usage.ts';
import { type Usd, usd } from '../units.ts';

/** An amount, or the name of what has no price. */
export type Amount = { readonly usd: Usd } | { readonly unknown: string };

const perMillion = 1e-6;

/** Searches are billed each, all other units by the million tokens. */
const billedEach: ReadonlySet<UnitName> = new Set<UnitName>(['web_search', 'file_search']);

/** Where a unit lies: it leaves the plain input, the cached input or the output. */
export const unitPlaces: Readonly<Record<UnitName, 'input' | 'cached' | 'output' | 'apart'>> = {
  input_audio: 'input',
  input_image: 'input',
  input_video: 'input',
  cached_audio: 'cached',
  cached_image: 'cached',
  output_audio: 'output',
  output_image: 'output',
  output_video: 'output',
  web_search: 'apart',
  file_search: 'apart',
};

/** A part of the tokens and its price, both with the name under which it is missed. */
interface Term {
  readonly count: number;
  readonly rate: number | undefined;
  readonly name: string;
}

/**
 * The bill by the user's own price. Every class of tokens has a price of its own or none: cached
 * tokens at the input's price would be a wrong bill that looks right. Where the input is free, so is
 * every part of it.
 */
export function overridePrice(price: PriceOverride, usage: Usage): Amount {
  const rates = ratesFor(price, usage);
  if (isPlain(usage)) {
    const byTokens = usage.inputTokens * rates.input + usage.outputTokens * rates.output;
    return { usd: usd(byTokens * perMillion + (price.request ?? 0)) };
  }
  const read = Math.min(usage.cachedTokens ?? 0, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - read);
  const hour = Math.min(usage.cacheWriteHourTokens ?? 0, written);
  const units = usage.units ?? [];
  const sumIn = (place: 'input' | 'cached' | 'output') =>
    units.reduce((sum, { unit, count }) => sum + (unitPlaces[unit] === place ? count : 0), 0);
  // Audio that was cached is in the audio of the prompt as well.
  const inputUnits = Math.max(0, sumIn('input') - sumIn('cached'));
  const plain = usage.inputTokens - read - written - inputUnits;
  const { names = {} } = usage;
  const terms: readonly Term[] = [
    { count: Math.max(0, plain), rate: rates.input, name: 'input' },
    {
      count: Math.max(0, read - sumIn('cached')),
      rate: rates.cached_input ?? freeAs(rates.input),
      name: names.cached ?? 'cached_tokens',
    },
    {
      count: written - hour,
      rate: rates.cache_write ?? freeAs(rates.input),
      name: names.cacheWrite ?? 'cache_write_tokens',
    },
    {
      count: hour,
      rate: price.cache_write_1h ?? freeAs(rates.input),
      name: 'cache_creation.ephemeral_1h_input_tokens',
    },
    ...units
      .filter(({ unit }) => !billedEach.has(unit))
      .map(({ unit, count, field }): Term => {
        const place = unitPlaces[unit];
        const cached = place === 'cached' ? 0 : countCached(usage, unit);
        const free = freeAs(place === 'output' ? rates.output : rates.input);
        return { count: count - cached, rate: price[unit] ?? free, name: field };
      }),
    {
      count: Math.max(0, usage.outputTokens - sumIn('output')),
      rate: rates.output,
      name: 'output',
    },
  ];
  const each = units.filter(({ unit }) => billedEach.has(unit));
  const factor = factorFor(price, usage);
  const missing =
    terms.find(({ count, rate }) => count > 0 && rate === undefined)?.name ??
    each.find(({ unit }) => price[unit] === undefined)?.field ??
    (typeof factor === 'string' ? factor : undefined);
  if (missing !== undefined || typeof factor === 'string') return { unknown: missing ?? 'price' };
  const byTokens = terms.reduce((sum, { count, rate = 0 }) => sum + count * rate, 0) * perMillion;
  const apart = each.reduce((sum, { unit, count }) => sum + count * (price[unit] ?? 0), 0);
  return { usd: usd(byTokens * factor + apart + (price.request ?? 0)) };
}

/** Whether it counts nothing but input and output, as most do: then there is nothing to look up. */
function isPlain({ cachedTokens, cacheWriteTokens, units, terms }: Usage): boolean {
  return !cachedTokens && !cacheWriteTokens && units === undefined && terms === undefined;
}

/** The prices that hold for an input of this length. */
function ratesFor(price: PriceOverride, { inputTokens }: Usage) {
  const { long_context: long } = price;
  if (!long || inputTokens <= long.above) return price;
  return long;
}

/** The cached part of a modality, which is in the modality's own count as well. */
function countCached({ units = [] }: Usage, unit: UnitName): number {
  const cached = unit === 'input_audio' ? 'cached_audio' : 'cached_image';
  if (unit !== 'input_audio' && unit !== 'input_image') return 0;
  return units.reduce((sum, each) => sum + (each.unit === cached ? each.count : 0), 0);
}

const freeAs = (rate: number) => (rate === 0 ? 0 : undefined);

/** The factor of the terms that answered, or the first of them that the price does not name. */
function factorFor({ factors = {}, input, output }: PriceOverride, { terms = [] }: Usage) {
  if (input === 0 && output === 0) return 1;
  let factor = 1;
  for (const { field, value } of terms) {
    const name = `${field}=${value}`;
    const own = Object.hasOwn(factors, name) ? factors[name] : undefined;
    if (own === undefined) return name;
    factor *= own;
  }
  return factor;
}
