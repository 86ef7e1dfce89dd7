import { catalogueDate } from '../../../price/catalogue.ts';
import {
  diffPrices,
  type PriceChange,
  type PriceList,
  priceIn,
} from '../../../price/price-list.ts';
import { type PriceSheet, priceSheet } from '../../../price/price-sheet.ts';
import type { PriceOverride, Target } from '../../../provider/target/target.ts';
import { loadConfig } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { type PricesByTarget, pricesByTarget, readPriceList } from './lists.ts';

/** Whose prices are shown, and what is put beside them. */
export interface PricesOptions {
  /** @default 'arb.yaml' */
  readonly config?: string;
  /** A price list: a file, an address, a run directory or the name of a provider that publishes one. */
  readonly list?: string;
}

/** What the targets cost, who says so, and as of when. */
export interface Prices {
  /** Day of the catalogue's snapshot. */
  readonly catalogue: string;
  /** Today. */
  readonly date: string;
  /** USD per million tokens, where the price is known. */
  readonly prices: PricesByTarget;
  readonly targets: readonly PricedTarget[];
  readonly list?: PriceList;
}

/** One target, what it costs, and what the given list says of it. */
export interface PricedTarget {
  readonly target: Target;
  readonly sheet?: PriceSheet;
  readonly listed?: PriceOverride;
}

type Surroundings = Pick<CommandContext, 'env' | 'now'>;

/** Prices of the targets of arb.yaml. @throws UsageError */
export async function readPrices(
  options: PricesOptions,
  { env, now }: Surroundings,
): Promise<Prices> {
  const { targets } = loadConfig(options.config);
  const at = now();
  const list = options.list === undefined ? undefined : await readPriceList(options.list, env);
  return {
    catalogue: catalogueDate,
    date: toDay(at),
    prices: pricesByTarget(targets, at),
    targets: targets.map((target) => {
      const sheet = priceSheet(target, at);
      const listed = list && priceIn(list, target);
      return { target, ...(sheet && { sheet }), ...(listed && { listed }) };
    }),
    ...(list && { list }),
  };
}

/** What changed from one price list to another, by target or model. */
export interface PriceDiff {
  readonly old: PriceList;
  readonly now: PriceList;
  readonly changes: readonly PriceChange[];
}

/** Compares `before` with `after`, or with the targets of arb.yaml today. @throws UsageError */
export async function comparePrices(
  [before, after]: readonly [before: string, after: string | undefined],
  { config }: Pick<PricesOptions, 'config'>,
  { env, now }: Surroundings,
): Promise<PriceDiff> {
  const given = await readPriceList(before, env);
  const lists =
    after === undefined
      ? againstToday(given, config, now())
      : { old: given, now: await readPriceList(after, env) };
  return { ...lists, changes: diffPrices(lists.old, lists.now) };
}

/** The targets today, and what the list given says of the same. */
function againstToday(given: PriceList, config: string | undefined, at: Date) {
  const { file, targets } = loadConfig(config);
  const prices = new Map(Object.entries(pricesByTarget(targets, at)));
  const now: PriceList = { source: file, date: toDay(at), prices };
  const listed = targets.flatMap((target): [string, PriceOverride][] => {
    const price = priceIn(given, target);
    return price ? [[target.name, price]] : [];
  });
  return { old: { ...given, prices: new Map(listed) }, now };
}

const toDay = (at: Date) => at.toISOString().slice(0, 10);
