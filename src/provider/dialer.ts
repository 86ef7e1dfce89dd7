import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { buildConnector } from 'undici';
import { ms } from '../units.ts';
import type { ClientOptions } from './exchange.ts';
import { proxyFor, tunnel } from './proxy.ts';

/** Makes one connected socket, with TLS where it is wanted. */
export type Dial = (
  done: (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void,
) => void;

/** Only a backstop: each exchange has its own, shorter, time to connect. */
const dialTimeout = 120_000;

/** Sockets to `url`: by TLS with the certificates trusted, through the proxy if there is one. */
export function dialer(url: URL, options: ClientOptions): Dial {
  const connect = connector(url, options);
  const { host, protocol, port } = url;
  const hostname = url.hostname.replaceAll(/[[\]]/g, '');
  return (done) => connect({ hostname, host, protocol, port }, (...result) => done(...result));
}

/** The same as undici wants it of whoever connects for it. */
export function connector(url: URL, options: ClientOptions): buildConnector.connector {
  const direct = buildConnector({
    allowH2: false,
    timeout: dialTimeout,
    ...(options.ca && { ca: [...systemCertificates(), ...options.ca] }),
  });
  const proxy = proxyFor(url, options);
  if (!proxy) return direct;
  return (dial, callback) => {
    tunnel(proxy, url, { ca: options.ca ?? [], timeout: ms(dialTimeout) }).then(
      (httpSocket) => {
        if (url.protocol === 'https:') direct({ ...dial, httpSocket }, callback);
        else callback(null, httpSocket);
      },
      (error: Error) => callback(error, null),
    );
  };
}

/** What Node would trust by itself; `ca` replaces that list, so it is repeated. */
function systemCertificates(): readonly string[] {
  return tls.getCACertificates?.('default') ?? tls.rootCertificates;
}
