import type { FailureReason } from '../../provider/answer/failure.ts';
import type { Answer, Attempt } from './attempt.ts';

/** What a replay yields: plain data that survives structured cloning. */
export type ReplayEvent =
  | { readonly kind: 'started'; readonly targets: readonly string[]; readonly started_at: string }
  | AttemptEvent
  | SettledEvent
  | {
      readonly kind: 'skipped';
      readonly request_id: string;
      readonly target: string;
      readonly pass: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'load';
      readonly target: string;
      readonly in_flight: number;
      readonly waiting: number;
    }
  | {
      readonly kind: 'warning';
      readonly code: string;
      readonly message: string;
      readonly target?: string;
    }
  /** Once a second: how arb itself does, from the start of the run. */
  | { readonly kind: 'self'; readonly self: SelfCheck }
  | FinishedEvent;

/** Whole microseconds between the content chunks of one answer. */
export type Gaps = readonly number[] | Uint32Array;

/** One attempt ended. */
export interface AttemptEvent {
  readonly kind: 'attempt';
  readonly attempt: Attempt;
  /** The attempt as JSON, where it came from the measuring thread: it was written there once. */
  readonly row?: string;
  /** The whole distribution is kept. */
  readonly gaps: Gaps;
}

/** All attempts of a (request, target, pass) are over. */
export interface SettledEvent {
  readonly kind: 'settled';
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  /** In order; the last one decides. */
  readonly attempts: readonly Attempt[];
  /** Present where the last attempt is `ok`. */
  readonly answer?: Answer;
  /** Present where the target was given up before this request had its attempts. */
  readonly given_up?: { readonly reason: FailureReason; readonly error: string };
}

/** Why a run ended; `done` = everything was asked. */
export type StopReason = 'done' | 'interrupted' | 'deadline' | 'budget';

export interface FinishedEvent {
  readonly kind: 'finished';
  readonly why: StopReason;
  readonly self: SelfCheck;
  /** In a closed load: the load that was there, by target. */
  readonly in_flight: Readonly<Record<string, AchievedLoad>>;
  /** Why the measurement cannot be believed; empty = valid. */
  readonly faults: readonly string[];
}

/** arb's own error, measured while it measured. Milliseconds. */
export interface SelfCheck {
  readonly loop_lag_p50_ms: number;
  readonly loop_lag_p99_ms: number;
  readonly loop_lag_max_ms: number;
  /** How late requests went out, waits for places and limits aside. */
  readonly schedule_lag_p50_ms: number;
  readonly schedule_lag_p99_ms: number;
  /** How long sends waited until their reservation was on disk; part of their lag. Under a budget. */
  readonly ledger_wait_p99_ms?: number;
  readonly gc_pause_max_ms: number;
  /** Share of one core, 0 to 1 and above. */
  readonly cpu_share: number;
}

/** Requests in flight at one target. */
export interface AchievedLoad {
  readonly asked: number;
  readonly max: number;
  /** From the last place opened to the first left empty. */
  readonly mean?: number;
  readonly over_ms?: number;
}
