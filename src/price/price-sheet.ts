import type { PriceOverride } from '../provider/target/target.ts';
import type { Tokens } from '../units.ts';
import { catalogueDate, type ListedPrice, listedPrice } from './catalogue.ts';
import type { Priced } from './cost.ts';

/** What a target costs per million tokens, who says so, and as of when; the fee is beside it. */
export interface PriceSheet extends Omit<ListedPrice, 'price'> {
  readonly price: PriceOverride;
  readonly source: 'override' | 'catalogue';
  /** Day of the snapshot; absent for the user's own prices. */
  readonly date?: string;
  readonly feePercent: number;
  /** What the catalogue says where the user's own price hides it. */
  readonly hides?: PriceOverride;
}

/** The context window that the catalogue knows of a target's model. */
export function knownContext({ catalogue, model }: Priced): Tokens | undefined {
  if (catalogue === undefined) return undefined;
  // The window depends on no instant, the price beside it does.
  return listedPrice({ provider: catalogue, model }, new Date(0))?.contextTokens;
}

/** The price of a target at the instant `at`, or nothing where nobody knows it. */
export function priceSheet(target: Priced, at: Date): PriceSheet | undefined {
  const { catalogue, model, price, feePercent } = target;
  const listed =
    catalogue === undefined ? undefined : listedPrice({ provider: catalogue, model }, at);
  if (price) {
    const context = listed?.contextTokens;
    return {
      price,
      source: 'override',
      feePercent,
      ...(context !== undefined && { contextTokens: context }),
      ...(listed && { hides: listed.price }),
    };
  }
  return listed && { ...listed, source: 'catalogue', date: catalogueDate, feePercent };
}
