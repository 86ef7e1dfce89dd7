import { AnswerBody } from '../provider/answer/answer-body.ts';
import { conclude, type Ending } from '../provider/answer/conclude.ts';
import type { Call, Exchange } from '../provider/answer/exchange.ts';
import type { Headers } from '../provider/answer/http-failure.ts';
import type { WireReader } from '../provider/wire/wire.ts';
import { type Ms, ms } from '../units.ts';
import type { Connection, Listener, Origin } from './connection.ts';
import { ConnectTimeout } from './dialer.ts';
import { type Indexed, IndexedBag } from './indexed-bag.ts';
import { pollTime } from './poll-clock.ts';
import { ResponseReader, type ResponseSink, type Span } from './response-reader.ts';

/** A whole request, head and body. */
export interface RequestText {
  readonly text: string;
  readonly ascii: boolean;
}

/**
 * How long a server may keep a connection open after it said that the answer is over; past that the
 * answer is taken and the connection dropped.
 */
const lingerTime = 250;

/**
 * A connection that waited longer than this may have been closed without our having looked: it gets
 * one turn of the loop to say so.
 */
const trustedFor = 50;

/**
 * One exchange: request out, answer in. Bytes are stamped as the poll finds them and looked at
 * afterwards; whatever happens is settled once, by the first ending.
 */
export class HttpExchange implements Listener, ResponseSink, Indexed {
  index = 0;
  readonly #call: Call;
  readonly #origin: Origin;
  readonly #body: AnswerBody;
  readonly #reader = new ResponseReader(this);
  #timer: NodeJS.Timeout | undefined;
  #connection: Connection | undefined;
  #connect: Ms | undefined;
  #status = 0;
  #headers: Headers = {};
  #sentAt: Ms | undefined;
  #resolve: ((exchange: Exchange) => void) | undefined;
  #settled = false;
  /** The answer says that nothing follows. */
  #saidAll = false;

  constructor(call: Call, origin: Origin, reader: WireReader) {
    this.#call = call;
    this.#origin = origin;
    this.#body = new AnswerBody(reader);
  }

  /** Sends the text of a request and resolves with what came of it; never rejects for the target. */
  send(request: RequestText): Promise<Exchange> {
    const { signal } = this.#call;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      rollOf(signal).add(this);
      if (signal.aborted) return this.cancel();
      const connection = this.#origin.idle();
      if (!connection) return this.#dial(request);
      this.#connect = ms(0);
      if (now() - connection.idleSince < trustedFor) return this.#speak(connection, request);
      setImmediate(() => {
        if (this.#settled) this.#origin.discard(connection);
        else if (connection.socket.writable) this.#speak(connection, request);
        else this.#dial(request);
      });
    });
  }

  cancel(): void {
    this.#break({ kind: 'cancelled' });
  }

  #dial(request: RequestText): void {
    const startedAt = now();
    this.#origin.dial(this.#call.target.timeouts.connect).then(
      (connection) => {
        this.#connect = ms(now() - startedAt);
        if (this.#settled) this.#origin.release(connection, undefined);
        else this.#speak(connection, request);
      },
      (error: Error) => {
        this.#connect = ms(now() - startedAt);
        const late = error instanceof ConnectTimeout;
        this.#break(late ? { kind: 'timeout', of: 'connect' } : { kind: 'broken', error });
      },
    );
  }

  #speak(connection: Connection, request: RequestText): void {
    this.#connection = connection;
    connection.listener = this;
    const { firstToken, attempt } = this.#call.target.timeouts;
    this.#sentAt = now();
    // What is all ASCII need not be encoded.
    connection.socket.write(request.text, request.ascii ? 'latin1' : 'utf8');
    this.#wake(Math.min(firstToken, attempt));
  }

  arrived(bytes: Buffer): void {
    this.#body.at = pollTime();
    const saidAll = this.#saidAll;
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.#break({ kind: 'broken', error: error as Error });
    }
    if (this.#settled) this.#leave();
    else if (this.#saidAll && !saidAll) this.#wake(lingerTime);
  }

  closed(error?: Error): void {
    if (!error && this.#reader.close()) return;
    this.#break({ kind: 'broken', error: error ?? new Error('the other side closed it') });
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    if (status >= 300) this.#body.isError = true;
  }

  body(span: Span): void {
    if (this.#settled) return;
    const over = this.#body.push(span);
    if (over === 'too-long') this.#break({ kind: 'too-long' });
    else if (over === 'said-all') this.#saidAll = true;
  }

  end(): void {
    if (this.#settled) return;
    this.#body.end();
    this.#settle({ kind: 'ended' });
  }

  /** One timer for every limit: when it rings, it is looked which of them is due. */
  #wake(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ring(), wait);
  }

  #ring(): void {
    const due = this.#due();
    if (typeof due === 'number') this.#wake(due);
    else this.#break(due);
  }

  /** The ending that is due, or the time until one may be. */
  #due(): Ending | number {
    if (this.#saidAll) return { kind: 'ended' };
    const { firstToken, attempt } = this.#call.target.timeouts;
    const rest = attempt - (now() - (this.#sentAt ?? 0));
    // A timer may ring a fraction of a millisecond early.
    if (rest < 1) return { kind: 'timeout', of: 'attempt' };
    const waiting = !this.#body.hasBegun && firstToken < attempt;
    return waiting ? { kind: 'timeout', of: 'firstToken' } : rest;
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
    if (this.#reader.reusable) this.#origin.release(this.#connection, this.#reader.keepAlive);
    else this.#origin.discard(this.#connection);
    this.#connection = undefined;
  }

  #settle(ending: Ending): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    rollOf(this.#call.signal).remove(this);
    const heard = {
      status: this.#status,
      headers: this.#headers,
      body: this.#body,
      sentAt: this.#sentAt,
      connect: this.#connect,
      endedAt: now(),
    };
    this.#resolve?.(conclude(heard, ending, this.#call));
  }
}

const rolls = new WeakMap<AbortSignal, IndexedBag<HttpExchange>>();

/** What a signal ends: one listener for all, as there is one signal for thousands of exchanges. */
function rollOf(signal: AbortSignal): IndexedBag<HttpExchange> {
  const known = rolls.get(signal);
  if (known) return known;
  const roll = new IndexedBag<HttpExchange>();
  rolls.set(signal, roll);
  const cancelAll = () => {
    for (const each of roll.members()) each.cancel();
  };
  signal.addEventListener('abort', cancelAll, { once: true });
  return roll;
}

const now = () => ms(performance.now());
