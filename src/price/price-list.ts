import { UsageError } from '../errors.ts';
import type { PriceOverride } from '../provider/target/target.ts';

/** Prices that somebody publishes: an aggregator's own list, a contract, yesterday's snapshot. */
export interface PriceList {
  /** File or address, for messages and evidence. */
  readonly source: string;
  /** As the list says it of itself. */
  readonly date?: string;
  /** USD per million tokens, by the model's id at that aggregator, or by a target's name. */
  readonly prices: ReadonlyMap<string, PriceOverride>;
}

/**
 * Reads a price list in any of the shapes that are about:
 * arb's own `{date, prices: {model: {input, output, cached_input, cache_write}}}` in USD per million;
 * a models endpoint `{data: [{id, pricing}]}` or a bare list, with `pricing` per token (`prompt`,
 * `completion`: OpenRouter and its kin) or per million (`input`, `output`: Together and its kin);
 * LiteLLM's `{model: {input_cost_per_token, output_cost_per_token}}`.
 * Entries without a price for tokens are left out; a list without any entry is a `UsageError`.
 */
export function parsePriceList(json: unknown, source: string): PriceList {
  const outer = record(json);
  const prices = new Map<string, PriceOverride>();
  for (const [id, entry] of listEntries(json)) {
    const price = priceOfEntry(entry);
    if (id !== undefined && price) prices.set(id, price);
  }
  if (prices.size === 0) {
    throw new UsageError(
      `${source}: no prices found. Give a list of models with "pricing" (OpenRouter, Together), LiteLLM's price map, or {"prices": {"MODEL": {"input": 3, "output": 15}}} in USD per million tokens.`,
    );
  }
  const date = typeof outer?.date === 'string' ? outer.date : undefined;
  return { source, ...(date !== undefined && { date }), prices };
}

/** The price of a target in a list: under its own name, else under that of its model. */
export function priceIn(
  { prices }: PriceList,
  { name, model }: { readonly name: string; readonly model: string },
): PriceOverride | undefined {
  return prices.get(name) ?? prices.get(model);
}

/** What became of one model's price. */
export type PriceChange =
  | { readonly kind: 'added'; readonly model: string; readonly after: PriceOverride }
  | { readonly kind: 'removed'; readonly model: string; readonly before: PriceOverride }
  | {
      readonly kind: 'changed';
      readonly model: string;
      readonly before: PriceOverride;
      readonly after: PriceOverride;
    };

const fields = ['input', 'output', 'cached_input', 'cache_write'] as const;

/** What changed from one list to another, by model. */
export function diffPrices(before: PriceList, after: PriceList): PriceChange[] {
  const models = [...new Set([...before.prices.keys(), ...after.prices.keys()])].sort();
  return models.flatMap((model): PriceChange[] => {
    const [was, is] = [before.prices.get(model), after.prices.get(model)];
    if (!was) return is ? [{ kind: 'added', model, after: is }] : [];
    if (!is) return [{ kind: 'removed', model, before: was }];
    const same = fields.every((field) => was[field] === is[field]);
    return same ? [] : [{ kind: 'changed', model, before: was, after: is }];
  });
}

type Entry = Readonly<Record<string, unknown>>;

function listEntries(json: unknown): [id: string | undefined, entry: Entry][] {
  const outer = record(json);
  const listed = Array.isArray(json) ? json : (outer?.data ?? outer?.models);
  if (Array.isArray(listed)) {
    return listed.flatMap((each): [string | undefined, Entry][] => {
      const entry = record(each);
      if (!entry) return [];
      return [[word(entry.id) ?? word(entry.model_name) ?? word(entry.model), entry]];
    });
  }
  return Object.entries(record(outer?.prices) ?? outer ?? {}).flatMap(([id, each]) => {
    const entry = record(each);
    return entry ? [[id, entry] as [string, Entry]] : [];
  });
}

/** One way to say a price: its names, and what makes USD per million tokens of its numbers. */
interface Dialect {
  readonly names: Readonly<Record<(typeof fields)[number], string>>;
  readonly perMillion: number;
}

const dialects: readonly Dialect[] = [
  {
    names: {
      input: 'prompt',
      output: 'completion',
      cached_input: 'input_cache_read',
      cache_write: 'input_cache_write',
    },
    perMillion: 1e6,
  },
  {
    names: {
      input: 'input_cost_per_token',
      output: 'output_cost_per_token',
      cached_input: 'cache_read_input_token_cost',
      cache_write: 'cache_creation_input_token_cost',
    },
    perMillion: 1e6,
  },
  {
    names: {
      input: 'input',
      output: 'output',
      cached_input: 'cached_input',
      cache_write: 'cache_write',
    },
    perMillion: 1,
  },
  {
    names: {
      input: 'input_per_1m',
      output: 'output_per_1m',
      cached_input: 'cached_input_per_1m',
      cache_write: 'cache_write_per_1m',
    },
    perMillion: 1,
  },
];

function priceOfEntry(entry: Entry): PriceOverride | undefined {
  const said = record(entry.pricing) ?? record(entry.model_info) ?? entry;
  for (const { names, perMillion } of dialects) {
    const dollars = (field: (typeof fields)[number]): number | undefined => {
      const value = amount(said[names[field]]);
      // 0.00000088 a token is 0.88 a million, and not 0.8799999999999999.
      return value === undefined ? undefined : Number((value * perMillion).toPrecision(12));
    };
    const [input, output] = [dollars('input'), dollars('output')];
    if (input === undefined || output === undefined) continue;
    const [cached, written] = [dollars('cached_input'), dollars('cache_write')];
    return {
      input,
      output,
      ...(cached !== undefined && { cached_input: cached }),
      ...(written !== undefined && { cache_write: written }),
    };
  }
  return undefined;
}

/** A number, or the text of one; OpenRouter says -1 where the price depends on what is chosen. */
function amount(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) {
    return undefined;
  }
  const parsed = Number(value);
  return Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function record(value: unknown): Entry | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Entry)
    : undefined;
}
