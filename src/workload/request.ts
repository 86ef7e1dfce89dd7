import type { Ms, Tokens, Usd } from '../units.ts';
import type { Expectation } from './expectation.ts';

/** One recorded request: what was asked, what a right answer is, and what was answered then. */
export interface WorkloadRequest {
  readonly id: string;
  /** 1-based line of the workload file. */
  readonly line: number;
  /** Arrival, from the start of the recording. */
  readonly at?: Ms;
  readonly task?: string;
  readonly session?: string;
  /** Near-duplicates that it is one of. */
  readonly group?: string;
  readonly weight?: number;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  /** An OpenAI chat-completions body without `model` and `stream`. */
  readonly body: ChatBody;
  readonly expect: readonly Expectation[];
  readonly recorded?: Recorded;
}

export interface ChatBody {
  readonly messages: readonly Message[];
  readonly tools?: readonly unknown[];
  readonly response_format?: unknown;
  readonly max_tokens?: number;
  readonly [parameter: string]: unknown;
}

export interface Message {
  readonly role: string;
  readonly content?: string | readonly ContentPart[] | null;
  readonly [field: string]: unknown;
}

export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

/** What the log says happened when the request was really served. */
export interface Recorded {
  readonly target?: string;
  readonly answer?: string;
  /** The tools that it called; `arguments` is JSON text. */
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly input_tokens?: Tokens;
  readonly output_tokens?: Tokens;
  readonly latency?: Ms;
  readonly ttft?: Ms;
  readonly cost?: Usd;
}

/**
 * What a gateway can see before anything is sent, flat, under the names that a rule's `when` uses:
 * `task`, `app`, `metadata.<key>`, `input_tokens`, `tools`, `json`, `vision`, `turns`. A feature
 * that is not known is absent.
 */
export type Features = Readonly<Record<string, string | number | boolean>>;
