import type { Leaf } from './plan.ts';

/** What the gateways call a provider of arb; absent where they reach it as OpenAI-compatible. */
interface Vendor {
  /** The address its own integration uses; another one has to be written out. */
  readonly baseUrl?: string;
  readonly portkey?: string;
  readonly litellm?: string;
  readonly bifrost?: string;
}

const vendors: Readonly<Record<string, Vendor>> = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    portkey: 'openai',
    litellm: 'openai',
    bifrost: 'openai',
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    portkey: 'anthropic',
    litellm: 'anthropic',
    bifrost: 'anthropic',
  },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com',
    portkey: 'google',
    litellm: 'gemini',
    bifrost: 'gemini',
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    portkey: 'mistral-ai',
    litellm: 'mistral',
    bifrost: 'mistral',
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com',
    portkey: 'deepseek',
    litellm: 'deepseek',
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    portkey: 'openrouter',
    litellm: 'openrouter',
    bifrost: 'openrouter',
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    portkey: 'groq',
    litellm: 'groq',
    bifrost: 'groq',
  },
  together: {
    baseUrl: 'https://api.together.xyz/v1',
    portkey: 'together-ai',
    litellm: 'together_ai',
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    portkey: 'fireworks-ai',
    litellm: 'fireworks_ai',
  },
  xai: { baseUrl: 'https://api.x.ai/v1', portkey: 'x-ai', litellm: 'xai' },
  qwen: { baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1' },
  tokenmix: { baseUrl: 'https://api.tokenmix.ai/v1' },
};

/** These speak their own protocol, so their own integration is used at any address. */
const ownProtocol = ['anthropic', 'google'];

/** How a gateway reaches a leaf: its own integration, or OpenAI-compatible at an address. */
export interface Reach {
  readonly provider: string;
  /** Written out only where it is not the integration's own address. */
  readonly baseUrl?: string;
}

export function reachOf(leaf: Leaf, gateway: 'portkey' | 'litellm' | 'bifrost'): Reach {
  const vendor = vendors[leaf.provider] ?? {};
  const own = vendor[gateway];
  const atHome = leaf.baseUrl === undefined || leaf.baseUrl === vendor.baseUrl;
  if (own !== undefined && atHome) return { provider: own };
  const baseUrl = baseUrlOf(leaf);
  const provider = own !== undefined && ownProtocol.includes(leaf.provider) ? own : 'openai';
  return { provider, ...(baseUrl !== undefined && { baseUrl }) };
}

/** The address requests to a leaf are sent to, where it is known. */
export function baseUrlOf(leaf: Leaf): string | undefined {
  return leaf.baseUrl ?? vendors[leaf.provider]?.baseUrl;
}

/** The same, for gateways that speak OpenAI's protocol with everyone but Anthropic. */
export function openAiBaseUrlOf(leaf: Leaf): string | undefined {
  const baseUrl = baseUrlOf(leaf);
  const own = baseUrl === vendors.google?.baseUrl && leaf.provider === 'google';
  return own ? `${baseUrl}/v1beta/openai` : baseUrl;
}

/** The provider of arb, and the address where it is another one, by a gateway's name for it. */
export function providerOf(
  gateway: 'portkey' | 'litellm',
  name: string,
  baseUrl: string | undefined,
): { provider: string; base_url?: string } {
  const known = Object.entries(vendors).find(([, vendor]) => vendor[gateway] === name);
  if (baseUrl === undefined) {
    const home = known?.[1].baseUrl;
    return { provider: known?.[0] ?? name, ...(home !== undefined && { base_url: home }) };
  }
  const own = known !== undefined && ownProtocol.includes(known[0]);
  const byAddress = Object.entries(vendors).find(([, vendor]) => vendor.baseUrl === baseUrl);
  return { provider: byAddress?.[0] ?? (own ? known[0] : 'openai-compatible'), base_url: baseUrl };
}
