import { type Ms, ms } from '../units.ts';
import type { Connection, Listener, Origin } from './connection.ts';
import { CodedBody, readCodings } from './content-coding.ts';
import type { Headers } from './headers.ts';
import { type Indexed, IndexedBag } from './indexed-bag.ts';
import { ConnectTimeout } from './network/dialer.ts';
import { pollTime } from './poll-clock.ts';
import type {
  EncodedRequest,
  Ending,
  ExchangeLimits,
  ResponseHandler,
  TooLong,
} from './response-handler.ts';
import { ProtocolError, ResponseReader, type ResponseSink, type Span } from './response-reader.ts';

/**
 * How long (ms) a server may keep a connection open after the handler found the answer complete;
 * past that the answer is taken and the connection dropped.
 */
const lingerTime = 250;

/**
 * After this idle time (ms) a connection yields once to the event loop before it is written to, so
 * that a pending FIN or RST is seen.
 */
const trustedFor = 50;

/**
 * One request and its response (RFC 9110, section 3.4). Bytes are stamped when the poll finds them
 * and parsed afterwards; the first ending settles the exchange, once.
 */
export class HttpExchange<Result> implements Listener, ResponseSink, Cancellable {
  index = 0;
  readonly #origin: Origin;
  readonly #limits: ExchangeLimits;
  #handler: ResponseHandler<Result>;
  readonly #reader = new ResponseReader(this);
  #timer: NodeJS.Timeout | undefined;
  #connection: Connection | undefined;
  #connect: Ms | undefined;
  #status = 0;
  #headers: Headers = {};
  #sentAt: Ms | undefined;
  #resolve: ((result: Result | Promise<Result>) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #settled = false;
  /** Read so far, framing included. */
  #bytes = 0;
  /** The handler found the answer complete; only the end of the HTTP message is missing. */
  #complete = false;

  constructor(origin: Origin, limits: ExchangeLimits, handler: ResponseHandler<Result>) {
    this.#origin = origin;
    this.#limits = limits;
    this.#handler = handler;
  }

  /**
   * Sends a request and resolves with what the handler concludes from its response. It rejects only
   * where the handler's `conclude` throws, never for what the network or the server does.
   */
  send(request: EncodedRequest): Promise<Result> {
    const { signal } = this.#limits;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      getExchanges(signal).add(this);
      if (signal.aborted) return this.cancel();
      const connection = this.#origin.idle();
      if (!connection) return this.#dial(request);
      this.#connect = ms(0);
      const write = () => {
        if (this.#settled) this.#origin.discard(connection);
        else if (connection.socket.writable) this.#write(connection, request);
        else this.#dial(request);
      };
      if (connection.rested) connection.rested = write;
      else if (now() - connection.idleSince < trustedFor) write();
      else setImmediate(write);
    });
  }

  cancel(): void {
    this.#break({ kind: 'cancelled' });
  }

  #dial(request: EncodedRequest): void {
    const startedAt = now();
    this.#origin.dial(this.#limits.timeouts.connect).then(
      (connection) => {
        this.#connect = ms(now() - startedAt);
        if (this.#settled) this.#origin.release(connection, undefined);
        else this.#write(connection, request);
      },
      (error: Error) => {
        this.#connect = ms(now() - startedAt);
        const late = error instanceof ConnectTimeout;
        this.#break(late ? { kind: 'timeout', of: 'connect' } : { kind: 'broken', error });
      },
    );
  }

  #write(connection: Connection, request: EncodedRequest): void {
    this.#connection = connection;
    connection.listener = this;
    const { firstToken, attempt } = this.#limits.timeouts;
    this.#sentAt = now();
    // Text that is all ASCII need not be encoded.
    connection.socket.write(request.text, request.ascii ? 'latin1' : 'utf8');
    this.#wake(Math.min(firstToken, attempt));
  }

  arrived(bytes: Buffer): void {
    this.#handler.receivedAt(pollTime());
    const wasComplete = this.#complete;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limits.mostBytes) this.#break({ kind: 'too-long', of: 'response' });
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.#breakOn(error);
    }
    if (this.#settled) this.#leave();
    else if (this.#complete && !wasComplete) this.#wake(lingerTime);
  }

  closed(error?: Error): void {
    try {
      if (!error && this.#reader.close()) return;
    } catch (thrown) {
      this.#breakOn(thrown);
    }
    this.#break({ kind: 'broken', error: error ?? new Error('the other side closed it') });
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    this.#handler.head(status, headers);
    const codings = readCodings(headers);
    if (codings.length > 0) this.#handler = new CodedBody(this.#handler, codings, pollTime());
  }

  body(span: Span): void {
    if (this.#settled) return;
    const progress = this.#handler.body(span);
    if (progress === 'complete') this.#complete = true;
    else if (progress !== 'more') this.#break(tooLong[progress]);
  }

  end(): void {
    if (this.#settled) return;
    this.#handler.end();
    this.#settle({ kind: 'ended' });
  }

  /** One timer serves all limits: when it fires, `#due` finds which of them is reached. */
  #wake(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onTimer(), wait);
  }

  #onTimer(): void {
    const due = this.#due();
    if (typeof due === 'number') this.#wake(due);
    else this.#break(due);
  }

  /** The ending that is due, or the time (ms) until one may be. */
  #due(): Ending | number {
    if (this.#complete) return { kind: 'ended' };
    const { firstToken, attempt } = this.#limits.timeouts;
    const rest = attempt - (now() - (this.#sentAt ?? 0));
    // A timer may fire a fraction of a millisecond early.
    if (rest < 1) return { kind: 'timeout', of: 'attempt' };
    const waiting = !this.#handler.hasBegun && firstToken < attempt;
    return waiting ? { kind: 'timeout', of: 'firstToken' } : rest;
  }

  /** Whatever was thrown while bytes were read ends the exchange: of the peer's HTTP, or of its body. */
  #breakOn(error: unknown): void {
    const kind = error instanceof ProtocolError ? 'broken' : 'unreadable';
    this.#break({ kind, error: error instanceof Error ? error : new Error(String(error)) });
  }

  #break(ending: Ending): void {
    if (this.#settled) return;
    this.#settle(ending);
    if (this.#connection) this.#origin.discard(this.#connection);
    this.#connection = undefined;
  }

  /** Gives the connection back once nothing more of this exchange can be on it. */
  #leave(): void {
    if (!this.#connection) return;
    if (this.#reader.overrun) this.#origin.distrust();
    if (this.#reader.reusable) this.#origin.release(this.#connection, this.#reader.keepAlive);
    else this.#origin.discard(this.#connection);
    this.#connection = undefined;
  }

  #settle(ending: Ending): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    getExchanges(this.#limits.signal).remove(this);
    const result = {
      status: this.#status,
      headers: this.#headers,
      sentAt: this.#sentAt,
      connect: this.#connect,
      endedAt: now(),
      ending,
    };
    try {
      this.#resolve?.(this.#handler.conclude(result));
    } catch (error) {
      // Without this the promise would never settle, and the caller would wait for ever.
      this.#reject?.(error);
    }
  }
}

const tooLong = {
  'too-long': { kind: 'too-long', of: 'body' },
  'too-many-pieces': { kind: 'too-long', of: 'pieces' },
} as const satisfies Record<TooLong, Ending>;

interface Cancellable extends Indexed {
  cancel(): void;
}

const exchangesBySignal = new WeakMap<AbortSignal, IndexedBag<Cancellable>>();

/** The exchanges that a signal ends: one listener for all, as one signal serves thousands of them. */
function getExchanges(signal: AbortSignal): IndexedBag<Cancellable> {
  const known = exchangesBySignal.get(signal);
  if (known) return known;
  const exchanges = new IndexedBag<Cancellable>();
  exchangesBySignal.set(signal, exchanges);
  const cancelAll = () => {
    for (const each of exchanges.members()) each.cancel();
  };
  signal.addEventListener('abort', cancelAll, { once: true });
  return exchanges;
}

const now = () => ms(performance.now());
