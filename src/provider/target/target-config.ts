import { z } from 'zod';
import { longestTimer } from '../../units.ts';
import { wireNames } from './target.ts';

/** One entry under `targets:` in arb.yaml, and what `defaults:` may say for all of them. */

/** A value that may be left out; null is read as left out. */
const absent = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

const names = z.array(z.string().min(1));
/** The longest that a timer of Node can wait, some 24 days. */
const duration = z.number().positive().max(longestTimer);

export const timeoutsSchema = z.strictObject({
  connect_ms: absent(duration).describe('Time to connect, in ms.'),
  first_token_ms: absent(duration).describe('Time from sending to the first token, in ms.'),
  attempt_ms: absent(duration).describe('Time of a whole attempt, in ms.'),
});

/** No more than a text in V8 and a buffer of Node can hold. */
const megabytes = z.number().positive().max(512);

export const limitsSchema = z.strictObject({
  concurrency: absent(z.int().positive()).describe('Requests in flight at this target.'),
  rpm: absent(z.number().positive()).describe('Requests per minute that the provider allows.'),
  tpm: absent(z.number().positive()).describe('Tokens per minute that the provider allows.'),
  answer_mb: absent(megabytes).describe(
    'The longest answer in MB (2^20 bytes), decoded, without what HTTP adds (default: 64).',
  ),
  answer_pieces: absent(z.int().positive()).describe(
    'The most pieces in which an answer may come (default: 1000000).',
  ),
  response_mb: absent(megabytes).describe(
    'The longest response in MB (2^20 bytes) with all that HTTP adds (default: 256).',
  ),
});

const rate = absent(z.number().min(0));

/** The price of a target. */
export const priceSchema = z.strictObject({
  input: z.number().min(0).describe('USD per million input tokens.'),
  output: z.number().min(0).describe('USD per million output tokens.'),
  cached_input: rate.describe(
    'USD per million input tokens read from the prompt cache; without it their cost is not known.',
  ),
  cache_write: rate.describe(
    'USD per million tokens written to the prompt cache; without it their cost is not known.',
  ),
  cache_write_1h: rate.describe('The same for tokens that are kept for an hour.'),
  input_audio: rate.describe('USD per million audio tokens of the input.'),
  cached_audio: rate.describe('USD per million audio tokens read from the prompt cache.'),
  output_audio: rate.describe('USD per million audio tokens of the answer.'),
  input_image: rate.describe('USD per million image tokens of the input.'),
  cached_image: rate.describe('USD per million image tokens read from the prompt cache.'),
  output_image: rate.describe('USD per million image tokens of the answer.'),
  input_video: rate.describe('USD per million video tokens of the input.'),
  output_video: rate.describe('USD per million video tokens of the answer.'),
  request: rate.describe('USD per request.'),
  web_search: rate.describe('USD per web search.'),
  file_search: rate.describe('USD per file search.'),
  long_context: absent(
    z.strictObject({
      above: z.int().positive().describe('Input tokens from which the whole request costs this.'),
      input: z.number().min(0).describe('USD per million input tokens.'),
      output: z.number().min(0).describe('USD per million output tokens.'),
      cached_input: rate.describe('USD per million input tokens read from the prompt cache.'),
      cache_write: rate.describe('USD per million tokens written to the prompt cache.'),
    }),
  ),
  factors: absent(z.record(z.string(), z.number().min(0))).describe(
    'What token prices are multiplied by, by field and value: {"service_tier=priority": 2}.',
  ),
});

/** OpenRouter's provider preferences (https://openrouter.ai/docs/features/provider-routing). */
const routingSchema = z.strictObject({
  only: absent(names).describe('Providers that may serve.'),
  order: absent(names).describe('Providers in the order they are tried.'),
  ignore: absent(names).describe('Providers that may not serve.'),
  allow_fallbacks: absent(z.boolean()).describe('Whether other providers may step in.'),
  require_parameters: absent(z.boolean()).describe(
    'Only providers that know every parameter sent.',
  ),
  quantizations: absent(names).describe('Quantisations that may serve, e.g. [fp8].'),
  sort: absent(z.enum(['price', 'throughput', 'latency'])).describe(
    'What providers are ordered by.',
  ),
  max_price: absent(
    z.strictObject({
      prompt: absent(z.number().min(0)).describe('USD per million input tokens.'),
      completion: absent(z.number().min(0)).describe('USD per million output tokens.'),
      request: absent(z.number().min(0)).describe('USD per request.'),
      image: absent(z.number().min(0)).describe('USD per image.'),
    }),
  ).describe('The highest price in USD per million tokens.'),
  zdr: absent(z.boolean()).describe('Only providers with zero data retention.'),
  data_collection: absent(z.enum(['allow', 'deny'])).describe(
    'Whether providers that keep data may serve.',
  ),
});

const paramsSchema = z.strictObject({
  set: absent(z.record(z.string(), z.unknown())).describe(
    'Fields put into every request body, e.g. {temperature: 0}.',
  ),
  drop: absent(names).describe('Fields taken out of every request body.'),
  rename: absent(z.record(z.string(), z.string())).describe(
    'Fields sent under another name, e.g. {max_tokens: max_completion_tokens}.',
  ),
});

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is the name of a variable, never the key itself');

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header');
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'holds what no header can carry');

/** By the provider's word: `{eos_by_limit: ok}`. */
export const finishReasonsSchema = z.record(z.string().min(1), z.literal('ok'));

/** One target as arb.yaml has it; `resolveTarget` fills in its preset and the defaults. */
export const targetConfigSchema = z.strictObject({
  provider: z
    .string()
    .min(1)
    .describe(
      'A preset such as openai, anthropic, google, mistral, openrouter, or openai-compatible with base_url.',
    ),
  model: z.string().min(1).describe('The model as the provider names it.'),
  wire: absent(z.enum(wireNames)).describe("The API it speaks (default: the preset's)."),
  base_url: absent(z.url({ protocol: /^https?$/ })).describe(
    "Address up to the version, e.g. http://127.0.0.1:8080/v1 (default: the preset's).",
  ),
  api_key_env: absent(variableName).describe(
    "Name of the environment variable that holds the key (default: the preset's); never the key itself.",
  ),
  auth: absent(
    z.enum(['bearer', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-portkey-api-key']),
  ).describe("How the key is sent (default: the preset's)."),
  headers: absent(z.record(headerName, headerValue)).describe('Further request headers.'),
  maker: absent(z.string().min(1)).describe(
    'Who made the model (default: by its name); a judge abstains on answers of its own maker.',
  ),
  via: absent(z.string().min(1)).describe(
    "The route, e.g. direct or openrouter (default: the preset's).",
  ),
  same_as: absent(z.string().min(1)).describe(
    'Name of another target that is the same model by another route.',
  ),
  region: absent(z.union([z.string().min(1), names])).describe(
    'Every region it may be served from; it meets a residency only if all of them are allowed.',
  ),
  params: absent(paramsSchema).describe('What is changed in each request body.'),
  routing: absent(routingSchema).describe("OpenRouter's provider preferences."),
  price: absent(priceSchema).describe(
    'USD per million tokens; overrides the catalogue, and is needed where the catalogue has none.',
  ),
  fee_percent: absent(z.number().min(0).max(1_000)).describe(
    "What the aggregator takes on top, in percent of the price (default: the preset's, else 0).",
  ),
  usd_per_month: absent(z.number().min(0)).describe(
    "A subscription in USD a month; not part of a request's cost.",
  ),
  context_tokens: absent(z.int().positive()).describe(
    "The context window (default: the catalogue's).",
  ),
  supports: absent(
    z.strictObject({
      tools: absent(z.boolean()).describe('Calls of tools (default: true).'),
      vision: absent(z.boolean()).describe('Images (default: true).'),
      json: absent(z.boolean()).describe('JSON output by a schema (default: true).'),
    }),
  ).describe('What it can do; a request that needs what it cannot is not sent to it.'),
  role: absent(z.enum(['candidate', 'judge'])).describe(
    'candidate = measured; judge = judges answers and is not measured (default: candidate).',
  ),
  limits: absent(limitsSchema).describe('Limits of this target.'),
  timeouts: absent(timeoutsSchema).describe('Time limits of this target.'),
  terms: absent(
    z.strictObject({
      resale: z
        .enum(['allowed', 'forbidden', 'unknown'])
        .describe('Whether the terms allow to resell; a forbidden target is in no policy.'),
      source: absent(z.string()).describe('Where that is said.'),
      checked: absent(z.iso.date()).describe('The day on which it was read.'),
    }),
  ).describe('Whether its terms allow resale.'),
  finish_reasons: absent(finishReasonsSchema).describe(
    'Finish reasons that arb does not know and that are a success at this target.',
  ),
  data: absent(
    z.strictObject({
      classes: absent(names).describe(
        'Values of metadata.data_class that may be sent to it (default: all).',
      ),
      zdr: absent(z.boolean()).describe('Whether it keeps nothing of what it is sent.'),
    }),
  ).describe('Which data may be sent to it.'),
});

export type TargetConfig = z.infer<typeof targetConfigSchema>;
export type RoutingConfig = NonNullable<TargetConfig['routing']>;

/** What arb.yaml says for every target that does not say it itself. */
export interface TargetDefaults {
  readonly timeouts?: z.input<typeof timeoutsSchema> | undefined;
  readonly limits?: z.input<typeof limitsSchema> | undefined;
  readonly finish_reasons?: z.input<typeof finishReasonsSchema> | undefined;
}
