import { UsageError } from '../errors.ts';
import type { LongContextPrice, PriceOverride } from '../provider/target/target.ts';

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

/** What changed from one list to another, by model. */
export function diffPrices(before: PriceList, after: PriceList): PriceChange[] {
  const models = [...new Set([...before.prices.keys(), ...after.prices.keys()])].sort();
  return models.flatMap((model): PriceChange[] => {
    const [was, is] = [before.prices.get(model), after.prices.get(model)];
    if (!was) return is ? [{ kind: 'added', model, after: is }] : [];
    if (!is) return [{ kind: 'removed', model, before: was }];
    return samePrice(was, is) ? [] : [{ kind: 'changed', model, before: was, after: is }];
  });
}

/** Every number of a price, in USD per million, by its name; those of a long context as `long_context.input`. */
export function listParts(price: PriceOverride): ReadonlyMap<string, number> {
  const nested = { ...price.long_context };
  const { factors = {}, long_context: _, ...flat } = price;
  const parts = [
    ...Object.entries(flat),
    ...Object.entries(nested).map(([name, value]) => [`long_context.${name}`, value] as const),
    ...Object.entries(factors),
  ];
  return new Map(parts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function samePrice(one: PriceOverride, other: PriceOverride): boolean {
  const [before, after] = [listParts(one), listParts(other)];
  return (
    before.size === after.size && [...before].every(([name, value]) => after.get(name) === value)
  );
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

/** What a list may say of a price: all but conditions, which no list states. */
type ListedPart = Exclude<keyof PriceOverride, 'long_context' | 'factors'>;

/** One way to say a price: its names, and what makes USD per million tokens of its numbers. */
interface Dialect {
  readonly names: { readonly [Part in ListedPart]?: string };
  readonly perMillion: number;
}

const dialects: readonly Dialect[] = [
  {
    names: {
      input: 'prompt',
      output: 'completion',
      cached_input: 'input_cache_read',
      cache_write: 'input_cache_write',
      input_audio: 'audio',
      cached_audio: 'input_audio_cache',
      request: 'request',
      web_search: 'web_search',
    },
    perMillion: 1e6,
  },
  {
    names: {
      input: 'input_cost_per_token',
      output: 'output_cost_per_token',
      cached_input: 'cache_read_input_token_cost',
      cache_write: 'cache_creation_input_token_cost',
      cache_write_1h: 'cache_creation_input_token_cost_above_1hr',
      input_audio: 'input_cost_per_audio_token',
      output_audio: 'output_cost_per_audio_token',
      cached_audio: 'cache_read_input_audio_token_cost',
      input_image: 'input_cost_per_image_token',
      output_image: 'output_cost_per_image_token',
      request: 'input_cost_per_request',
    },
    perMillion: 1e6,
  },
  {
    names: {
      input: 'input',
      output: 'output',
      cached_input: 'cached_input',
      cache_write: 'cache_write',
      cache_write_1h: 'cache_write_1h',
      input_audio: 'input_audio',
      cached_audio: 'cached_audio',
      output_audio: 'output_audio',
      input_image: 'input_image',
      cached_image: 'cached_image',
      output_image: 'output_image',
      input_video: 'input_video',
      output_video: 'output_video',
      request: 'request',
      web_search: 'web_search',
      file_search: 'file_search',
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

/** Billed by the piece, not by the million tokens; a list says 0 where there is no such fee. */
const byPiece: ReadonlySet<string> = new Set(['request', 'web_search', 'file_search']);

function priceOfEntry(entry: Entry): PriceOverride | undefined {
  const said = record(entry.pricing) ?? record(entry.model_info) ?? entry;
  for (const { names, perMillion } of dialects) {
    const price = new Map<string, number>();
    for (const [part, name] of Object.entries(names)) {
      const value = dollars(said[name], byPiece.has(part) ? 1 : perMillion);
      if (value !== undefined && !(value === 0 && byPiece.has(part))) price.set(part, value);
    }
    const [input, output] = [price.get('input'), price.get('output')];
    if (input === undefined || output === undefined) continue;
    const long = parseLongContext(said, perMillion);
    return { ...Object.fromEntries(price), input, output, ...(long && { long_context: long }) };
  }
  return undefined;
}

/** 0.00000088 a token is 0.88 a million, and not 0.8799999999999999. */
function dollars(value: unknown, times: number): number | undefined {
  const said = amount(value);
  return said === undefined ? undefined : Number((said * times).toPrecision(12));
}

/** arb's own `long_context`, or LiteLLM's names: `input_cost_per_token_above_200k_tokens`. */
function parseLongContext(said: Entry, perMillion: number): LongContextPrice | undefined {
  const own = record(said.long_context);
  const [key, thousands] =
    Object.keys(said)
      .map((name) => /^input_cost_per_token_above_(\d+)k_tokens$/.exec(name) ?? [])
      .find(([name]) => name !== undefined) ?? [];
  const from = (names: Readonly<Record<'input' | 'output' | 'read' | 'write', unknown>>) => ({
    input: dollars(names.input, perMillion),
    output: dollars(names.output, perMillion),
    read: dollars(names.read, perMillion),
    write: dollars(names.write, perMillion),
  });
  const suffix = `above_${thousands}k_tokens`;
  const found = own
    ? from({ input: own.input, output: own.output, read: own.cached_input, write: own.cache_write })
    : from({
        input: key === undefined ? undefined : said[key],
        output: said[`output_cost_per_token_${suffix}`],
        read: said[`cache_read_input_token_cost_${suffix}`],
        write: said[`cache_creation_input_token_cost_${suffix}`],
      });
  const above = own ? amount(own.above) : Number(thousands) * 1_000;
  if (above === undefined || found.input === undefined || found.output === undefined) {
    return undefined;
  }
  return {
    above,
    input: found.input,
    output: found.output,
    ...(found.read !== undefined && { cached_input: found.read }),
    ...(found.write !== undefined && { cache_write: found.write }),
  };
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
