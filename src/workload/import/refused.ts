import { toFields, toText } from './record/values.ts';

/** What is recognised and cannot become a workload: why, and where to get one. */
interface Refused {
  readonly title: string;
  readonly recognise: (value: unknown) => boolean;
  readonly instead: string;
}

const has = (value: unknown, ...names: readonly string[]) => {
  const row = toFields(value);
  return row !== undefined && names.every((name) => row[name] !== undefined);
};

/** Files that look like logs of model calls and hold no prompts. */
export const refused: readonly Refused[] = [
  {
    title: "OpenRouter's activity, which is daily sums",
    recognise: (value) => has(value, 'date', 'model_permaslug', 'requests'),
    instead: 'Prompts come by its Broadcast, to OpenTelemetry, Langfuse or S3.',
  },
  {
    title: "OpenRouter's generation records, which hold no prompts",
    recognise: (value) => has(value, 'native_tokens_prompt', 'generation_time'),
    instead: 'Prompts come by its Broadcast, to OpenTelemetry, Langfuse or S3.',
  },
  {
    title: "OpenAI's usage export, which holds no prompts",
    recognise: (value) =>
      toText(toFields(value)?.object)?.startsWith('organization.usage') === true,
    instead: "Import stored completions or your gateway's log.",
  },
  {
    title: "Cloudflare AI Gateway's list of logs, which holds no prompts",
    recognise: (value) => has(value, 'provider', 'model', 'tokens_in', 'tokens_out', 'cached'),
    instead: 'Fetch /request and /response of each log, and write both in a line.',
  },
  {
    title: "Azure API Management's log of language models, which holds messages in parts",
    recognise: (value) => has(value, 'CorrelationId', 'PromptTokens', 'CompletionTokens'),
    instead: 'Import OpenTelemetry spans of the clients instead.',
  },
  {
    title: 'a trace of arrivals and lengths without prompts',
    recognise: (value) =>
      has(value, 'TIMESTAMP', 'ContextTokens') ||
      has(value, 'timestamp', 'input_length', 'output_length') ||
      has(value, 'Timestamp', 'Request tokens'),
    instead: 'Not read yet: a workload needs prompts.',
  },
];
