import { isIP, type OnReadOpts, connect as openSocket, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { Ms } from '../../units.ts';
import { trustAlso } from './certificates.ts';
import type { ClientOptions } from './client-options.ts';
import { withoutBrackets } from './no-proxy.ts';
import { proxyAuthorization, proxyFor, tunnel } from './proxy.ts';

/**
 * Makes one connected socket, with TLS where it is wanted. Where `onBytes` is given, all bytes that
 * leave the socket go there, and are good until it returns.
 * @throws ConnectTimeout, or the network's error.
 */
export type Dial = (timeout: Ms, onBytes?: OnBytes) => Promise<Socket>;

type OnBytes = (bytes: Buffer) => void;

/** How the requests to one origin travel. */
export interface NetworkPath {
  readonly dial: Dial;
  /**
   * What stands before the path in a request line: empty, or the origin where a proxy is asked for
   * the whole address (RFC 9112, section 3.2.2).
   */
  readonly prefix: string;
  /** Headers that the proxy needs with each request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** No connection was made in time. */
export class ConnectTimeout extends Error {}

/** Bytes of one read; a stream hands over a few hundred at a time. */
const readSize = 32 * 1_024;

/** TCP keep-alive (ms): a peer that vanished is noticed after this. */
const keepAliveProbe = 60_000;

/**
 * The way to the origin of `url`: directly; through a proxy by CONNECT for `https:`; or, for `http:`,
 * by handing the proxy whole requests, as many proxies refuse CONNECT to ports other than 443.
 * @throws UsageError where the proxy cannot be used.
 */
export function findPath(url: URL, options: ClientOptions): NetworkPath {
  const { ca = [] } = options;
  const proxy = proxyFor(url, options);
  if (!proxy) return { dial: createDial(url, ca), prefix: '', headers: {} };
  if (url.protocol === 'http:') {
    return { dial: createDial(proxy, ca), prefix: url.origin, headers: proxyAuthorization(proxy) };
  }
  const dial: Dial = async (timeout, onBytes) => {
    const tunnelled = await tunnel(proxy, url, { ca, timeout });
    const socket = await ready(encrypt(url, ca, { socket: tunnelled }), 'secureConnect', timeout);
    return onBytes ? socket.on('data', onBytes) : socket;
  };
  return { dial, prefix: '', headers: {} };
}

/** Sockets straight to the host of `url`, by TLS where its scheme is `https:`. */
function createDial(url: URL, ca: readonly string[]): Dial {
  const host = withoutBrackets(url.hostname);
  const port = portOf(url);
  return async (timeout, onBytes) => {
    const into = onBytes && { onread: readIntoOneBuffer(onBytes) };
    return url.protocol === 'https:'
      ? ready(encrypt(url, ca, { ...into }), 'secureConnect', timeout)
      : ready(openSocket({ host, port, ...into }), 'connect', timeout);
  };
}

const portOf = (url: URL) => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);

function encrypt(
  url: URL,
  ca: readonly string[],
  over: { readonly socket?: Socket; readonly onread?: OnReadOpts },
): Socket {
  const host = withoutBrackets(url.hostname);
  return tls.connect({
    ...over,
    host,
    port: portOf(url),
    // An address is no server name (RFC 6066, section 3).
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    ...trustAlso(ca),
  });
}

/** Node would allocate a buffer of 64 KB for each read. */
function readIntoOneBuffer(onBytes: OnBytes): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(readSize);
  return {
    buffer,
    callback(length) {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
}

function ready(socket: Socket, event: 'connect' | 'secureConnect', timeout: Ms): Promise<Socket> {
  socket.setNoDelay(true).setKeepAlive(true, keepAliveProbe);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), timeout);
    const fail = (error: Error) => reject(explainTls(error));
    socket.once('error', fail).once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

/**
 * TLS alerts that mean something arb does not support, in those words. TLS 1.3 tells of a missing
 * certificate after the handshake, as an error of the open connection.
 */
export function explainTls(error: Error & { readonly code?: string }): Error {
  const { code = '' } = error;
  const missing = /NO_APPLICATION_PROTOCOL/.test(code)
    ? 'the server speaks only HTTP/2'
    : /CERTIFICATE_REQUIRED/.test(code) && 'the server asks for a client certificate';
  return missing ? new Error(`${missing}, which arb does not support`, { cause: error }) : error;
}
