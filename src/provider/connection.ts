import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { rootCertificates } from 'node:tls';
import { buildConnector, Client as UndiciClient } from 'undici';
import { type Ms, ms } from '../units.ts';
import type { ClientOptions } from './exchange.ts';
import { proxyFor, tunnel } from './proxy.ts';

/** A connection that carries one exchange at a time, and knows what it cost to set up. */
export interface Connection {
  readonly http: UndiciClient;
  /** Set-up time of the present exchange; 0 where the connection stood already. */
  connect: Ms;
  /** How long the present exchange waits for a connection. */
  timeout: Ms;
}

/** Nobody answered in time. */
export class ConnectTimeout extends Error {}

/**
 * Idle connections are kept as long as most load balancers keep theirs; a server that says less in
 * its Keep-Alive header is obeyed.
 */
const keepAliveTimeout = 55_000;

/** Only a backstop: each exchange has its own, shorter, time to connect. */
const dialTimeout = 120_000;

/**
 * The connections to one origin. undici's own pool would hide whether a request waited for a
 * connection; here each exchange takes one, the most recently used first, or makes one.
 */
export class Origin {
  readonly #url: URL;
  readonly #dial: buildConnector.connector;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  /** Sockets that stand ready for the next connection that wants one. */
  readonly #spares = new Set<Socket>();

  constructor(url: URL, options: ClientOptions) {
    this.#url = url;
    this.#dial = dialer(url, options);
  }

  take(timeout: Ms): Connection {
    const connection = this.#idle.pop() ?? this.#open();
    connection.connect = ms(0);
    connection.timeout = timeout;
    return connection;
  }

  /** Gives back a connection whose exchange ended cleanly. */
  release(connection: Connection): void {
    if (this.#all.has(connection)) this.#idle.push(connection);
  }

  /** Closes a connection whose exchange was broken off. */
  discard(connection: Connection): void {
    this.#all.delete(connection);
    connection.http.destroy().catch(() => undefined);
  }

  /** Sets sockets up until `connections` are at hand; what cannot connect is left to the send. */
  async warm(connections: number, timeout: Ms): Promise<void> {
    const missing = connections - this.#idle.length - this.#spares.size;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#spare(timeout)));
  }

  async close(): Promise<void> {
    for (const socket of this.#spares) socket.destroy();
    await Promise.all([...this.#all].map(({ http }) => http.destroy()));
    this.#all.clear();
    this.#idle.length = 0;
  }

  #open(): Connection {
    const connection: Connection = {
      connect: ms(0),
      timeout: ms(0),
      http: new UndiciClient(this.#url, {
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout,
        // Every exchange has timers of its own, exact to the millisecond.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: (options, callback) => {
          const startedAt = performance.now();
          const spare = this.#takeSpare();
          // undici does not expect its connector to answer before it returns.
          if (spare) return queueMicrotask(() => callback(null, spare));
          this.#dialWithin(connection.timeout, options, (...result) => {
            connection.connect = ms(performance.now() - startedAt);
            callback(...result);
          });
        },
      }),
    };
    this.#all.add(connection);
    return connection;
  }

  #dialWithin(
    timeout: Ms,
    options: buildConnector.Options,
    callback: buildConnector.Callback,
  ): void {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      callback(new ConnectTimeout(), null);
    }, timeout);
    this.#dial(options, (...result) => {
      clearTimeout(timer);
      if (!late) callback(...result);
      else result[1]?.destroy();
    });
  }

  #takeSpare(): Socket | undefined {
    for (const socket of this.#spares) {
      this.#spares.delete(socket);
      socket.removeAllListeners('close').pause().ref();
      if (!socket.destroyed && !socket.readableEnded && socket.writable) return socket;
    }
    return undefined;
  }

  #spare(timeout: Ms): Promise<void> {
    const { host, protocol, port } = this.#url;
    const hostname = this.#url.hostname.replaceAll(/[[\]]/g, '');
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#dial({ hostname, host, protocol, port }, (error, socket) => {
        clearTimeout(timer);
        if (!error) {
          this.#spares.add(socket);
          // Flowing, it notices that the other side has closed it.
          socket.once('close', () => this.#spares.delete(socket)).resume();
          socket.unref();
        }
        resolve();
      });
    });
  }
}

/** How sockets to `url` are made: by TLS with the certificates trusted, through the proxy if there is one. */
export function dialer(url: URL, options: ClientOptions): buildConnector.connector {
  const connector = buildConnector({
    allowH2: false,
    timeout: dialTimeout,
    ...(options.ca && { ca: [...systemCertificates(), ...options.ca] }),
  });
  const proxy = proxyFor(url, options);
  if (!proxy) return connector;
  return (dial, callback) => {
    tunnel(proxy, url, { ca: options.ca ?? [], timeout: ms(dialTimeout) }).then(
      (httpSocket) => {
        if (url.protocol === 'https:') connector({ ...dial, httpSocket }, callback);
        else callback(null, httpSocket);
      },
      (error: Error) => callback(error, null),
    );
  };
}

/** What Node would trust by itself; `ca` replaces that list, so it is repeated. */
function systemCertificates(): readonly string[] {
  return tls.getCACertificates?.('default') ?? rootCertificates;
}
