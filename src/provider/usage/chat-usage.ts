import { lookUp } from '../../record.ts';
import { tokens, usd } from '../../units.ts';
import { count, object } from '../../workload/json.ts';
import { type CountRule, readCounts, type UsageReading } from './count-reading.ts';
import { isCostField, readReportedCost } from './reported-cost.ts';
import type { Usage, UsageTerm } from './usage.ts';
import { type FieldTable, listFields, sortFields, toName, usageFields } from './usage-fields.ts';

const within: CountRule = { cache: 'within', reasoning: 'within' };

/**
 * What providers document of their own usage; of others nothing is taken for granted.
 * - OpenAI, "Prompt caching" and "Reasoning models": parts are within their wholes
 * - xAI, "Reasoning": `completion_tokens` leaves the reasoning out
 * - Google, "OpenAI compatibility": thoughts are in `total_tokens` only
 */
const rules: Readonly<Record<string, CountRule>> = {
  openai: within,
  'azure-openai': within,
  deepseek: within,
  mistral: within,
  qwen: within,
  groq: within,
  together: within,
  fireworks: within,
  openrouter: within,
  xai: { cache: 'within', reasoning: 'beside' },
  google: { cache: 'within', reasoning: 'beside', unnamedThoughts: true },
};

/** What is known beside the usage object itself. */
export interface UsageContext {
  /** Name of the preset whose rule holds; absent = no rule is known. */
  readonly provider?: string | undefined;
  /** The model that the answer names: Gemini counts its way behind whichever gateway. */
  readonly model?: string | undefined;
  /** The service tier where the answer says it outside of its usage. */
  readonly serviceTier?: string | undefined;
}

/**
 * The rule of the provider; of one that documents none OpenAI's, where it says its cached tokens in
 * OpenAI's own place, and none where it says them in a place of its own.
 */
function ruleFor(
  { provider = '', model = '' }: UsageContext,
  cached: string | undefined,
): CountRule | undefined {
  const known = lookUp(rules, provider);
  if (known) return known;
  if (/^(?:models\/|google\/)?gemini-/.test(model)) return rules.google;
  // DeepSeek's name, with its documented meaning wherever it is used: hits and misses make the prompt.
  const isWithin = /^prompt_(?:tokens_details|cache_hit_tokens)/.test(
    cached ?? 'prompt_tokens_details',
  );
  return isWithin ? within : undefined;
}

/**
 * Usage of the chat-completions wire, by the rule of its provider. `total_tokens` is a check: of the
 * ways to read the parts, the one that makes the total is taken.
 */
export function chatUsage(raw: unknown, context: UsageContext = {}): Usage | undefined {
  const usage = object(raw);
  const prompt = count(usage?.prompt_tokens);
  if (!usage || prompt === undefined) return undefined;
  const plain = context.serviceTier === undefined ? readPlain(usage, prompt) : undefined;
  if (plain) return plain;
  const input = object(usage.prompt_tokens_details) ?? {};
  const output = object(usage.completion_tokens_details) ?? {};
  const cached = firstCount(
    ['prompt_tokens_details.cached_tokens', input.cached_tokens],
    ['cached_tokens', usage.cached_tokens],
    ['prompt_cache_hit_tokens', usage.prompt_cache_hit_tokens],
    ['cache_read_input_tokens', usage.cache_read_input_tokens],
    ['num_cached_tokens', usage.num_cached_tokens],
  );
  const written = firstCount(
    ['prompt_tokens_details.cache_write_tokens', input.cache_write_tokens],
    ['prompt_tokens_details.cache_creation_tokens', input.cache_creation_tokens],
    ['prompt_tokens_details.cache_creation_input_tokens', input.cache_creation_input_tokens],
    ['cache_creation_input_tokens', usage.cache_creation_input_tokens],
  );
  const hour =
    count(object(usage.cache_creation)?.ephemeral_1h_input_tokens) ??
    count(object(input.cache_creation_token_details)?.ephemeral_1h_input_tokens);
  const reasoning = count(output.reasoning_tokens) ?? count(usage.reasoning_tokens);
  const reading = readCounts(
    {
      prompt,
      completion: count(usage.completion_tokens) ?? 0,
      cached: cached?.count ?? 0,
      written: written?.count ?? 0,
      reasoning: reasoning ?? 0,
      total: count(usage.total_tokens) || undefined,
    },
    ruleFor(context, cached?.field),
  );
  return {
    ...toCounts(reading, { cached, written, hour, reasoning }),
    ...explainUsage(usage, { table: usageFields['openai-chat'], reading, context }),
  };
}

/**
 * The usage that most servers send: two counts and their sum, of which there is one reading. It is read
 * in the thread that measures, where walking all fields took a fourteenth of the time of an answer.
 */
function readPlain(usage: Readonly<Record<string, unknown>>, prompt: number): Usage | undefined {
  for (const key in usage) {
    if (key !== 'prompt_tokens' && key !== 'completion_tokens' && key !== 'total_tokens') return;
  }
  const completion = count(usage.completion_tokens);
  if (completion === undefined) return undefined;
  const { total_tokens: total } = usage;
  if (total !== undefined && total !== prompt + completion) return undefined;
  return { inputTokens: tokens(prompt), outputTokens: tokens(completion) };
}

/** A count that was said, under the provider's name for it. */
interface NamedCount {
  readonly field: string;
  readonly count: number;
}

/** The largest of several names for one count: a provider that says two says the same twice, or 0. */
function firstCount(...names: readonly (readonly [field: string, value: unknown])[]) {
  let found: NamedCount | undefined;
  for (const [field, value] of names) {
    const said = count(value);
    if (said !== undefined && (!found || said > found.count)) found = { field, count: said };
  }
  return found;
}

interface PartCounts {
  readonly cached: NamedCount | undefined;
  readonly written: NamedCount | undefined;
  readonly hour: number | undefined;
  readonly reasoning: number | undefined;
}

/** The counts of a reading, with those parts that were said. */
export function toCounts(
  { input, output }: Pick<UsageReading, 'input' | 'output'>,
  { cached, written, hour, reasoning }: PartCounts,
): Usage {
  const names = {
    ...(cached && cached.count > 0 && { cached: cached.field }),
    ...(written && written.count > 0 && { cacheWrite: written.field }),
  };
  return {
    inputTokens: tokens(input),
    outputTokens: tokens(output),
    ...(cached && { cachedTokens: tokens(cached.count) }),
    ...(written && { cacheWriteTokens: tokens(written.count) }),
    ...(hour !== undefined && hour > 0 && { cacheWriteHourTokens: tokens(hour) }),
    ...(reasoning !== undefined && { reasoningTokens: tokens(reasoning) }),
    ...(Object.keys(names).length > 0 && { names }),
  };
}

/** The fields of a usage that say a condition under which tokens cost a multiple of the list price. */
const plainTerms: Readonly<Record<string, readonly string[]>> = {
  service_tier: ['default', 'auto', 'standard', 'on_demand', 'scale'],
  inference_geo: ['global', 'not_available'],
  speed: ['standard', 'normal'],
};

/** Gemini's names for the same, in the words of the others. */
const termNames: Readonly<Record<string, string>> = {
  trafficType: 'service_tier',
  serviceTier: 'service_tier',
};

/** Gemini's traffic types are tiers: `ON_DEMAND_FLEX` is `flex`. */
function toTerm(path: string, value: string): UsageTerm {
  const field = lookUp(termNames, path) ?? path;
  const plain = value.toLowerCase().replace(/^on_demand_(?=.)/, '');
  return { field, value: toName(plain) };
}

/** What of a usage is billed apart, on what terms, for how much as reported, and what nobody knows. */
export function explainUsage(
  usage: Readonly<Record<string, unknown>>,
  about: {
    readonly table: FieldTable;
    readonly reading: Pick<UsageReading, 'unknown' | 'assumed'>;
    readonly context: UsageContext;
  },
): Partial<Usage> {
  const { table, reading, context } = about;
  const fields = listFields(usage).filter(({ path }) => !isCostField(path));
  const { units, unknown } = sortFields(fields, table);
  const said = fields.flatMap(({ path, value }) =>
    table[path] === 'term' ? [toTerm(path, String(value))] : [],
  );
  const tier = context.serviceTier;
  if (tier !== undefined && !said.some(({ field }) => field === 'service_tier')) {
    said.push(toTerm('service_tier', tier));
  }
  const terms = said.filter(({ field, value }) => !lookUp(plainTerms, field)?.includes(value));
  const cost = readReportedCost(usage);
  const notKnown = cost.state === 'unreadable' ? cost.field : (unknown ?? reading.unknown);
  return {
    ...(units.length > 0 && { units }),
    ...(terms.length > 0 && { terms }),
    ...(notKnown !== undefined && { unknown: notKnown }),
    ...(reading.assumed !== undefined && { assumed: reading.assumed }),
    ...(cost.state === 'read' && { reportedCost: usd(cost.usd) }),
  };
}
