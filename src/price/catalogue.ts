import { createRequire } from 'node:module';
import type { Usage as CatalogueUsage } from '@pydantic/genai-prices';
import type { PriceOverride } from '../provider/target/target.ts';
import type { UnitName, Usage } from '../provider/usage/usage.ts';
import { lookUp } from '../record.ts';
import { type Tokens, tokens, usd } from '../units.ts';
import type { Amount } from './override.ts';

/** Loaded at the first price that is looked up: 0.8 MB, and recorded costs need none of it. */
const load = createRequire(import.meta.url);

/** The day on which the snapshot of prices inside @pydantic/genai-prices 0.1.8 was published. */
export const catalogueDate = '2026-09-23';

/**
 * The version that `catalogueDate` belongs to; a test compares it with the one installed.
 * @internal exported for tests and benches
 */
export const catalogueVersion = '0.1.8';

/**
 * A model as the catalogue knows it: by the id of its provider there; without one, the provider that
 * the model's name tells.
 */
export interface Listed {
  readonly provider?: string;
  readonly model: string;
}

/** What the catalogue says of a model at one instant. */
export interface ListedPrice {
  /** USD per million tokens; of several tiers the first, and the second as `long_context`. */
  readonly price: PriceOverride;
  /** Input tokens from which the whole request costs more. */
  readonly longContextFrom?: Tokens;
  readonly contextTokens?: Tokens;
}

/**
 * What the catalogue makes of `usage` at the instant `at`, with its rules for cached tokens, other
 * modalities, long contexts, searches and the time of day; the name of what it has no price for;
 * `price` where it has no such model.
 */
export function cataloguePrice(listed: Listed, usage: Usage, at: Date): Amount {
  let priced: ReturnType<typeof look>;
  try {
    priced = look(listed, catalogueUsage(usage), at);
  } catch {
    // It refuses parts that exceed their wholes.
    return { unknown: usage.units?.[0]?.field ?? 'usage' };
  }
  if (!priced) return { unknown: 'price' };
  const { model_price: prices } = priced;
  const missing = findUnpriced(usage, prices, listed.provider);
  if (missing !== undefined) return { unknown: missing };
  const factor = termsFactor(listed, usage);
  if (typeof factor === 'string') return { unknown: factor };
  return { usd: usd(priced.total_price * factor + searchFees(usage, prices)) };
}

/** The model's entry, for tables and policies. */
export function listedPrice(listed: Listed, at: Date): ListedPrice | undefined {
  const found = look(listed, { input_tokens: 0, output_tokens: 0 }, at);
  if (!found) return undefined;
  const { model_price: prices, model } = found;
  const base = (name: string): number | undefined => {
    const price = prices[name];
    return typeof price === 'object' ? price.base : price;
  };
  const input = prices.input_mtok;
  const step = typeof input === 'object' ? input.tiers[0]?.start : undefined;
  const parts = Object.entries(listedParts).flatMap(([part, name]): [string, number][] => {
    const price = base(name);
    if (price === undefined) return [];
    return [[part, name.endsWith('_kcount') ? price / 1_000 : price]];
  });
  const far = (name: string): number | undefined => {
    const price = prices[name];
    return typeof price === 'object' ? (price.tiers[0]?.price ?? price.base) : price;
  };
  const [read, written] = [far('cache_read_mtok'), far('cache_write_mtok')];
  return {
    price: {
      ...Object.fromEntries(parts),
      input: base('input_mtok') ?? 0,
      output: base('output_mtok') ?? 0,
      ...(step !== undefined && {
        long_context: {
          above: step,
          input: far('input_mtok') ?? 0,
          output: far('output_mtok') ?? 0,
          ...(read !== undefined && { cached_input: read }),
          ...(written !== undefined && { cache_write: written }),
        },
      }),
    },
    ...(step !== undefined && { longContextFrom: tokens(step) }),
    ...(model.context_window && { contextTokens: tokens(model.context_window) }),
  };
}

function look({ provider, model }: Listed, usage: CatalogueUsage, at: Date) {
  const by = provider === undefined ? {} : { providerId: provider };
  const { calcPrice } = load('@pydantic/genai-prices') as typeof import('@pydantic/genai-prices');
  return calcPrice(usage, model, { ...by, timestamp: at }) ?? undefined;
}

/** The catalogue's names for what a price has beside input and output. */
const listedParts: Readonly<Record<string, string>> = {
  cached_input: 'cache_read_mtok',
  cache_write: 'cache_write_mtok',
  cache_write_1h: 'cache_write_1h_mtok',
  input_audio: 'input_audio_mtok',
  cached_audio: 'cache_audio_read_mtok',
  output_audio: 'output_audio_mtok',
  input_image: 'input_image_mtok',
  cached_image: 'cache_image_read_mtok',
  output_image: 'output_image_mtok',
  input_video: 'input_video_mtok',
  output_video: 'output_video_mtok',
  request: 'requests_kcount',
  web_search: 'web_searches_kcount',
  file_search: 'storage_searches_kcount',
};

/** The names of the units in the catalogue: of a usage and of a price. */
const catalogueUnits: Readonly<Record<UnitName, { usage: string; price: string }>> = {
  input_audio: { usage: 'input_audio_tokens', price: 'input_audio_mtok' },
  cached_audio: { usage: 'cache_audio_read_tokens', price: 'cache_audio_read_mtok' },
  output_audio: { usage: 'output_audio_tokens', price: 'output_audio_mtok' },
  input_image: { usage: 'input_image_tokens', price: 'input_image_mtok' },
  cached_image: { usage: 'cache_image_read_tokens', price: 'cache_image_read_mtok' },
  output_image: { usage: 'output_image_tokens', price: 'output_image_mtok' },
  input_video: { usage: 'input_video_tokens', price: 'input_video_mtok' },
  output_video: { usage: 'output_video_tokens', price: 'output_video_mtok' },
  web_search: { usage: 'web_searches', price: 'web_searches_kcount' },
  file_search: { usage: 'storage_searches', price: 'storage_searches_kcount' },
};

/** Searches are added by hand: a batch's discount is on its tokens. */
const searches: ReadonlySet<UnitName> = new Set<UnitName>(['web_search', 'file_search']);

/** Cached parts never exceed the whole: a provider that says so is believed as far as the whole. */
function catalogueUsage(usage: Usage): CatalogueUsage {
  const read = Math.min(usage.cachedTokens ?? 0, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - read);
  const hour = Math.min(usage.cacheWriteHourTokens ?? 0, written);
  const asked: Record<string, number> = {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: read,
    cache_write_tokens: written,
  };
  if (hour > 0) asked.cache_write_1h_tokens = hour;
  for (const { unit, count } of usage.units ?? []) {
    if (searches.has(unit)) continue;
    const { usage: name } = catalogueUnits[unit];
    const whole = unit.startsWith('output') ? usage.outputTokens : usage.inputTokens;
    asked[name] = Math.min(whole, (asked[name] ?? 0) + count);
  }
  return asked;
}

/**
 * Providers that take the input's price for what they see: their price pages give one price for
 * text, images and video of the input, but where the catalogue has an own one.
 */
const oneInputPrice: readonly string[] = ['google', 'openai', 'azure', 'anthropic', 'x-ai'];

/** Google's price pages name audio where it costs more, and else give one price for all input. */
const oneAudioPrice: readonly string[] = ['google'];

/** The first part of a usage that this entry has no price for, by the provider's name for it. */
function findUnpriced(
  usage: Usage,
  prices: Readonly<Record<string, unknown>>,
  provider = '',
): string | undefined {
  const lacks = (name: string) => prices[name] === undefined;
  const { cachedTokens = 0, cacheWriteTokens = 0, cacheWriteHourTokens = 0 } = usage;
  const { names = {} } = usage;
  // An entry without a price for cached tokens lists a model whose cache it does not know.
  if (cachedTokens > 0 && lacks('cache_read_mtok') && !isFree(prices)) {
    return names.cached ?? 'cached_tokens';
  }
  if (cacheWriteTokens > cacheWriteHourTokens && lacks('cache_write_mtok') && !isFree(prices)) {
    return names.cacheWrite ?? 'cache_write_tokens';
  }
  if (cacheWriteHourTokens > 0 && lacks('cache_write_1h_mtok')) {
    return 'cache_creation.ephemeral_1h_input_tokens';
  }
  // Its fee depends on what no usage says for certain; who takes one reports the cost.
  if (!lacks('requests_kcount')) return 'request fee';
  const known = (unit: UnitName) => {
    if (!lacks(catalogueUnits[unit].price)) return true;
    if (unit === 'input_audio') return oneAudioPrice.includes(provider);
    if (unit === 'cached_audio') {
      return oneAudioPrice.includes(provider) && lacks(catalogueUnits.input_audio.price);
    }
    const seen = unit === 'input_image' || unit === 'input_video' || unit === 'cached_image';
    return seen && oneInputPrice.includes(provider);
  };
  return usage.units?.find(({ unit }) => !known(unit))?.field;
}

const isFree = (prices: Readonly<Record<string, unknown>>) =>
  prices.input_mtok === 0 && prices.output_mtok === 0;

function searchFees(usage: Usage, prices: Readonly<Record<string, unknown>>): number {
  return (usage.units ?? []).reduce((sum, { unit, count }) => {
    const fee = searches.has(unit) ? prices[catalogueUnits[unit].price] : undefined;
    return sum + (typeof fee === 'number' ? (fee / 1_000) * count : 0);
  }, 0);
}

/**
 * Batch and flex at half the list price, as OpenAI, Anthropic, Google and xAI publish them. Priority
 * tiers have a price per model that the catalogue does not list.
 */
const tierFactors: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  openai: { flex: 0.5, batch: 0.5 },
  azure: { batch: 0.5 },
  anthropic: { batch: 0.5 },
  google: { flex: 0.5, batch: 0.5 },
  'x-ai': { batch: 0.5 },
  groq: { flex: 1, batch: 0.5 },
};

/** What the terms multiply the price of all tokens by, or the first that nobody documents. */
function termsFactor({ provider = '', model }: Listed, { terms = [] }: Usage): number | string {
  let factor = 1;
  for (const { field, value } of terms) {
    const own =
      field === 'service_tier' ? lookUp(lookUp(tierFactors, provider) ?? {}, value) : undefined;
    const here =
      own ?? (provider === 'anthropic' ? anthropicFactor(field, value, model) : undefined);
    if (here === undefined) return `${field}=${value}`;
    factor *= here;
  }
  return factor;
}

/**
 * Anthropic, "Data residency": inference in the US costs 1.1 times the list price of all tokens from
 * Opus 4.6 and Sonnet 4.6 on, and the list price on earlier models. "Fast mode": Opus 4.6 at $30 and
 * $150, six times its list price.
 */
function anthropicFactor(field: string, value: string, model: string): number | undefined {
  if (field === 'inference_geo' && value === 'us') return parseVersion(model) >= 4.6 ? 1.1 : 1;
  const fast = field === 'speed' && value === 'fast';
  return fast && /claude-opus-4-6\b/.test(model) ? 6 : undefined;
}

/** `claude-opus-4-8` is 4.8, `claude-3-5-haiku-20241022` 3.5, `claude-sonnet-4-20250514` 4. */
function parseVersion(model: string): number {
  const [, major = '0', minor = '0'] = /-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model) ?? [];
  return Number(`${major}.${minor}`);
}
