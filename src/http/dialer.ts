import { isIP, type OnReadOpts, connect as openSocket, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { Ms } from '../units.ts';
import type { ClientOptions } from './client-options.ts';
import { proxyFor, tunnel } from './proxy.ts';

/**
 * Makes one connected socket, with TLS where it is wanted. Where there is a `hear`, all bytes that
 * leave the socket go there, and are good until it returns. @throws ConnectTimeout, or the network's
 * error.
 */
export type Dial = (timeout: Ms, hear?: Hear) => Promise<Socket>;

type Hear = (bytes: Buffer) => void;

/** Nobody answered in time. */
export class ConnectTimeout extends Error {}

/** A read of more bytes comes in pieces; a stream hands over a few hundred at a time. */
const readSize = 32 * 1_024;

/** A peer that is gone without a word is noticed after this. */
const keepAliveProbe = 60_000;

/** Sockets to `url`: by TLS with the certificates trusted, through the proxy if there is one. */
export function dialer(url: URL, options: ClientOptions): Dial {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const port = Number(url.port) || (secure ? 443 : 80);
  const { ca = [] } = options;
  const proxy = proxyFor(url, options);
  const encrypt = (over: { readonly socket?: Socket; readonly onread?: OnReadOpts }) =>
    tls.connect({
      ...over,
      host,
      port,
      // A name that is an address is no name (RFC 6066, section 3).
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      ...(ca.length > 0 && { ca: [...systemCertificates(), ...ca] }),
    });
  return async (timeout, hear) => {
    if (!proxy) {
      const into = hear && { onread: intoOneBuffer(hear) };
      return secure
        ? ready(encrypt({ ...into }), 'secureConnect', timeout)
        : ready(openSocket({ host, port, ...into }), 'connect', timeout);
    }
    const tunnelled = await tunnel(proxy, url, { ca, timeout });
    const socket = secure
      ? await ready(encrypt({ socket: tunnelled }), 'secureConnect', timeout)
      : tunnelled;
    return hear ? socket.on('data', hear) : socket;
  };
}

/** Node would make a buffer of 64 KB for each read. */
function intoOneBuffer(hear: Hear): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(readSize);
  return {
    buffer,
    callback(length) {
      hear(buffer.subarray(0, length));
      return true;
    },
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
