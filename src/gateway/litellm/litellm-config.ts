import { z } from 'zod';

/** LiteLLM's configuration, as far as it routes. */
const deployment = z.looseObject({
  model_name: z.string().min(1),
  litellm_params: z.looseObject({
    model: z.string().min(1),
    api_key: z.string().nullish(),
    api_base: z.string().nullish(),
    weight: z.number().min(0).nullish(),
    rpm: z.number().min(0).nullish(),
    tpm: z.number().min(0).nullish(),
    cooldown_time: z.number().nullish(),
    order: z.number().nullish(),
    tags: z.array(z.string()).nullish(),
    timeout: z.union([z.number(), z.string()]).nullish(),
    stream_timeout: z.union([z.number(), z.string()]).nullish(),
    input_cost_per_token: z.number().nullish(),
    output_cost_per_token: z.number().nullish(),
  }),
  model_info: z
    .looseObject({
      id: z.union([z.string(), z.number()]).nullish(),
      max_input_tokens: z.number().nullish(),
    })
    .nullish(),
});

const chains = z
  .array(z.record(z.string(), z.union([z.array(z.string()), z.string().transform((one) => [one])])))
  .nullish();
const settings = z
  .looseObject({
    routing_strategy: z.string().nullish(),
    num_retries: z.number().nullish(),
    model_group_retry_policy: z
      .record(z.string(), z.record(z.string(), z.number().nullable()))
      .nullish(),
    fallbacks: chains,
    context_window_fallbacks: chains,
    default_fallbacks: z.array(z.string()).nullish(),
    max_fallbacks: z.number().nullish(),
    timeout: z.number().nullish(),
    model_group_alias: z.record(z.string(), z.unknown()).nullish(),
    callbacks: z.unknown().optional(),
    enable_pre_call_checks: z.boolean().nullish(),
  })
  .nullish();

export const litellmConfig = z.looseObject({
  model_list: z.array(deployment).min(1),
  router_settings: settings,
  litellm_settings: settings,
});

/** One deployment of a group. */
export type Deployment = z.infer<typeof deployment>;
/** A configuration of the proxy. */
export type LitellmConfig = z.infer<typeof litellmConfig>;
