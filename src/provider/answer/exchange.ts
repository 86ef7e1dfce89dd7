import type { Ms } from '../../units.ts';
import type { Target } from '../target/target.ts';
import type { Usage } from '../usage/usage.ts';
import type { FailureReason } from './failure.ts';

/** One request to be sent once to one target. */
export interface Call {
  readonly target: Target;
  /** What goes out, as `encodeBody` writes it. */
  readonly body: string;
  /** Value of the target's key variable; never stored, never logged. */
  readonly key?: string;
  readonly signal: AbortSignal;
  /** Sent as the header `x-arb-request`, to loopback addresses only. */
  readonly requestId: string;
}

/**
 * What came back on the wire. Instants are `performance.now()` of the thread that sent, stamped
 * when the poll finds bytes at the socket and before any of them is parsed.
 */
export type Exchange = CompletedExchange | FailedExchange;

export interface CompletedExchange {
  readonly state: 'completed';
  readonly httpStatus: number;
  /** The request's bytes went out. */
  readonly sentAt: Ms;
  /** Time to set up the connection; 0 on a warm one. */
  readonly connect: Ms;
  /** First byte of the body. */
  readonly firstByteAt: Ms;
  /** First content, reasoning or tool-call delta that is not empty. */
  readonly firstTokenAt: Ms;
  /** First answer token, reasoning excluded; absent where there is only reasoning. */
  readonly firstAnswerAt?: Ms;
  readonly lastContentAt: Ms;
  /** Whole microseconds between consecutive content chunks. */
  readonly gaps: readonly number[];
  /** Content chunks; a chunk is not a token. */
  readonly chunks: number;
  /** `stop`, `length`, `tool_calls`, in the words of chat completions; others as they were said. */
  readonly finishReason: string;
  readonly usage?: Usage;
  /** The provider's usage object as received. */
  readonly rawUsage?: unknown;
  readonly servedModel?: string;
  readonly servedBy?: string;
  /** The answer came from a response cache and is no measurement. */
  readonly cacheHit: boolean;
  readonly answer: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly rateLimit?: RateLimitState;
}

export interface FailedExchange {
  readonly state: 'failed';
  readonly reason: FailureReason;
  /** What was seen, in words, with no secret in it. */
  readonly error: string;
  readonly httpStatus?: number;
  /** Absent where the request's bytes never went out. */
  readonly sentAt?: Ms;
  readonly failedAt: Ms;
  readonly connect?: Ms;
  readonly firstByteAt?: Ms;
  readonly firstTokenAt?: Ms;
  readonly chunks?: number;
  readonly retryAfter?: Ms;
  readonly finishReason?: string;
  /** A failed attempt may be billed. */
  readonly usage?: Usage;
  readonly rawUsage?: unknown;
  readonly servedModel?: string;
  readonly servedBy?: string;
  /** What had arrived of the answer. */
  readonly answer?: string;
  readonly rateLimit?: RateLimitState;
}

export interface ToolCall {
  readonly name: string;
  /** JSON text as the model wrote it. */
  readonly arguments: string;
}

/** What the `x-ratelimit-*` headers said; an unknown part is absent. */
export interface RateLimitState {
  readonly requests?: Quota;
  readonly tokens?: Quota;
}

export interface Quota {
  readonly limit?: number;
  readonly remaining?: number;
  /** Until the quota is full again. */
  readonly resetAfter?: Ms;
}

/** Sends calls; owns the connections. */
export interface Client {
  /** Opens `connections` connections to the target, so that none is opened in the timed load. */
  warm(target: Target, connections: number): Promise<void>;
  /** Never rejects for what the target does: its failures are data. */
  send(call: Call): Promise<Exchange>;
  close(): Promise<void>;
}
