/** Keys of a LiteLLM configuration that are read, or have no part in routing, weighing, limits or fallback. */

export const knownSections: ReadonlySet<string> = new Set([
  ...['model_list', 'router_settings', 'litellm_settings'],
  // The proxy's own doors: keys, database, administration.
  ...['general_settings', 'environment_variables', 'guardrails', 'mcp_servers', 'credential_list'],
]);

export const knownRouterSettings: ReadonlySet<string> = new Set([
  ...['routing_strategy', 'num_retries', 'model_group_retry_policy', 'fallbacks'],
  ...['context_window_fallbacks', 'default_fallbacks', 'enable_pre_call_checks', 'timeout'],
  ...['max_fallbacks', 'model_group_alias', 'tag_filtering_match_any', 'enable_tag_filtering'],
  // Where it keeps what it counts, and what it logs.
  ...['redis_host', 'redis_port', 'redis_password', 'redis_url', 'set_verbose', 'debug_level'],
]);

export const knownSettings: ReadonlySet<string> = new Set([
  ...['num_retries', 'fallbacks', 'context_window_fallbacks', 'default_fallbacks'],
  ...['enable_pre_call_checks', 'callbacks', 'success_callback', 'failure_callback'],
  ...['service_callback', 'drop_params', 'set_verbose', 'json_logs', 'telemetry'],
  ...['turn_off_message_logging', 'redact_user_api_key_info', 'langfuse_default_tags'],
  ...['log_raw_request_response', 'max_end_user_budget_id', 'disable_end_user_cost_tracking'],
]);

/** Parameters of the request that a deployment sets. */
export const setParams: ReadonlySet<string> = new Set([
  ...['temperature', 'top_p', 'max_tokens', 'max_completion_tokens', 'reasoning_effort'],
  ...['presence_penalty', 'frequency_penalty', 'seed', 'stop', 'n', 'verbosity', 'thinking'],
]);

export const knownParams: ReadonlySet<string> = new Set([
  ...['model', 'api_key', 'api_base', 'api_version', 'organization', 'weight', 'rpm', 'tpm'],
  ...['order', 'tags', 'timeout', 'stream_timeout', 'input_cost_per_token'],
  ...['output_cost_per_token', 'cache_read_input_token_cost', 'cache_creation_input_token_cost'],
  // Said only where it is not 0.
  'cooldown_time',
  ...setParams,
]);
