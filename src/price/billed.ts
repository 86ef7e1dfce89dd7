import type { Usage } from '../provider/usage/usage.ts';
import { tokens, type Usd, usd } from '../units.ts';
import { computedPrice, findMismatch, type Mismatch, type Priced } from './cost.ts';
import { type PriceList, priceIn } from './price-list.ts';

/** What is on file of an attempt and its bill: a part of a row of `attempts.jsonl`. */
export interface Billed {
  readonly billed_input_tokens?: number;
  readonly cached_tokens?: number;
  readonly cache_write_tokens?: number;
  readonly output_tokens?: number;
  readonly cost_usd?: number;
  readonly cost_source?: 'reported' | 'override' | 'catalogue';
  /** What the provider's usage has beside the counts above, read by its wire. */
  readonly read?: Usage | undefined;
}

/** A target by its name in arb.yaml, and what its price depends on. */
export type NamedPriced = Priced & { readonly name: string };

/** The usage of an attempt on file, or nothing where the provider sent none. */
export function readBilledUsage(row: Billed): Usage | undefined {
  const { billed_input_tokens, cached_tokens, cache_write_tokens, output_tokens } = row;
  if (billed_input_tokens === undefined || output_tokens === undefined) return undefined;
  const { units, terms, names, unknown, cacheWriteHourTokens } = row.read ?? {};
  return {
    ...(units && { units }),
    ...(terms && { terms }),
    ...(names && { names }),
    ...(unknown !== undefined && { unknown }),
    ...(cacheWriteHourTokens !== undefined && { cacheWriteHourTokens }),
    inputTokens: tokens(billed_input_tokens),
    outputTokens: tokens(output_tokens),
    ...(cached_tokens !== undefined && { cachedTokens: tokens(cached_tokens) }),
    ...(cache_write_tokens !== undefined && { cacheWriteTokens: tokens(cache_write_tokens) }),
  };
}

/**
 * What an attempt on file would have cost by `list`, whatever was reported then; nothing where the
 * list lacks the target and its model, or the attempt has no usage.
 */
export function priceAgain(row: Billed, target: NamedPriced, list: PriceList): Usd | undefined {
  const usage = readBilledUsage(row);
  const price = priceIn(list, target);
  // No instant matters: a list has one price for all hours.
  return (
    usage && price && computedPrice({ target: { ...target, price }, usage, at: new Date(0) }).cost
  );
}

/** The attempts of one target whose reported cost is not what tokens and prices make. */
export interface Mismatches {
  readonly target: string;
  readonly attempts: number;
  readonly reported_usd: number;
  readonly computed_usd: number;
}

/** Adds mismatches up as attempts end: shown beside the sums, never averaged away. */
export class MismatchBook {
  readonly #targets: ReadonlyMap<string, NamedPriced>;
  readonly #sums = new Map<string, Mismatches>();

  constructor(targets: readonly NamedPriced[]) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
  }

  add(row: Billed & { readonly target: string }, at: Date): void {
    const priced = this.#targets.get(row.target);
    const found = priced && mismatchIn(row, priced, at);
    if (!found) return;
    const { attempts = 0, reported_usd = 0, computed_usd = 0 } = this.#sums.get(row.target) ?? {};
    this.#sums.set(row.target, {
      target: row.target,
      attempts: attempts + 1,
      reported_usd: reported_usd + found.reported,
      computed_usd: computed_usd + found.computed,
    });
  }

  list(): readonly Mismatches[] {
    return [...this.#sums.values()];
  }
}

function mismatchIn(row: Billed, target: NamedPriced, at: Date): Mismatch | undefined {
  const usage = readBilledUsage(row);
  if (!usage || row.cost_source !== 'reported' || row.cost_usd === undefined) return undefined;
  // The fee is in the cost on file, and is added again to what was reported.
  const reportedCost = usd(row.cost_usd / (1 + target.feePercent / 100));
  return findMismatch({ target, usage: { ...usage, reportedCost }, at });
}
