import type { Ms } from '../units.ts';
import type { Headers } from './headers.ts';
import type { Span } from './response-reader.ts';

/** A whole request, head and body. */
export interface EncodedRequest {
  readonly text: string;
  /** All of it is ASCII, so that it is written without being encoded. */
  readonly ascii: boolean;
}

/** What one exchange is allowed to take, in ms. */
export interface Timeouts {
  /** To set up a connection. */
  readonly connect: Ms;
  /** From `sent` until the handler says that the answer has begun. */
  readonly firstToken: Ms;
  /** From `sent` to the end of the answer. */
  readonly attempt: Ms;
}

/** What ends an exchange from outside. */
export interface ExchangeLimits {
  readonly timeouts: Timeouts;
  /** Bytes of the response, framing included, as a peer can send that without end too. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Makes something of one response while its bytes come in. It is called for every chunk of a
 * stream, so nothing is allocated for it: the instant is told once per read, and the span is one
 * object for all calls.
 */
export interface ResponseHandler<Result> {
  /** True once something of the answer, or its end, is there: `firstToken` no longer applies. */
  readonly hasBegun: boolean;
  /** The poll found bytes at the socket; what the other methods report until the next call is in them. */
  receivedAt(at: Ms): void;
  head(status: number, headers: Headers): void;
  /** More of the body; `complete` where nothing more is expected of it. */
  body(span: Span): BodyProgress;
  /** The body ended as its framing says. */
  end(): void;
  /** Called once, whatever happened. */
  conclude(result: HttpResult): Result | Promise<Result>;
}

export type BodyProgress = 'more' | 'complete' | TooLong;

/** What of a body is more than its handler takes. */
export type TooLong = 'too-long' | 'too-many-pieces';

/** How an exchange came to its end. */
export type Ending =
  | { readonly kind: 'ended' }
  /** The network failed, or the peer does not speak HTTP/1.1. */
  | { readonly kind: 'broken'; readonly error: Error }
  /** The handler threw on what the body holds. */
  | { readonly kind: 'unreadable'; readonly error: Error }
  | { readonly kind: 'timeout'; readonly of: keyof Timeouts }
  | { readonly kind: 'too-long'; readonly of: 'body' | 'pieces' | 'response' | 'decoded body' }
  | { readonly kind: 'cancelled' };

/** An exchange that is over, as far as HTTP goes. Instants are `performance.now()`. */
export interface HttpResult {
  /** 0 where no response began. */
  readonly status: number;
  readonly headers: Headers;
  /** Absent where the request was never written. */
  readonly sentAt: Ms | undefined;
  /** Time to set up the connection; 0 on a warm one. */
  readonly connect: Ms | undefined;
  readonly endedAt: Ms;
  readonly ending: Ending;
}
