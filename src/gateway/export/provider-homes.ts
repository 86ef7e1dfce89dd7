/**
 * The address of each provider that gateways know by name, which their own integration uses: any
 * other address has to be written out. A test holds them against the presets of the providers.
 */
export const providerHomes: ReadonlyMap<string, string> = new Map([
  ['openai', 'https://api.openai.com/v1'],
  ['anthropic', 'https://api.anthropic.com'],
  ['google', 'https://generativelanguage.googleapis.com'],
  ['mistral', 'https://api.mistral.ai/v1'],
  ['deepseek', 'https://api.deepseek.com'],
  ['openrouter', 'https://openrouter.ai/api/v1'],
  ['groq', 'https://api.groq.com/openai/v1'],
  ['together', 'https://api.together.xyz/v1'],
  ['fireworks', 'https://api.fireworks.ai/inference/v1'],
  ['xai', 'https://api.x.ai/v1'],
  ['qwen', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1'],
  ['tokenmix', 'https://api.tokenmix.ai/v1'],
]);

/** These speak a protocol of their own, so a gateway's own integration is used at any address. */
export const ownProtocol: ReadonlySet<string> = new Set(['anthropic', 'google']);
