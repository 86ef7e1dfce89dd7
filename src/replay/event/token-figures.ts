import type { Usage } from '../../provider/usage/usage.ts';

/** One count of tokens, from the provider's usage to the summary. */
interface TokenFigure {
  /** In a row of `attempts.jsonl`, and the column of `summary.csv`. */
  readonly field: `${string}_tokens`;
  /** Where the provider's usage has it. */
  readonly usage: keyof Usage;
  /** In `tokens` of `summary.json`, as a sum. */
  readonly total: string;
  /** Whether `summary.csv` has it. */
  readonly inCsv: boolean;
}

/**
 * Every count of tokens that arb keeps, in the order of the columns. A new one is an entry here and
 * its field in `Usage`: rows, sums, summaries and columns follow.
 */
export const tokenFigures = [
  { field: 'billed_input_tokens', usage: 'inputTokens', total: 'billed_input', inCsv: true },
  { field: 'cached_tokens', usage: 'cachedTokens', total: 'cached', inCsv: true },
  { field: 'cache_write_tokens', usage: 'cacheWriteTokens', total: 'cache_write', inCsv: false },
  { field: 'output_tokens', usage: 'outputTokens', total: 'output', inCsv: true },
  { field: 'reasoning_tokens', usage: 'reasoningTokens', total: 'reasoning', inCsv: true },
] as const satisfies readonly TokenFigure[];

export type TokenField = (typeof tokenFigures)[number]['field'];
export type TokenTotal = (typeof tokenFigures)[number]['total'];

/** The counts of one attempt; absent = the provider did not say. */
export type TokenCounts = { readonly [Field in TokenField]?: number };
