import type { Tokens, Usd } from '../../units.ts';

/**
 * Tokens as billed, in one form for all providers: cached tokens are a part of `inputTokens`, and
 * reasoning tokens a part of `outputTokens`.
 */
export interface Usage {
  /** All billed input, cached reads and cache writes included. */
  readonly inputTokens: Tokens;
  /** Read from the prompt cache. */
  readonly cachedTokens?: Tokens;
  /** Written to the prompt cache. */
  readonly cacheWriteTokens?: Tokens;
  /** The part of them that is kept for an hour, at a price of its own (Anthropic). */
  readonly cacheWriteHourTokens?: Tokens;
  /** All billed output, reasoning included. */
  readonly outputTokens: Tokens;
  readonly reasoningTokens?: Tokens;
  /** What is billed at a rate of its own, each under the provider's name for it; absent = nothing. */
  readonly units?: readonly UsageUnit[];
  /** What scales the price of all tokens: the service tier, the place, the speed; absent = list. */
  readonly terms?: readonly UsageTerm[];
  /** The provider's names of the cached and the written tokens, for messages. */
  readonly names?: { readonly cached?: string; readonly cacheWrite?: string };
  /**
   * The field of the provider's usage that nothing explains, so that the cost is not known:
   * `num_sources_used`; `total_tokens` where no reading of the parts makes the total.
   */
  readonly unknown?: string;
  /**
   * The field that can be read in two ways, neither of which the provider documents: it was read in
   * the dearer one.
   */
  readonly assumed?: string;
  /** What the provider says this request cost. */
  readonly reportedCost?: Usd;
}

/** What can be billed apart from text tokens. Tokens are inside of the input or the output. */
export type UnitName =
  | 'input_audio'
  | 'cached_audio'
  | 'output_audio'
  | 'input_image'
  | 'cached_image'
  | 'output_image'
  | 'input_video'
  | 'output_video'
  | 'web_search'
  | 'file_search';

export interface UsageUnit {
  readonly unit: UnitName;
  /** Tokens, or the number of searches. */
  readonly count: number;
  /** The provider's name for it: `prompt_tokens_details.audio_tokens`. */
  readonly field: string;
}

/** One condition under which tokens cost a multiple of the list price: `service_tier=flex`. */
export interface UsageTerm {
  readonly field: string;
  readonly value: string;
}
