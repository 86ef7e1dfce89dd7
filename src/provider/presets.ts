import type { Target, WireName } from './target.ts';

/** What is known of a provider beforehand, so that a target needs no more than a name and a model. */
export interface Preset {
  /** Absent where the user must say it. */
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly wire: WireName;
  /** Absent for whoever serves the models of others: the model says who made it. */
  readonly maker?: string;
  /** It stands between the caller and who really serves. */
  readonly aggregator?: true;
  /** `bearer`, or the header that carries the key. */
  readonly auth?: 'bearer' | 'x-api-key' | 'api-key' | 'x-goog-api-key';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent so that a gateway's response cache is not measured instead of a model. */
  readonly cacheBypass?: Readonly<Record<string, string>>;
  readonly quirks?: readonly Quirk[];
  readonly regions?: readonly string[];
  /** The provider's id in the price catalogue. */
  readonly catalogue?: string;
}

export type Quirk =
  /** Pads its chunks at random unless told not to. */
  | 'obfuscation'
  /** Refuses `stream_options`, and sends usage without being asked. */
  | 'no-stream-options'
  /** Takes `max_completion_tokens` where others take `max_tokens`. */
  | 'max-completion-tokens';

export const presets = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    apiKeyEnv: 'OPENAI_API_KEY',
    wire: 'openai-chat',
    maker: 'openai',
    quirks: ['obfuscation', 'max-completion-tokens'],
    regions: ['us'],
    catalogue: 'openai',
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    apiKeyEnv: 'MISTRAL_API_KEY',
    wire: 'openai-chat',
    maker: 'mistral',
    quirks: ['no-stream-options'],
    regions: ['eu'],
    catalogue: 'mistral',
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com',
    apiKeyEnv: 'DEEPSEEK_API_KEY',
    wire: 'openai-chat',
    maker: 'deepseek',
    regions: ['cn'],
    catalogue: 'deepseek',
  },
  qwen: {
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    apiKeyEnv: 'DASHSCOPE_API_KEY',
    wire: 'openai-chat',
    maker: 'alibaba',
    regions: ['sg'],
    catalogue: 'alibaba',
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    apiKeyEnv: 'OPENROUTER_API_KEY',
    wire: 'openai-chat',
    aggregator: true,
    catalogue: 'openrouter',
  },
  tokenmix: {
    baseUrl: 'https://api.tokenmix.ai/v1',
    apiKeyEnv: 'TOKENMIX_API_KEY',
    wire: 'openai-chat',
    aggregator: true,
  },
  portkey: {
    baseUrl: 'https://api.portkey.ai/v1',
    apiKeyEnv: 'PORTKEY_API_KEY',
    wire: 'openai-chat',
    aggregator: true,
    cacheBypass: { 'x-portkey-cache-force-refresh': 'true' },
  },
  litellm: {
    apiKeyEnv: 'LITELLM_API_KEY',
    wire: 'openai-chat',
    aggregator: true,
    cacheBypass: { 'cache-control': 'no-cache' },
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    apiKeyEnv: 'GROQ_API_KEY',
    wire: 'openai-chat',
    regions: ['us'],
    catalogue: 'groq',
  },
  together: {
    baseUrl: 'https://api.together.xyz/v1',
    apiKeyEnv: 'TOGETHER_API_KEY',
    wire: 'openai-chat',
    regions: ['us'],
    catalogue: 'together',
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    apiKeyEnv: 'FIREWORKS_API_KEY',
    wire: 'openai-chat',
    regions: ['us'],
    catalogue: 'fireworks',
  },
  xai: {
    baseUrl: 'https://api.x.ai/v1',
    apiKeyEnv: 'XAI_API_KEY',
    wire: 'openai-chat',
    maker: 'xai',
    regions: ['us'],
    catalogue: 'x-ai',
  },
  ollama: { baseUrl: 'http://127.0.0.1:11434/v1', wire: 'openai-chat', regions: ['local'] },
  vllm: { baseUrl: 'http://127.0.0.1:8000/v1', wire: 'openai-chat', regions: ['local'] },
  'openai-compatible': { wire: 'openai-chat' },
} as const satisfies Record<string, Preset>;

export type ProviderName = keyof typeof presets;

/** The preset of a resolved target. */
export function presetOf(target: Pick<Target, 'provider'>): Preset {
  const known: Readonly<Record<string, Preset>> = presets;
  return known[target.provider] ?? presets['openai-compatible'];
}
