import { tokens, usd } from '../../units.ts';
import { count, object } from '../../workload/json.ts';
import type { Usage } from '../answer/exchange.ts';

/**
 * Usage of the chat-completions wire. The rule is OpenAI's: cached tokens are a part of
 * `prompt_tokens`, reasoning tokens a part of `completion_tokens`. Where the numbers themselves say
 * that a provider counts otherwise, they are believed.
 */
export function chatUsage(raw: unknown, serviceTier?: string): Usage | undefined {
  const usage = object(raw);
  const prompt = count(usage?.prompt_tokens);
  if (!usage || prompt === undefined) return undefined;
  const inside = object(usage.prompt_tokens_details);
  // DeepSeek's and LiteLLM's own names come second.
  const cached =
    count(inside?.cached_tokens) ??
    count(usage.prompt_cache_hit_tokens) ??
    count(usage.cache_read_input_tokens);
  const written = count(inside?.cache_write_tokens) ?? count(usage.cache_creation_input_tokens);
  const reasoning = count(object(usage.completion_tokens_details)?.reasoning_tokens);
  const cost = reportedCost(usage);
  return {
    inputTokens: tokens(countInput(prompt, (cached ?? 0) + (written ?? 0))),
    outputTokens: tokens(countOutput(usage, prompt, reasoning)),
    ...(cached !== undefined && { cachedTokens: tokens(cached) }),
    ...(written !== undefined && { cacheWriteTokens: tokens(written) }),
    ...(reasoning !== undefined && { reasoningTokens: tokens(reasoning) }),
    ...(serviceTier && { serviceTier }),
    ...(cost !== undefined && { reportedCost: usd(cost) }),
  };
}

/** A part cannot exceed its whole: then the provider counts cached tokens beside the prompt. */
function countInput(prompt: number, cached: number): number {
  return cached > prompt ? prompt + cached : prompt;
}

/**
 * xAI counts reasoning beside `completion_tokens`, and Gemini's compatible endpoint counts thoughts
 * nowhere but in `total_tokens`; both bill them as output.
 */
function countOutput(
  usage: Record<string, unknown>,
  prompt: number,
  reasoning: number | undefined,
): number {
  const completion = count(usage.completion_tokens) ?? 0;
  const beside = (count(usage.total_tokens) ?? 0) - prompt - completion;
  return beside > 0 && (reasoning ?? beside) === beside ? completion + beside : completion;
}

/**
 * OpenRouter's `cost` is the money it took; where the user's own key paid the provider
 * (`is_byok`), that bill comes on top.
 */
function reportedCost(usage: Record<string, unknown>): number | undefined {
  const cost = count(usage.cost);
  if (usage.is_byok !== true) return cost;
  const upstream = count(object(usage.cost_details)?.upstream_inference_cost);
  return upstream === undefined ? cost : upstream + (cost ?? 0);
}
