import type { Dispatcher } from 'undici';
import { type Ms, ms } from '../units.ts';
import { AnswerBody } from './answer-body.ts';
import { conclude, type Ending } from './conclude.ts';
import type { Connection, Origin } from './connection.ts';
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
  readonly #timers = new Set<NodeJS.Timeout>();
  #firstTokenTimer: NodeJS.Timeout | undefined;
  #origin: Origin | undefined;
  #connection: Connection | undefined;
  #status = 0;
  #headers: Headers = {};
  #sentAt: Ms | undefined;
  #resolve: ((exchange: Exchange) => void) | undefined;
  #settled = false;
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
      this.#connection = origin.take();
      this.#after(target.timeouts.connect, { kind: 'timeout', of: 'connect' });
      this.#connection.http.dispatch(request, this);
    });
  }

  onRequestStart(): void {
    this.#sentAt = now();
    this.#clearTimers();
    const { firstToken, attempt } = this.#call.target.timeouts;
    this.#after(attempt, { kind: 'timeout', of: 'attempt' });
    this.#firstTokenTimer = this.#after(firstToken, { kind: 'timeout', of: 'firstToken' });
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
    if (this.#firstTokenTimer && this.#body.hasBegun) {
      clearTimeout(this.#firstTokenTimer);
      this.#timers.delete(this.#firstTokenTimer);
      this.#firstTokenTimer = undefined;
    }
    if (over === 'said-all') {
      this.#clearTimers();
      this.#after(ms(lingerTime), { kind: 'ended' });
    }
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#body.end();
    this.#settle({ kind: 'ended' });
    if (this.#connection) this.#origin?.release(this.#connection);
  }

  onResponseError(_: unknown, error: Error): void {
    this.#break({ kind: 'broken', error });
  }

  #after(wait: Ms, ending: Ending): NodeJS.Timeout {
    const timer = setTimeout(() => this.#break(ending), wait);
    this.#timers.add(timer);
    return timer;
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#firstTokenTimer = undefined;
  }

  #break(ending: Ending): void {
    if (this.#settled) return;
    this.#settle(ending);
    if (this.#connection) this.#origin?.discard(this.#connection);
  }

  #settle(ending: Ending): void {
    this.#settled = true;
    this.#clearTimers();
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
