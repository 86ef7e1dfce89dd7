import type { Exchange } from '../../provider/answer/exchange.ts';
import type { Ms, Usd } from '../../units.ts';
import type { ChatBody } from '../../workload/request.ts';
import type { OwnHistory } from '../load/history.ts';
import type { Prepared } from '../load/prepare.ts';
import type { TargetState } from './target-state.ts';

/** What is sent. */
export interface TaskContent {
  readonly request: Prepared;
  /** The request as it was recorded; present where the load changes it. */
  readonly asked?: ChatBody;
  /** Sent before it, to put the prompt into the provider's cache; present for a warm load. */
  readonly primer?: string;
}

/** One request for one target in one pass. */
export interface Task extends TaskContent {
  readonly requestId: string;
  readonly pass: number;
  readonly state: TargetState;
  /** What it can cost at most; present where there is a budget. */
  readonly worst?: Usd | undefined;
  /** When it should start; absent where a free place is the start. */
  readonly intendedAt?: Ms | undefined;
  /** When it was queued. */
  readonly queuedAt: Ms;
  /** The target's own earlier answers; present where the load replays its own history. */
  readonly history?: OwnHistory | undefined;
}

/** What was waited for before the bytes went out. */
export interface Waits {
  readonly queue: Ms;
  readonly limit: Ms;
  readonly backoff: Ms;
}

/** One try, timed on the clock of the thread. */
export interface Trial {
  readonly task: Task;
  /** From 1. */
  readonly number: number;
  readonly intendedAt: Ms;
  /** The client was asked to send. */
  readonly calledAt: Ms;
  readonly waits: Waits;
  readonly exchange: Exchange;
}
