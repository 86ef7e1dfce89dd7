import type { Socket } from 'node:net';
import { type Ms, ms, secondsToMs } from '../units.ts';
import type { ClientOptions } from './network/client-options.ts';
import { explainTls, findPath, type NetworkPath } from './network/dialer.ts';

/** A connection that carries one exchange at a time. */
export interface Connection {
  readonly socket: Socket;
  /** Receives incoming bytes; undefined while the connection is idle. */
  listener: Listener | undefined;
  idleSince: Ms;
  /** When the server may have closed it. */
  expiresAt: Ms;
  /** Called when a poll has looked at it since its last exchange; undefined once one has. */
  rested: (() => void) | undefined;
}

/** The exchange that a connection carries. */
export interface Listener {
  /** Bytes left the socket: called before anything is done with them; they are good until it returns. */
  arrived(bytes: Buffer): void;
  /** No more will come; with an error where the connection broke. */
  closed(error?: Error): void;
}

/**
 * Idle connections are kept this long (ms), as most load balancers keep theirs for 60 s; a shorter time
 * in the server's Keep-Alive header is obeyed.
 */
const keepAliveTime = ms(55_000);
/** The server's clock runs from before its last byte reached us. */
const keepAliveMargin = 1_000;

/**
 * The connections to one origin. A pool would hide whether a request waited for a connection; here
 * each exchange takes one, the most recently used first, or dials one.
 */
export class Origin {
  /** How requests travel to it: what of a proxy must stand in them. */
  readonly path: NetworkPath;
  readonly #idle: Connection[] = [];
  /** It said something that nobody asked for: a later answer could be another request's. */
  #unasked = false;
  readonly #all = new Set<Connection>();

  constructor(url: URL, options: ClientOptions) {
    this.path = findPath(url, options);
  }

  /** An open idle connection, if there is one. */
  idle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection) return undefined;
      if (connection.expiresAt > performance.now() && connection.socket.writable) {
        connection.socket.ref();
        return connection;
      }
      this.discard(connection);
    }
  }

  /** Sets a connection up. @throws ConnectTimeout, or what the network says. */
  async dial(timeout: Ms): Promise<Connection> {
    let connection: Connection | undefined;
    let early = false;
    const socket = await this.path.dial(timeout, (bytes) => {
      if (connection?.listener) return connection.listener.arrived(bytes);
      // Close the connection, or the bytes would be read as the next response.
      early = true;
      if (connection && !saysTimeout(bytes)) this.distrust();
      connection?.socket.destroy();
    });
    if (early) {
      socket.destroy();
      throw new Error('the server spoke before it was asked');
    }
    const made: Connection = {
      socket,
      listener: undefined,
      idleSince: ms(0),
      expiresAt: ms(0),
      rested: undefined,
    };
    connection = made;
    this.#all.add(made);
    const closed = (error?: Error) => {
      const { listener } = made;
      this.#forget(made);
      listener?.closed(error);
    };
    socket.on('end', () => closed());
    socket.on('error', (error) => closed(explainTls(error)));
    socket.on('close', () => closed(new Error('the connection was closed')));
    return made;
  }

  /** From now on each exchange has a connection of its own, as one that is kept may hold more. */
  distrust(): void {
    this.#unasked = true;
    for (const connection of this.#idle.splice(0)) this.discard(connection);
  }

  /** Gives back a connection whose exchange ended cleanly; `keepAlive` in seconds, if it was told. */
  release(connection: Connection, keepAlive: number | undefined): void {
    connection.listener = undefined;
    const { socket } = connection;
    if (this.#unasked || !this.#all.has(connection) || socket.writableLength > 0) {
      this.discard(connection);
      return;
    }
    const told = secondsToMs(keepAlive ?? Infinity) - keepAliveMargin;
    connection.idleSince = ms(performance.now());
    connection.expiresAt = ms(connection.idleSince + Math.min(keepAliveTime, told));
    // An idle connection keeps no process alive.
    socket.unref();
    rest(connection);
    this.#idle.push(connection);
  }

  /** Closes a connection whose exchange was broken off. */
  discard(connection: Connection): void {
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    connection.listener = undefined;
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** Dials until `connections` are at hand; what cannot connect is left to the send. */
  async warm(connections: number, timeout: Ms): Promise<void> {
    const missing = Math.max(0, connections - this.#idle.length);
    await Promise.all(
      Array.from({ length: missing }, () =>
        this.dial(timeout).then(
          (connection) => this.release(connection, undefined),
          () => undefined,
        ),
      ),
    );
  }

  close(): void {
    this.#idle.length = 0;
    for (const connection of this.#all) this.discard(connection);
  }
}

/** Given back since the last poll. */
let resting: Connection[] = [];
const nobodyWaits = () => undefined;

/**
 * Lets one whole poll pass before a connection is written to again, so that bytes which the server
 * sent beyond its answer, and which lie at the socket already, are found while nobody waits for any.
 */
function rest(connection: Connection): void {
  connection.rested = nobodyWaits;
  if (resting.length === 0) setImmediate(awaitPoll);
  resting.push(connection);
}

/** Immediates run right after the poll: this one after the poll that ended the exchanges. */
function awaitPoll(): void {
  const batch = resting;
  resting = [];
  setImmediate(() => {
    for (const connection of batch) {
      const { rested } = connection;
      connection.rested = undefined;
      rested?.();
    }
  });
}

/** Some load balancers say so, unasked, when they close an idle connection. */
const saysTimeout = (bytes: Buffer) => bytes.toString('latin1', 0, 12) === 'HTTP/1.1 408';
