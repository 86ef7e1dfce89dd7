import { isLoopback } from '../../http/network/loopback.ts';
import { presetsByName } from './presets.ts';
import type { Target } from './target.ts';

/** A key and a host that the user, not a file that came along, lets it be sent to. */
export interface AllowedKey {
  /** Name of the variable. */
  readonly variable: string;
  /** Host in lower case, with its port where one was said. */
  readonly host: string;
  /** `http:` only where the user said so: keys in the clear need to be meant. */
  readonly protocol: 'http:' | 'https:';
}

/**
 * Reads `NAME=HOST`: `LITELLM_API_KEY=litellm.example.com`, with a port, or with the scheme where it is
 * `http://litellm.svc:4000`. Nothing where it is neither.
 */
export function parseAllowedKey(text: string): AllowedKey | undefined {
  const [, variable, where] = /^([A-Za-z_][A-Za-z0-9_]*)=(\S+)$/.exec(text.trim()) ?? [];
  if (variable === undefined || where === undefined) return undefined;
  const address = where.includes('://') ? where : `https://${where}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.username || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return undefined;
  }
  return { variable, host: url.host, protocol: url.protocol };
}

/** Where a key would be sent. */
type Destination = Pick<Target, 'baseUrl' | 'provider' | 'apiKeyEnv'>;

/**
 * Why the key of a target must not be sent to its base URL, in words, or nothing where it may. Keys stay
 * on this machine, go to the hosts of the preset that they belong to, and elsewhere only where the user
 * allowed it: a config or policy from somebody else names hosts and variables, and must not be able to
 * carry a key away. A variable that belongs to no preset may go to the hosts of the target's own.
 */
export function findKeyObstacle(
  { baseUrl, provider, apiKeyEnv }: Destination,
  allowed: readonly AllowedKey[],
): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const url = new URL(baseUrl);
  if (isLoopback(url)) return undefined;
  if (url.protocol === 'https:' && isHome(url, apiKeyEnv, provider)) return undefined;
  if (allowed.some((each) => each.variable === apiKeyEnv && isAllowed(url, each))) return undefined;
  const where = url.protocol === 'http:' ? url.origin : url.host;
  const clear = url.protocol === 'http:' ? ' in the clear' : '';
  return `the key in ${apiKeyEnv} would be sent to ${url.host}${clear}, which is no host of its provider. If that is meant, allow it yourself: --allow-key ${apiKeyEnv}=${where}, the same in ARB_ALLOW_KEYS, or under keys in hosts.yaml of your config folder.`;
}

function isAllowed(url: URL, { host, protocol }: AllowedKey): boolean {
  return url.protocol === protocol && (url.host === host || url.hostname === host);
}

/** Whether `url` is at a host of a preset that the variable belongs to. */
function isHome(url: URL, variable: string, provider: string): boolean {
  const owners = [...presetsByName.values()].filter(({ apiKeyEnv }) => apiKeyEnv === variable);
  const own = presetsByName.get(provider);
  const homes = owners.length > 0 ? owners : own ? [own] : [];
  return homes.some(({ baseUrl, keyHosts = [] }) => {
    if (baseUrl !== undefined && new URL(baseUrl).host === url.host) return true;
    return keyHosts.some((pattern) => matches(url, pattern));
  });
}

/** `*.example.com` holds for every host below it, at the usual port. */
function matches({ host }: URL, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
