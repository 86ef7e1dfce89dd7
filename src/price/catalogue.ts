import { type Usage as CatalogueUsage, calcPrice } from '@pydantic/genai-prices';
import type { Usage } from '../provider/exchange.ts';
import { type Usd, usd } from '../units.ts';

/** The day on which the snapshot of prices inside @pydantic/genai-prices 0.1.8 was published. */
export const catalogueDate = '2026-09-23';

/** The version that `catalogueDate` belongs to; a test compares it with the one installed. */
export const catalogueVersion = '0.1.8';

/** What the catalogue makes of `usage` at the instant `at`, or nothing where it has no such model. */
export function cataloguePrice(
  { provider, model }: { readonly provider: string; readonly model: string },
  usage: Usage,
  at: Date,
): Usd | undefined {
  const priced = calcPrice(catalogueUsage(usage), model, { providerId: provider, timestamp: at });
  return priced ? usd(priced.total_price) : undefined;
}

/** Cached parts never exceed the whole: a provider that says so is believed as far as the whole. */
function catalogueUsage(usage: Usage): CatalogueUsage {
  const read = Math.min(usage.cachedTokens ?? 0, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - read);
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: read,
    cache_write_tokens: written,
  };
}
