import type { Dispatcher } from 'undici';
import { type Ms, ms } from '../units.ts';
import { AnswerBody } from './answer-body.ts';
import { conclude, type Ending } from './conclude.ts';
import { type Connection, ConnectTimeout, type Origin } from './connection.ts';
import type { Call, Exchange } from './exchange.ts';
import type { Headers } from './http-failure.ts';
import type { WireReader } from './wire.ts';

/** A request as undici takes it. */
export type HttpRequest = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'headers' | 'body'>;

/**
 * How long a server may keep a connection open after it said that the answer is over; past that the
 * answer is taken and the connection dropped.
 */
const lingerTime = 250;

/**
 * One exchange: request out, answer in. Every callback stamps first and looks afterwards; whatever
 * happens is settled once, by the first ending.
 */
export class Conversation implements Dispatcher.DispatchHandler {
  readonly #call: Call;
  readonly #body: AnswerBody;
  #timer: NodeJS.Timeout | undefined;
  #origin: Origin | undefined;
  #connection: Connection | undefined;
  #status = 0;
  #headers: Headers = {};
  #sentAt: Ms | undefined;
  #resolve: ((exchange: Exchange) => void) | undefined;
  #settled = false;
  #saidAll = false;
  readonly #cancel = () => this.#break({ kind: 'cancelled' });

  constructor(call: Call, reader: WireReader) {
    this.#call = call;
    this.#body = new AnswerBody(reader);
  }

  /** Sends `request` and resolves with what came of it; never rejects for what the target does. */
  hold(origin: Origin, request: HttpRequest): Promise<Exchange> {
    const { signal, target } = this.#call;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (signal.aborted) return this.#cancel();
      signal.addEventListener('abort', this.#cancel, { once: true });
      this.#origin = origin;
      this.#connection = origin.take(target.timeouts.connect);
      this.#connection.http.dispatch(request, this);
    });
  }

  onRequestStart(): void {
    this.#sentAt = now();
    const { firstToken, attempt } = this.#call.target.timeouts;
    this.#wake(Math.min(firstToken, attempt));
  }

  onResponseStart(_: unknown, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    const at = now();
    if (this.#settled) return;
    const over = this.#body.push(chunk, { at, isAnswer: this.#status < 300 });
    if (over === 'too-long') {
      this.#break({ kind: 'too-long' });
      return;
    }
    if (over === 'said-all' && !this.#saidAll) {
      this.#saidAll = true;
      this.#wake(lingerTime);
    }
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#body.end();
    this.#settle({ kind: 'ended' });
    if (this.#connection) this.#origin?.release(this.#connection);
  }

  onResponseError(_: unknown, error: Error): void {
    const late = error instanceof ConnectTimeout;
    this.#break(late ? { kind: 'timeout', of: 'connect' } : { kind: 'broken', error });
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
    if (this.#connection) this.#origin?.discard(this.#connection);
  }

  #settle(ending: Ending): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#call.signal.removeEventListener('abort', this.#cancel);
    const heard = {
      status: this.#status,
      headers: this.#headers,
      body: this.#body,
      sentAt: this.#sentAt,
      connect: this.#connection?.connect,
      endedAt: now(),
    };
    this.#resolve?.(conclude(heard, ending, this.#call));
  }
}

const now = () => ms(performance.now());
