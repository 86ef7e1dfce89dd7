import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Ms } from '../units.ts';
import type { ClientOptions } from './client-options.ts';
import { isLoopback } from './loopback.ts';

/** The proxy for `url`, if there is one; what is on this machine is always reached directly. */
export function proxyFor(url: URL, options: ClientOptions): URL | undefined {
  const proxy = url.protocol === 'https:' ? options.httpsProxy : options.httpProxy;
  if (!proxy || isLoopback(url) || bypasses(url, options.noProxy ?? '')) return undefined;
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** NO_PROXY: names with their subdomains, `host:port`, or `*`. */
function bypasses(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  return noProxy
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only] = /^([^:]*|\[.*\])(?::(\d+))?$/.exec(entry) ?? [entry, entry];
      if (only !== undefined && only !== port) return false;
      const bare = name.replaceAll(/^\*?\.|[[\]]/g, '').toLowerCase();
      return host === bare || host.endsWith(`.${bare}`);
    });
}

/** A socket through `proxy` to the host of `url`, by CONNECT. */
export function tunnel(
  proxy: URL,
  url: URL,
  { ca, timeout }: { readonly ca: readonly string[]; readonly timeout: Ms },
): Promise<Socket> {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const user = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  const secret = Buffer.from(`${user}:${password}`).toString('base64');
  const open = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const connect = open({
      hostname: proxy.hostname.replaceAll(/[[\]]/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: `${url.hostname}:${port}`,
      timeout,
      headers: {
        host: `${url.hostname}:${port}`,
        ...(proxy.username && { 'proxy-authorization': `Basic ${secret}` }),
      },
      ...(ca.length > 0 && { ca: [...ca] }),
    });
    connect.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered HTTP ${response.statusCode} to CONNECT`));
    });
    connect.once('timeout', () => connect.destroy(new Error(`the proxy ${proxy.host} is silent`)));
    connect.once('error', reject);
    connect.end();
  });
}
