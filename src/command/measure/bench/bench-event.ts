import type { Meter } from '../../../measure/meter.ts';
import type { Scoreboard } from '../../../outcome/scoreboard.ts';
import type { SelfCheck } from '../../../replay/event/event.ts';
import type { ReplayPlan } from '../../../replay/load/plan.ts';
import type { EndedRun } from '../../../report/text/run.ts';
import type { RunSummary } from '../../../store/summary.ts';
import type { JudgingEvent } from '../judge/judging-event.ts';

/** What a bench yields, in this order; `finished` is last, where nothing was thrown. */
export type BenchEvent =
  /** arb measures its own error first, about 5 s. */
  | { readonly kind: 'calibrating'; readonly streams: number }
  /** An unfinished run is continued: what is on file is not asked again. */
  | {
      readonly kind: 'resuming';
      readonly dir: string;
      readonly done: number;
      /** Requests under way when it ended; they count at their worst price. */
      readonly inDoubt: number;
      /** Failures that never reached an answer: they are asked again. */
      readonly reopened: number;
    }
  /** Sending begins when the next event is asked for. */
  | { readonly kind: 'started'; readonly live: LiveBench }
  | { readonly kind: 'warning'; readonly message: string }
  /** Every request is over. */
  | { readonly kind: 'measured' }
  | JudgingEvent
  | { readonly kind: 'finished'; readonly result: BenchResult };

/** The figures of a bench under way, to be read at any time. */
export interface LiveBench {
  readonly dir: string;
  readonly plan: ReplayPlan;
  readonly requests: number;
  /** How often a target is asked each request. */
  readonly passesOf: (target: string) => number;
  readonly meter: Meter;
  readonly scores: Scoreboard;
  readonly warnings: readonly string[];
  /** The error in ms above which a run is not valid, where the fastest median TTFT is `fastest` ms. */
  readonly statedErrorLimit: (fastest: number) => number;
  /** The newest report of the measuring thread on itself. */
  readonly self: SelfCheck | undefined;
}

/** What a bench came to. */
export interface BenchResult extends EndedRun {
  readonly dir: string;
  /** Absent where it was interrupted before anything was sent. */
  readonly summary?: RunSummary;
}
