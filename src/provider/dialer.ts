import { isIP, connect as openSocket, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { Ms } from '../units.ts';
import type { ClientOptions } from './exchange.ts';
import { proxyFor, tunnel } from './proxy.ts';

/** Makes one connected socket, with TLS where it is wanted. @throws ConnectTimeout, or the network's error. */
export type Dial = (timeout: Ms) => Promise<Socket>;

/** Nobody answered in time. */
export class ConnectTimeout extends Error {}

/** A peer that is gone without a word is noticed after this. */
const keepAliveProbe = 60_000;

/** Sockets to `url`: by TLS with the certificates trusted, through the proxy if there is one. */
export function dialer(url: URL, options: ClientOptions): Dial {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const port = Number(url.port) || (secure ? 443 : 80);
  const { ca = [] } = options;
  const proxy = proxyFor(url, options);
  const encrypt = (over: { readonly socket?: Socket }) =>
    tls.connect({
      ...over,
      host,
      port,
      // A name that is an address is no name (RFC 6066, section 3).
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      ...(ca.length > 0 && { ca: [...systemCertificates(), ...ca] }),
    });
  return async (timeout) => {
    if (!proxy) {
      return secure
        ? ready(encrypt({}), 'secureConnect', timeout)
        : ready(openSocket({ host, port }), 'connect', timeout);
    }
    const socket = await tunnel(proxy, url, { ca, timeout });
    return secure ? ready(encrypt({ socket }), 'secureConnect', timeout) : socket;
  };
}

function ready(socket: Socket, event: 'connect' | 'secureConnect', timeout: Ms): Promise<Socket> {
  socket.setNoDelay(true).setKeepAlive(true, keepAliveProbe);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), timeout);
    socket.once('error', reject).once(event, () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

/** What Node would trust by itself; `ca` replaces that list, so it is repeated. */
function systemCertificates(): readonly string[] {
  return tls.getCACertificates?.('default') ?? tls.rootCertificates;
}
