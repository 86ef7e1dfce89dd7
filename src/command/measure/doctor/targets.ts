import { lookup } from 'node:dns/promises';
import { proxyFor } from '../../../http/network/proxy.ts';
import { type PlainResponse, PlainTimeout, sendPlain } from '../../../http/plain-client.ts';
import { authorization } from '../../../provider/dialect/params.ts';
import { findKeyObstacle } from '../../../provider/target/key-hosts.ts';
import type { Target, WireName } from '../../../provider/target/target.ts';
import { readAllowedKeys } from '../../config/allowed-keys.ts';
import { clientOptions } from '../../config/network.ts';
import type { Env } from '../../context.ts';
import type { DoctorFinding } from './finding.ts';

/** Lists of models cost nothing to ask for, and want the key. */
const modelLists: Record<WireName, { path: string; headers?: Readonly<Record<string, string>> }> = {
  'openai-chat': { path: '/models' },
  'openai-responses': { path: '/models' },
  'anthropic-messages': { path: '/v1/models', headers: { 'anthropic-version': '2023-06-01' } },
  gemini: { path: '/v1beta/models' },
};

/** Longer (ms) than any list of models takes where the address is right. */
const patience = 10_000;
/** Certificates and signed requests are good for minutes only. */
const mostOff = 60_000;

/** The proxies that the environment names. */
export function examineProxies(env: Env): DoctorFinding {
  const { httpsProxy, httpProxy, noProxy } = clientOptions(env);
  const said = [
    ...(httpsProxy === undefined ? [] : [`https: by ${hostOf(httpsProxy)}`]),
    ...(httpProxy === undefined ? [] : [`http: by ${hostOf(httpProxy)}`]),
    ...(noProxy === undefined ? [] : [`but not ${noProxy}`]),
  ];
  const says = said.length === 0 ? 'none' : `${said.join(', ')}; their time is in what is measured`;
  return { name: 'proxies', state: 'ok', says };
}

/** Without the password that may be in it. */
function hostOf(proxy: string): string {
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(text) ? new URL(text).host : 'an address that cannot be read';
}

/** Name, address and key of a target, by a request that costs nothing. */
export async function examineTarget(
  target: Target,
  { env, now }: { readonly env: Env; readonly now: () => Date },
): Promise<DoctorFinding> {
  const name = target.name;
  const { apiKeyEnv, baseUrl } = target;
  const key = apiKeyEnv === undefined ? undefined : env[apiKeyEnv];
  if (apiKeyEnv !== undefined && !key) {
    const todo = `export ${apiKeyEnv}=... in this shell, or as a secret of the CI job`;
    return { name, state: 'fault', says: `${apiKeyEnv} is not set`, todo };
  }
  const obstacle = findKeyObstacle(target, readAllowedKeys(env));
  if (obstacle !== undefined) {
    return { name, state: 'fault', says: obstacle, todo: 'correct base_url, or allow the key' };
  }
  const url = new URL(baseUrl);
  try {
    const dns = proxyFor(url, clientOptions(env)) ? 'resolved by the proxy' : await resolve(url);
    const { path, headers } = modelLists[target.wire];
    const sent = performance.now();
    const answer = await sendPlain(
      `${baseUrl}${path}`,
      { headers: { ...headers, ...authorization(target, key) }, timeout: patience },
      clientOptions(env),
    );
    const reached = `${url.host}: ${dns}, answered in ${(performance.now() - sent).toFixed(0)} ms`;
    return { name, ...judge(answer, { target, reached, now: now() }) };
  } catch (error) {
    return { name, state: 'fault', ...explain(error as Error, url) };
  }
}

async function resolve({ hostname }: URL): Promise<string> {
  const started = performance.now();
  await lookup(hostname.replaceAll(/[[\]]/g, ''));
  return `DNS ${(performance.now() - started).toFixed(0)} ms`;
}

interface Reached {
  readonly target: Target;
  readonly reached: string;
  readonly now: Date;
}

function judge(
  { status, headers }: PlainResponse,
  { target: { apiKeyEnv }, reached, now }: Reached,
): Omit<DoctorFinding, 'name'> {
  if (apiKeyEnv !== undefined && (status === 401 || status === 403)) {
    const says = `${reached}; refused the key in ${apiKeyEnv} (HTTP ${status})`;
    return { state: 'fault', says, todo: `put a key of this provider into ${apiKeyEnv}` };
  }
  const off = Math.abs(Date.parse(headers.date ?? '') - now.getTime());
  if (off > mostOff) {
    const says = `${reached}; its clock and this one are ${Math.round(off / 1_000)} s apart`;
    return { state: 'warning', says, todo: 'set the clock of this machine by NTP' };
  }
  if (apiKeyEnv === undefined) return { state: 'ok', says: `${reached}; no key needed` };
  const tested = status === 200 ? 'takes' : `does not say whether it takes (HTTP ${status})`;
  return { state: 'ok', says: `${reached}; ${tested} the key in ${apiKeyEnv}` };
}

function explain(
  error: Error & { readonly code?: string },
  { host, protocol }: URL,
): Pick<DoctorFinding, 'says' | 'todo'> {
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return {
      says: `${host}: has no address (${error.code})`,
      todo: 'correct base_url, or the DNS',
    };
  }
  if (error.code === 'ECONNREFUSED') {
    return { says: `${host}: nothing listens there`, todo: 'start it, or correct base_url' };
  }
  const why = error instanceof PlainTimeout ? error.message : error.message || error.code;
  const says = `${host}: ${why}`;
  const way = protocol === 'https:' ? ', the certificates (NODE_EXTRA_CA_CERTS)' : '';
  return { says, todo: `check base_url, the proxy (HTTPS_PROXY)${way} and the firewall` };
}
