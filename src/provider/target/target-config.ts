import { z } from 'zod';
import { wireNames } from './target.ts';

/** One entry under `targets:` in arb.yaml, and what `defaults:` may say for all of them. */

/** A value that may be left out; null is read as left out. */
const absent = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

const names = z.array(z.string().min(1));
/** The longest that a timer of Node can wait, some 24 days. */
const duration = z.number().positive().max(2_147_483_647);

export const timeoutsSchema = z.strictObject({
  connect_ms: absent(duration),
  first_token_ms: absent(duration),
  attempt_ms: absent(duration),
});

export const limitsSchema = z.strictObject({
  concurrency: absent(z.int().positive()),
  rpm: absent(z.number().positive()),
  tpm: absent(z.number().positive()),
});

/** USD per million tokens. */
export const priceSchema = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cached_input: absent(z.number().min(0)),
  cache_write: absent(z.number().min(0)),
});

/** OpenRouter's provider preferences (https://openrouter.ai/docs/features/provider-routing). */
const routingSchema = z.strictObject({
  only: absent(names),
  order: absent(names),
  ignore: absent(names),
  allow_fallbacks: absent(z.boolean()),
  require_parameters: absent(z.boolean()),
  quantizations: absent(names),
  sort: absent(z.enum(['price', 'throughput', 'latency'])),
  max_price: absent(
    z.strictObject({
      prompt: absent(z.number().min(0)),
      completion: absent(z.number().min(0)),
      request: absent(z.number().min(0)),
      image: absent(z.number().min(0)),
    }),
  ),
  zdr: absent(z.boolean()),
  data_collection: absent(z.enum(['allow', 'deny'])),
});

const paramsSchema = z.strictObject({
  set: absent(z.record(z.string(), z.unknown())),
  drop: absent(names),
  rename: absent(z.record(z.string(), z.string())),
});

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is the name of a variable, never the key itself');

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header');
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'holds what no header can carry');

export const targetConfigSchema = z.strictObject({
  provider: z.string().min(1),
  model: z.string().min(1),
  wire: absent(z.enum(wireNames)),
  base_url: absent(z.url({ protocol: /^https?$/ })),
  api_key_env: absent(variableName),
  auth: absent(z.enum(['bearer', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-portkey-api-key'])),
  headers: absent(z.record(headerName, headerValue)),
  maker: absent(z.string().min(1)),
  via: absent(z.string().min(1)),
  same_as: absent(z.string().min(1)),
  region: absent(z.union([z.string().min(1), names])),
  params: absent(paramsSchema),
  routing: absent(routingSchema),
  price: absent(priceSchema),
  fee_percent: absent(z.number().min(0).max(1_000)),
  usd_per_month: absent(z.number().min(0)),
  context_tokens: absent(z.int().positive()),
  supports: absent(
    z.strictObject({
      tools: absent(z.boolean()),
      vision: absent(z.boolean()),
      json: absent(z.boolean()),
    }),
  ),
  role: absent(z.enum(['candidate', 'judge'])),
  limits: absent(limitsSchema),
  timeouts: absent(timeoutsSchema),
  terms: absent(
    z.strictObject({
      resale: z.enum(['allowed', 'forbidden', 'unknown']),
      source: absent(z.string()),
      checked: absent(z.iso.date()),
    }),
  ),
  data: absent(z.strictObject({ classes: absent(names), zdr: absent(z.boolean()) })),
});

export type TargetConfig = z.infer<typeof targetConfigSchema>;
export type RoutingConfig = NonNullable<TargetConfig['routing']>;

/** What arb.yaml says for every target that does not say it itself. */
export interface TargetDefaults {
  readonly timeouts?: z.input<typeof timeoutsSchema> | undefined;
  readonly limits?: z.input<typeof limitsSchema> | undefined;
}
