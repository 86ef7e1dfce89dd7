import { count, list, object } from '../../workload/json.ts';
import { explainUsage, toCounts } from './chat-usage.ts';
import type { Usage } from './usage.ts';
import { usageFields } from './usage-fields.ts';

/**
 * Usage of Anthropic's Messages API. Its rule, "Prompt caching": `input_tokens` counts neither what
 * was read from the cache nor what was written to it.
 */
export function messagesUsage(raw: Record<string, unknown>): Usage | undefined {
  const fresh = count(raw.input_tokens);
  const output = count(raw.output_tokens);
  if (fresh === undefined && output === undefined) return undefined;
  const read = count(raw.cache_read_input_tokens);
  const creation = object(raw.cache_creation);
  const hour = count(creation?.ephemeral_1h_input_tokens);
  const parts = (hour ?? 0) + (count(creation?.ephemeral_5m_input_tokens) ?? 0);
  const sum = count(raw.cache_creation_input_tokens);
  const written = sum || (creation ? parts : sum);
  const thought = count(object(raw.output_tokens_details)?.thinking_tokens);
  const { iterations, ...counted } = raw;
  const reading = {
    input: (fresh ?? 0) + (read ?? 0) + (written ?? 0),
    output: output ?? 0,
    ...(creation && parts > 0 && parts !== written && { unknown: 'cache_creation' }),
    ...(hasHiddenWork(iterations) && { unknown: 'iterations' }),
  };
  return {
    ...toCounts(reading, {
      cached: named('cache_read_input_tokens', read),
      written: named('cache_creation_input_tokens', written),
      hour,
      reasoning: thought,
    }),
    ...explainUsage(counted, { table: usageFields['anthropic-messages'], reading, context: {} }),
  };
}

/**
 * "Compaction": the counts at the top leave out what compacting the context used; `iterations` has
 * it, beside the messages themselves, which the top counts.
 */
const hasHiddenWork = (iterations: unknown) =>
  list(iterations).some((each) => (object(each)?.type ?? 'message') !== 'message');

const named = (field: string, value: number | undefined) =>
  value === undefined ? undefined : { field, count: value };
