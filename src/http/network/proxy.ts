import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { UsageError } from '../../errors.ts';
import type { Ms } from '../../units.ts';
import { trustAlso } from './certificates.ts';
import type { ClientOptions } from './client-options.ts';
import { isLoopback } from './loopback.ts';
import { bypassesProxy, withoutBrackets } from './no-proxy.ts';

/**
 * The proxy for `url`, if there is one; this machine is always reached directly.
 * @throws UsageError where the address of the proxy is wrong or not of an HTTP proxy.
 */
export function proxyFor(url: URL, options: ClientOptions): URL | undefined {
  const proxy = url.protocol === 'https:' ? options.httpsProxy : options.httpProxy;
  if (!proxy || isLoopback(url) || bypassesProxy(url, options.noProxy ?? '')) return undefined;
  return parseProxy(proxy);
}

/** The address of an HTTP proxy; without a scheme it is `http:`. @throws UsageError otherwise. */
export function parseProxy(address: string): URL {
  const text = address.includes('://') ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Never the address itself: it may hold a password.
  if (!url) {
    throw new UsageError(
      'The address of the proxy cannot be read. Give one like http://proxy:3128.',
    );
  }
  if (/^socks/.test(url.protocol)) {
    throw new UsageError(
      `The proxy ${url.host} is a SOCKS proxy, which arb does not support. Give an HTTP proxy, or name the hosts in NO_PROXY.`,
    );
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `The proxy ${url.host} has the scheme ${url.protocol}//. Give one with http:// or https://.`,
    );
  }
  return url;
}

/** The header that authenticates at a proxy whose address holds a user (RFC 7617), if it does. */
export function proxyAuthorization(proxy: URL): Readonly<Record<string, string>> {
  if (!proxy.username) return {};
  const [user, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  const secret = Buffer.from(`${user}:${password}`).toString('base64');
  return { 'proxy-authorization': `Basic ${secret}` };
}

/** A socket through `proxy` to the host of `url`, by CONNECT; any 2xx opens it (RFC 9110, 9.3.6). */
export function tunnel(
  proxy: URL,
  url: URL,
  { ca, timeout }: { readonly ca: readonly string[]; readonly timeout: Ms },
): Promise<Socket> {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const open = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const connect = open({
      hostname: withoutBrackets(proxy.hostname),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: `${url.hostname}:${port}`,
      timeout,
      headers: { host: `${url.hostname}:${port}`, ...proxyAuthorization(proxy) },
      ...trustAlso(ca),
    });
    connect.once('connect', (response, socket: Socket, head: Buffer) => {
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered HTTP ${statusCode} to CONNECT`));
    });
    connect.once('timeout', () => connect.destroy(new Error(`the proxy ${proxy.host} is silent`)));
    connect.once('error', reject);
    connect.end();
  });
}
