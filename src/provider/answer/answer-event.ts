import type { Usage } from '../usage/usage.ts';
import type { FailureReason } from './failure.ts';
import type { AnswerPart } from './stream/delta-template.ts';

/** What one event of an answer says, in terms that all wires share. Absent = not said. */
export interface AnswerEvent {
  readonly deltas: readonly Delta[];
  readonly finishReason?: string;
  /** The model declined; the text of its refusal. */
  readonly refusal?: string;
  readonly usage?: Usage;
  /** The provider's usage object as received. */
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
  /** Name of the tool, in the first piece of a call. */
  readonly toolName?: string;
}

/** An error object inside a stream or an answer. */
export interface AnswerError {
  readonly reason: FailureReason;
  readonly message: string;
}

/** Reads the events of one answer; each wire has its own, which may remember earlier events. */
export interface WireReader {
  /** What one event of a stream says. @throws SyntaxError where its data is not JSON. */
  event(data: string, type: string | undefined): AnswerEvent;
  /** What an answer says that came as one JSON value. */
  whole(json: unknown): AnswerEvent;
}

/** An event with no news. */
export const emptyEvent: AnswerEvent = { deltas: [] };

/** Fields can be set one by one: for objects that are made for every event or attempt. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
