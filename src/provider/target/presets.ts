import type { Auth, Target, TargetParams, WireName } from './target.ts';

/**
 * What is known of a provider beforehand, so that a target needs no more than a name and a model. It
 * is the one table of facts about providers: resolution of targets, `arb init`, price lists and the
 * reading of headers draw from it. What gateways call a provider stands with each gateway, as the
 * deciding wing imports nothing of this one; a test holds their addresses against these.
 */
export interface Preset {
  /** Absent where the user must say it. */
  readonly baseUrl?: string;
  readonly baseUrlExample?: string;
  /** Hosts beside that of `baseUrl` that the key may be sent to; `*.` stands for what is below. */
  readonly keyHosts?: readonly string[];
  /** Name of the variable that holds the key; absent where none is needed. */
  readonly apiKeyEnv?: string;
  /** A model to begin with, for `arb init`; the user's own traffic will say which others to add. */
  readonly starter?: string;
  readonly wire: WireName;
  /** Absent where the model's name says who made it. */
  readonly maker?: string;
  /** `others`: it stands between the caller and the maker, as aggregators and hosts do. */
  readonly serves: 'own' | 'others' | 'local';
  /** How the key travels; absent = `bearer`. */
  readonly auth?: Auth;
  /** Authentication used when `base_url` is set (self-hosted). @default `auth` */
  readonly authElsewhere?: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent so that a gateway's response cache is not measured instead of a model. */
  readonly cacheBypass?: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Readonly<Record<string, unknown>>;
  };
  /** Response headers that say who really answered. */
  readonly servedByHeaders?: readonly string[];
  /** Response headers that say whether the answer came from a response cache. */
  readonly cacheHeaders?: readonly string[];
  readonly quirks?: readonly Quirk[];
  /** What every request here needs. */
  readonly params?: Partial<TargetParams>;
  readonly regions?: readonly string[];
  /** The provider's id in the price catalogue. */
  readonly catalogue?: string;
}

export type Quirk =
  /** Pads its chunks at random unless told not to. */
  | 'obfuscation'
  /** Refuses `stream_options`, and sends usage without being asked. */
  | 'no-stream-options';

/** OpenAI's newer words in those that most providers still speak. */
const olderOpenAi = {
  developer: 'system',
  max_completion_tokens: 'max_tokens',
  functions: 'tools',
} as const;

/** Every provider that arb knows by name; see docs/new-provider.md for adding one. */
export const presets = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    apiKeyEnv: 'OPENAI_API_KEY',
    starter: 'gpt-4.1-mini',
    wire: 'openai-chat',
    maker: 'openai',
    serves: 'own',
    quirks: ['obfuscation'],
    // Reasoning models refuse the old name, every model takes the new one.
    params: { rename: { max_tokens: 'max_completion_tokens' } },
    regions: ['us'],
    catalogue: 'openai',
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    apiKeyEnv: 'ANTHROPIC_API_KEY',
    starter: 'claude-haiku-4-5',
    wire: 'anthropic-messages',
    maker: 'anthropic',
    serves: 'own',
    auth: 'x-api-key',
    regions: ['us'],
    catalogue: 'anthropic',
  },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com',
    apiKeyEnv: 'GEMINI_API_KEY',
    starter: 'gemini-2.5-flash',
    wire: 'gemini',
    maker: 'google',
    serves: 'own',
    auth: 'x-goog-api-key',
    // It runs wherever there is room.
    regions: ['global'],
    catalogue: 'google',
  },
  'azure-openai': {
    baseUrlExample: 'https://RESOURCE.openai.azure.com/openai/v1',
    apiKeyEnv: 'AZURE_OPENAI_API_KEY',
    wire: 'openai-chat',
    maker: 'openai',
    serves: 'others',
    auth: 'api-key',
    params: { rename: { max_tokens: 'max_completion_tokens' } },
    catalogue: 'azure',
    keyHosts: ['*.openai.azure.com', '*.cognitiveservices.azure.com', '*.services.ai.azure.com'],
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    apiKeyEnv: 'MISTRAL_API_KEY',
    starter: 'mistral-small-latest',
    wire: 'openai-chat',
    maker: 'mistral',
    serves: 'own',
    quirks: ['no-stream-options'],
    regions: ['eu'],
    catalogue: 'mistral',
    // It refuses names it does not know with 422.
    params: { rename: { ...olderOpenAi, seed: 'random_seed' } },
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com',
    apiKeyEnv: 'DEEPSEEK_API_KEY',
    starter: 'deepseek-chat',
    wire: 'openai-chat',
    maker: 'deepseek',
    serves: 'own',
    regions: ['cn'],
    catalogue: 'deepseek',
    params: { rename: olderOpenAi },
  },
  qwen: {
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    apiKeyEnv: 'DASHSCOPE_API_KEY',
    starter: 'qwen2.5-72b-instruct',
    wire: 'openai-chat',
    maker: 'alibaba',
    serves: 'own',
    regions: ['sg'],
    params: { rename: olderOpenAi },
    keyHosts: ['dashscope.aliyuncs.com', 'dashscope-us.aliyuncs.com'],
  },
  xai: {
    baseUrl: 'https://api.x.ai/v1',
    apiKeyEnv: 'XAI_API_KEY',
    starter: 'grok-3-mini',
    wire: 'openai-chat',
    maker: 'xai',
    serves: 'own',
    regions: ['us'],
    catalogue: 'x-ai',
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    apiKeyEnv: 'GROQ_API_KEY',
    starter: 'llama-3.3-70b-versatile',
    wire: 'openai-chat',
    serves: 'others',
    regions: ['us'],
    catalogue: 'groq',
  },
  together: {
    baseUrl: 'https://api.together.xyz/v1',
    apiKeyEnv: 'TOGETHER_API_KEY',
    starter: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    wire: 'openai-chat',
    serves: 'others',
    regions: ['us'],
    catalogue: 'together',
    params: { rename: olderOpenAi },
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    apiKeyEnv: 'FIREWORKS_API_KEY',
    starter: 'accounts/fireworks/models/llama-v3p3-70b-instruct',
    wire: 'openai-chat',
    serves: 'others',
    regions: ['us'],
    catalogue: 'fireworks',
    params: { rename: olderOpenAi },
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    apiKeyEnv: 'OPENROUTER_API_KEY',
    starter: 'deepseek/deepseek-chat-v3-0324',
    wire: 'openai-chat',
    serves: 'others',
    // An account's preset may have switched the cache on.
    cacheBypass: { headers: { 'x-openrouter-cache': 'false' } },
    // Older accounts report the cost only when asked.
    params: { set: { usage: { include: true } } },
    catalogue: 'openrouter',
    cacheHeaders: ['x-openrouter-cache-status'],
  },
  tokenmix: {
    baseUrl: 'https://api.tokenmix.ai/v1',
    apiKeyEnv: 'TOKENMIX_API_KEY',
    starter: 'deepseek-chat',
    wire: 'openai-chat',
    serves: 'others',
  },
  portkey: {
    baseUrl: 'https://api.portkey.ai/v1',
    apiKeyEnv: 'PORTKEY_API_KEY',
    wire: 'openai-chat',
    serves: 'others',
    auth: 'x-portkey-api-key',
    // The gateway in one's own house passes the provider's own key on.
    authElsewhere: 'bearer',
    cacheBypass: { headers: { 'x-portkey-cache-force-refresh': 'true' } },
    servedByHeaders: ['x-portkey-provider'],
    cacheHeaders: ['x-portkey-cache-status'],
  },
  litellm: {
    baseUrlExample: 'http://127.0.0.1:4000/v1',
    apiKeyEnv: 'LITELLM_API_KEY',
    wire: 'openai-chat',
    serves: 'others',
    cacheBypass: { body: { cache: { 'no-cache': true, 'no-store': true } } },
    servedByHeaders: ['x-litellm-model-id'],
    cacheHeaders: ['x-litellm-cache-hit'],
  },
  'cloudflare-ai-gateway': {
    baseUrlExample: 'https://gateway.ai.cloudflare.com/v1/ACCOUNT/GATEWAY/compat',
    apiKeyEnv: 'CF_AIG_TOKEN',
    wire: 'openai-chat',
    serves: 'others',
    cacheBypass: { headers: { 'cf-aig-skip-cache': 'true' } },
    servedByHeaders: ['cf-aig-provider'],
    cacheHeaders: ['cf-aig-cache-status'],
    keyHosts: ['gateway.ai.cloudflare.com'],
  },
  helicone: {
    baseUrl: 'https://ai-gateway.helicone.ai/v1',
    apiKeyEnv: 'HELICONE_API_KEY',
    wire: 'openai-chat',
    serves: 'others',
    cacheBypass: { headers: { 'helicone-cache-enabled': 'false' } },
    cacheHeaders: ['helicone-cache'],
  },
  ollama: {
    baseUrl: 'http://127.0.0.1:11434/v1',
    wire: 'openai-chat',
    serves: 'local',
    regions: ['local'],
  },
  vllm: {
    baseUrl: 'http://127.0.0.1:8000/v1',
    wire: 'openai-chat',
    serves: 'local',
    regions: ['local'],
    // Most chat templates know no role developer.
    params: { rename: { developer: 'system' } },
  },
  'openai-compatible': {
    baseUrlExample: 'http://127.0.0.1:8080/v1',
    wire: 'openai-chat',
    serves: 'local',
  },
} as const satisfies Record<string, Preset>;

/** The same by names that are not known to be there. */
export const presetsByName: ReadonlyMap<string, Preset> = new Map(Object.entries(presets));

/** The preset of a resolved target. */
export function getPreset(target: Pick<Target, 'provider'>): Preset {
  return presetsByName.get(target.provider) ?? presets['openai-compatible'];
}

/** Quirks are a service's own: whatever else answers at another address does not have them. */
export function hasQuirk(target: Pick<Target, 'provider' | 'baseUrl'>, quirk: Quirk): boolean {
  const { quirks, baseUrl } = getPreset(target);
  return target.baseUrl === baseUrl && (quirks?.includes(quirk) ?? false);
}
