import { tokens, usd } from '../units.ts';
import type { Usage } from './exchange.ts';
import { count, object } from './json.ts';

/**
 * Usage of the chat-completions wire. Cached tokens are a part of `prompt_tokens` and reasoning
 * tokens a part of `completion_tokens`. DeepSeek says `prompt_cache_hit_tokens`; OpenRouter adds
 * `cost`, which is money it took, and `cost_details.upstream_inference_cost` where the user's own
 * key paid the provider.
 */
export function chatUsage(raw: unknown): Usage | undefined {
  const usage = object(raw);
  const input = count(usage?.prompt_tokens);
  if (!usage || input === undefined) return undefined;
  const inside = object(usage.prompt_tokens_details);
  const cached = count(inside?.cached_tokens) ?? count(usage.prompt_cache_hit_tokens);
  const written = count(inside?.cache_write_tokens);
  const reasoning = count(object(usage.completion_tokens_details)?.reasoning_tokens);
  const cost = reportedCost(usage);
  return {
    inputTokens: tokens(input),
    outputTokens: tokens(count(usage.completion_tokens) ?? 0),
    ...(cached !== undefined && { cachedTokens: tokens(cached) }),
    ...(written !== undefined && { cacheWriteTokens: tokens(written) }),
    ...(reasoning !== undefined && { reasoningTokens: tokens(reasoning) }),
    ...(cost !== undefined && { reportedCost: usd(cost) }),
  };
}

function reportedCost(usage: Record<string, unknown>): number | undefined {
  const cost = count(usage.cost);
  if (usage.is_byok !== true) return cost;
  const upstream = count(object(usage.cost_details)?.upstream_inference_cost);
  return upstream === undefined ? cost : upstream + (cost ?? 0);
}
