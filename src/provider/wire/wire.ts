import type { ChatBody } from '../../workload/request.ts';
import type { AnswerPart } from '../answer/delta-template.ts';
import type { Usage } from '../answer/exchange.ts';
import type { FailureReason } from '../answer/failure.ts';
import type { Target } from '../target/target.ts';

/** A wire format: how a request is written, and how its answer is read. */
export interface Wire {
  /** The same for all requests to a target. */
  address(target: Target, key: string | undefined): Address;
  /** The body as this target takes it, as JSON. */
  encode(body: ChatBody, target: Target): string;
  /** A reader for one answer; it may remember what earlier events said. */
  reader(): WireReader;
}

/** Where a target is asked, and as whom. */
export interface Address {
  /** With query, appended to the target's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WireReader {
  /** What one event of a stream says; throws a `SyntaxError` where its data is not JSON. */
  event(data: string, type: string | undefined): AnswerEvent;
  /** What a whole JSON answer says. */
  whole(json: unknown): AnswerEvent;
}

/** The news in one event, in terms that all wires share. Absent = not said. */
export interface AnswerEvent {
  readonly deltas: readonly Delta[];
  readonly finishReason?: string;
  /** The model declined; the text of its refusal. */
  readonly refusal?: string;
  readonly usage?: Usage;
  readonly rawUsage?: unknown;
  readonly servedModel?: string;
  readonly servedBy?: string;
  readonly error?: AnswerError;
  /** Nothing follows. */
  readonly done?: true;
}

/** A piece of the answer. */
export interface Delta {
  readonly place: AnswerPart;
  readonly text: string;
  /** First piece of a tool call. */
  readonly toolName?: string;
}

/** An error object inside a stream or an answer. */
export interface AnswerError {
  readonly reason: FailureReason;
  readonly message: string;
}

export const emptyEvent: AnswerEvent = { deltas: [] };

/** Its fields are set one by one, where they are known: for what is made for every event or attempt. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
