import type { Leaf } from './plan.ts';
import { ownProtocol, providerHomes } from './provider-homes.ts';

/**
 * What a gateway calls arb's providers, by arb's name; one that it does not know is reached as
 * OpenAI-compatible.
 */
export type ProviderNames = ReadonlyMap<string, string>;

/** How a gateway reaches a leaf: its own integration, or OpenAI-compatible at an address. */
export interface Reach {
  readonly provider: string;
  /** Written out only where it is not the integration's own address. */
  readonly baseUrl?: string;
}

/** How the gateway with these names reaches a leaf. */
export function toReach(leaf: Leaf, names: ProviderNames): Reach {
  const own = names.get(leaf.provider);
  const atHome = leaf.baseUrl === undefined || leaf.baseUrl === providerHomes.get(leaf.provider);
  if (own !== undefined && atHome) return { provider: own };
  const baseUrl = findAddress(leaf);
  const provider = own !== undefined && ownProtocol.has(leaf.provider) ? own : 'openai';
  return { provider, ...(baseUrl !== undefined && { baseUrl }) };
}

/** The address requests to a leaf are sent to, where it is known. */
export function findAddress({ baseUrl, provider }: Leaf): string | undefined {
  return baseUrl ?? providerHomes.get(provider);
}

/** The same, for gateways that speak OpenAI's protocol with every provider but Anthropic. */
export function findOpenAiAddress(leaf: Leaf): string | undefined {
  const baseUrl = findAddress(leaf);
  const own = leaf.provider === 'google' && baseUrl === providerHomes.get('google');
  return own ? `${baseUrl}/v1beta/openai` : baseUrl;
}

/** The provider of arb, and the address where it is another one, by a gateway's name for it. */
export function readProvider(
  names: ProviderNames,
  name: string,
  baseUrl: string | undefined,
): { provider: string; base_url?: string } {
  const known = [...names].find(([, theirs]) => theirs === name)?.[0];
  if (baseUrl === undefined) {
    const home = known === undefined ? undefined : providerHomes.get(known);
    return { provider: known ?? name, ...(home !== undefined && { base_url: home }) };
  }
  const own = known !== undefined && ownProtocol.has(known);
  const byAddress = [...providerHomes].find(([, home]) => home === baseUrl)?.[0];
  return { provider: byAddress ?? (own ? known : 'openai-compatible'), base_url: baseUrl };
}
