import { isObject } from '../../workload/json.ts';
import type { UnitName, UsageUnit } from './usage.ts';

/**
 * What a field of a provider's usage means for the bill: it is one of the counts that every bill is
 * made of, a part of one at the same price, a unit with a rate of its own, a condition of the price,
 * the cost itself, or known to cost nothing. A field that is in no table is not known, and then
 * neither is the cost.
 */
export type FieldMeaning = 'count' | 'part' | 'term' | 'cost' | 'free' | UnitName;

/** The fields of one wire by their path; `.*` stands for all below, `[AUDIO]` for a modality. */
export type FieldTable = Readonly<Record<string, FieldMeaning>>;

/** OpenAI's chat completions and what its many speakers add. */
const chat: FieldTable = {
  prompt_tokens: 'count',
  completion_tokens: 'count',
  total_tokens: 'count',
  'prompt_tokens_details.cached_tokens': 'count',
  'completion_tokens_details.reasoning_tokens': 'count',
  // Moonshot, Together, StepFun; Perplexity; DeepSeek; Mistral.
  cached_tokens: 'count',
  reasoning_tokens: 'count',
  prompt_cache_hit_tokens: 'count',
  num_cached_tokens: 'count',
  // Anthropic's names, as LiteLLM, Portkey, OpenRouter and Qwen pass them on.
  cache_read_input_tokens: 'count',
  cache_creation_input_tokens: 'count',
  'cache_creation.ephemeral_1h_input_tokens': 'count',
  'cache_creation.ephemeral_5m_input_tokens': 'part',
  'prompt_tokens_details.cache_write_tokens': 'count',
  'prompt_tokens_details.cache_creation_tokens': 'count',
  'prompt_tokens_details.cache_creation_input_tokens': 'count',
  'prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens': 'count',
  'prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens': 'part',
  'prompt_tokens_details.cache_creation.ephemeral_5m_input_tokens': 'part',
  'prompt_tokens_details.cache_type': 'free',
  'prompt_tokens_details.text_tokens': 'part',
  'completion_tokens_details.text_tokens': 'part',
  'prompt_tokens_details.cached_tokens_details.text_tokens': 'part',
  prompt_cache_miss_tokens: 'part',
  // OpenAI bills rejected predictions as output; both are inside of completion_tokens.
  'completion_tokens_details.accepted_prediction_tokens': 'part',
  'completion_tokens_details.rejected_prediction_tokens': 'part',
  'prompt_tokens_details.audio_tokens': 'input_audio',
  'prompt_tokens_details.image_tokens': 'input_image',
  'prompt_tokens_details.video_tokens': 'input_video',
  'prompt_tokens_details.cached_tokens_details.audio_tokens': 'cached_audio',
  'prompt_tokens_details.cached_tokens_details.image_tokens': 'cached_image',
  'completion_tokens_details.audio_tokens': 'output_audio',
  'completion_tokens_details.image_tokens': 'output_image',
  'completion_tokens_details.video_tokens': 'output_video',
  'server_tool_use.web_search_requests': 'web_search',
  // Fetching costs the tokens that it brings, and those are counted.
  'server_tool_use.web_fetch_requests': 'free',
  'server_tool_use.tool_search_requests': 'free',
  service_tier: 'term',
  inference_geo: 'term',
  speed: 'term',
  is_byok: 'cost',
  'cost_details.*': 'cost',
  // Groq's, SambaNova's and Azure's clocks.
  queue_time: 'free',
  prompt_time: 'free',
  completion_time: 'free',
  total_time: 'free',
  time_to_first_token: 'free',
  total_latency: 'free',
  model_execution_time: 'free',
  start_time: 'free',
  end_time: 'free',
  is_last_response: 'free',
  acceptance_rate: 'free',
  completion_tokens_per_sec: 'free',
  total_tokens_per_sec: 'free',
  completion_tokens_after_first_per_sec: 'free',
  completion_tokens_after_first_per_sec_first_ten: 'free',
  completion_tokens_after_first_per_sec_graph: 'free',
  'latency_checkpoint.*': 'free',
};

const responses: FieldTable = {
  input_tokens: 'count',
  output_tokens: 'count',
  total_tokens: 'count',
  'input_tokens_details.cached_tokens': 'count',
  'input_tokens_details.cache_write_tokens': 'count',
  'output_tokens_details.reasoning_tokens': 'count',
  'input_tokens_details.text_tokens': 'part',
  'output_tokens_details.text_tokens': 'part',
  'input_tokens_details.audio_tokens': 'input_audio',
  'input_tokens_details.image_tokens': 'input_image',
  'input_tokens_details.cached_tokens_details.audio_tokens': 'cached_audio',
  'input_tokens_details.cached_tokens_details.image_tokens': 'cached_image',
  'input_tokens_details.cached_tokens_details.text_tokens': 'part',
  'output_tokens_details.audio_tokens': 'output_audio',
  'output_tokens_details.image_tokens': 'output_image',
  service_tier: 'term',
  is_byok: 'cost',
  'cost_details.*': 'cost',
};

const messages: FieldTable = {
  input_tokens: 'count',
  output_tokens: 'count',
  cache_read_input_tokens: 'count',
  cache_creation_input_tokens: 'count',
  'cache_creation.ephemeral_1h_input_tokens': 'count',
  'cache_creation.ephemeral_5m_input_tokens': 'count',
  'output_tokens_details.thinking_tokens': 'count',
  'server_tool_use.web_search_requests': 'web_search',
  'server_tool_use.web_fetch_requests': 'free',
  'server_tool_use.tool_search_requests': 'free',
  service_tier: 'term',
  inference_geo: 'term',
  speed: 'term',
};

const generate: FieldTable = {
  promptTokenCount: 'count',
  candidatesTokenCount: 'count',
  totalTokenCount: 'count',
  thoughtsTokenCount: 'count',
  cachedContentTokenCount: 'count',
  toolUsePromptTokenCount: 'count',
  'promptTokensDetails[TEXT]': 'part',
  'promptTokensDetails[DOCUMENT]': 'part',
  'promptTokensDetails[AUDIO]': 'input_audio',
  'promptTokensDetails[IMAGE]': 'input_image',
  'promptTokensDetails[VIDEO]': 'input_video',
  'toolUsePromptTokensDetails[TEXT]': 'part',
  'toolUsePromptTokensDetails[DOCUMENT]': 'part',
  'toolUsePromptTokensDetails[AUDIO]': 'input_audio',
  'toolUsePromptTokensDetails[IMAGE]': 'input_image',
  'toolUsePromptTokensDetails[VIDEO]': 'input_video',
  'cacheTokensDetails[TEXT]': 'part',
  'cacheTokensDetails[DOCUMENT]': 'part',
  'cacheTokensDetails[AUDIO]': 'cached_audio',
  'cacheTokensDetails[IMAGE]': 'cached_image',
  // Video in the cache costs what text there costs.
  'cacheTokensDetails[VIDEO]': 'part',
  'candidatesTokensDetails[TEXT]': 'part',
  'candidatesTokensDetails[AUDIO]': 'output_audio',
  'candidatesTokensDetails[IMAGE]': 'output_image',
  'candidatesTokensDetails[VIDEO]': 'output_video',
  trafficType: 'term',
  serviceTier: 'term',
};

/** All that is known of the usage of each wire. */
export const usageFields = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messages,
  gemini: generate,
} as const;

/** One value of a usage that is not empty, zero or false, by its path. */
export interface UsageField {
  readonly path: string;
  readonly value: number | string | true;
}

/** No usage is nested deeper; what is, is a field that nobody knows. */
export const deepestUsage = 8;

/** A name of the provider's as it may stand in a message: short, and without control characters. */
export const toName = (text: string) => text.replaceAll(/[^\w.[\]=-]/g, '?').slice(0, 100);

/** The values of a usage that say something; a list of modalities is read by their names. */
export function listFields(usage: unknown, path = '', depth = 0): UsageField[] {
  if (depth > deepestUsage) return [{ path, value: true }];
  if (Array.isArray(usage)) {
    return usage.flatMap((each) => {
      const modality = isObject(each) ? each.modality : undefined;
      if (typeof modality !== 'string' || !isObject(each))
        return listFields(each, `${path}[]`, depth + 1);
      return listFields(each.tokenCount, `${path}[${toName(modality)}]`, depth + 1);
    });
  }
  if (isObject(usage)) {
    return Object.entries(usage).flatMap(([key, value]) =>
      listFields(value, path === '' ? toName(key) : `${path}.${toName(key)}`, depth + 1),
    );
  }
  const says = typeof usage === 'number' || typeof usage === 'string' || usage === true;
  return says && usage !== 0 && usage !== '' ? [{ path, value: usage }] : [];
}

/** What a field means; undefined where nobody knows. */
export function findMeaning(table: FieldTable, path: string): FieldMeaning | undefined {
  if (Object.hasOwn(table, path)) return table[path];
  for (let at = path.lastIndexOf('.'); at > 0; at = path.lastIndexOf('.', at - 1)) {
    const above = `${path.slice(0, at)}.*`;
    if (Object.hasOwn(table, above)) return table[above];
  }
  return undefined;
}

const unitNames: ReadonlySet<string> = new Set<UnitName>([
  'input_audio',
  'cached_audio',
  'output_audio',
  'input_image',
  'cached_image',
  'output_image',
  'input_video',
  'output_video',
  'web_search',
  'file_search',
]);

/** The units of a usage, and the first field that nobody knows. */
export function sortFields(
  fields: readonly UsageField[],
  table: FieldTable,
): { readonly units: readonly UsageUnit[]; readonly unknown: string | undefined } {
  const units: UsageUnit[] = [];
  let unknown: string | undefined;
  for (const { path, value } of fields) {
    const meaning = findMeaning(table, path);
    if (meaning === undefined) unknown ??= path;
    else if (unitNames.has(meaning)) {
      if (typeof value !== 'number' || value < 0) unknown ??= path;
      else units.push({ unit: meaning as UnitName, count: value, field: path });
    }
  }
  return { units, unknown };
}
