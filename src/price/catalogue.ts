import { type Usage as CatalogueUsage, calcPrice } from '@pydantic/genai-prices';
import type { Usage } from '../provider/answer/exchange.ts';
import type { PriceOverride } from '../provider/target/target.ts';
import { type Tokens, tokens, type Usd, usd } from '../units.ts';

/** The day on which the snapshot of prices inside @pydantic/genai-prices 0.1.8 was published. */
export const catalogueDate = '2026-09-23';

/** The version that `catalogueDate` belongs to; a test compares it with the one installed. */
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
  /** USD per million tokens; the first tier where there are several. */
  readonly price: PriceOverride;
  /** Input tokens from which the whole request costs more. */
  readonly longContextFrom?: Tokens;
  readonly contextTokens?: Tokens;
}

/**
 * What the catalogue makes of `usage` at the instant `at`, with its rules for cached tokens, long
 * contexts and the time of day; nothing where it has no such model, or no price for the service
 * tier that answered.
 */
export function cataloguePrice(listed: Listed, usage: Usage, at: Date): Usd | undefined {
  const factor = tierFactor(listed.provider, usage.serviceTier);
  const priced = look(listed, catalogueUsage(usage), at);
  return priced && factor !== undefined ? usd(priced.total_price * factor) : undefined;
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
  const [read, written] = [base('cache_read_mtok'), base('cache_write_mtok')];
  const input = prices.input_mtok;
  const step = typeof input === 'object' ? input.tiers[0]?.start : undefined;
  return {
    price: {
      input: base('input_mtok') ?? 0,
      output: base('output_mtok') ?? 0,
      ...(read !== undefined && { cached_input: read }),
      ...(written !== undefined && { cache_write: written }),
    },
    ...(step !== undefined && { longContextFrom: tokens(step) }),
    ...(model.context_window && { contextTokens: tokens(model.context_window) }),
  };
}

function look({ provider, model }: Listed, usage: CatalogueUsage, at: Date) {
  const by = provider === undefined ? {} : { providerId: provider };
  return calcPrice(usage, model, { ...by, timestamp: at }) ?? undefined;
}

/** Cached parts never exceed the whole: a provider that says so is believed as far as the whole. */
function catalogueUsage(usage: Usage): CatalogueUsage {
  const read = Math.min(usage.cachedTokens ?? 0, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - read);
  const hour = Math.min(usage.cacheWriteHourTokens ?? 0, written);
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: read,
    cache_write_tokens: written,
    ...(hour > 0 && { cache_write_1h_tokens: hour }),
  };
}

/** Tiers at which the list price holds. */
const plainTiers = ['default', 'auto', 'standard', 'on_demand'];

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

function tierFactor(provider: string | undefined, tier: string | undefined): number | undefined {
  if (tier === undefined || plainTiers.includes(tier)) return 1;
  if (provider === undefined) return undefined;
  return tierFactors[provider]?.[tier];
}
