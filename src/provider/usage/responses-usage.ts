import { lookUp } from '../../record.ts';
import { count, list, object } from '../../workload/json.ts';
import { explainUsage, toCounts, type UsageContext } from './chat-usage.ts';
import { type CountRule, readCounts } from './count-reading.ts';
import type { Usage, UsageUnit } from './usage.ts';
import { usageFields } from './usage-fields.ts';

/** OpenAI, "Responses": parts are within their wholes, as in chat completions. */
const rule: CountRule = { cache: 'within', reasoning: 'within' };

/**
 * Kinds of output items that a fee of their own is taken for; of those without a unit the fee
 * depends on what a usage does not say. Calls of the caller's own functions cost their tokens only.
 */
const itemFees: Readonly<Record<string, UsageUnit['unit'] | 'unknown'>> = {
  web_search_call: 'web_search',
  file_search_call: 'file_search',
  code_interpreter_call: 'unknown',
  image_generation_call: 'unknown',
};

/**
 * Usage of the Responses wire.
 * @param output the items of the answer; a search among them is billed by the call.
 */
export function responsesUsage(
  raw: Record<string, unknown> | undefined,
  output: unknown,
  context: UsageContext,
): Usage | undefined {
  const input = count(raw?.input_tokens);
  if (!raw || input === undefined) return undefined;
  const details = object(raw.input_tokens_details) ?? {};
  const cached = count(details.cached_tokens);
  const written = count(details.cache_write_tokens);
  const reasoning = count(object(raw.output_tokens_details)?.reasoning_tokens);
  const reading = readCounts(
    {
      prompt: input,
      completion: count(raw.output_tokens) ?? 0,
      cached: cached ?? 0,
      written: written ?? 0,
      reasoning: reasoning ?? 0,
      total: count(raw.total_tokens) || undefined,
    },
    rule,
  );
  const named = (field: string, value: number | undefined) =>
    value === undefined ? undefined : { field: `input_tokens_details.${field}`, count: value };
  const usage: Usage = {
    ...toCounts(reading, {
      cached: named('cached_tokens', cached),
      written: named('cache_write_tokens', written),
      hour: undefined,
      reasoning,
    }),
    ...explainUsage(raw, { table: usageFields['openai-responses'], reading, context }),
  };
  return withItems(usage, output);
}

function withItems(usage: Usage, output: unknown): Usage {
  const kinds = list(output).map((item) => String(object(item)?.type));
  const counted = [...Map.groupBy(kinds, (kind) => kind)].flatMap(([kind, each]) => {
    const unit = lookUp(itemFees, kind);
    return unit ? [{ unit, count: each.length, field: `output.${kind}` }] : [];
  });
  const units = counted.flatMap(({ unit, ...rest }) =>
    unit === 'unknown' ? [] : [{ unit, ...rest }],
  );
  const unknown = usage.unknown ?? counted.find(({ unit }) => unit === 'unknown')?.field;
  return {
    ...usage,
    ...(units.length > 0 && { units: [...(usage.units ?? []), ...units] }),
    ...(unknown !== undefined && { unknown }),
  };
}
