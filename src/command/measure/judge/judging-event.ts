/** What judging says while it goes on. */
export type JudgingEvent =
  /** A stage begins. */
  | {
      readonly kind: 'asking';
      readonly stage: 'probes' | 'answers';
      /** Questions that will be sent, and those whose reply is on file. */
      readonly calls: number;
      readonly cached: number;
    }
  /** What should be known of a judge before its verdicts are believed. */
  | { readonly kind: 'judging-warning'; readonly message: string }
  | JudgingProgress;

/** Where a stage stands, about every second. */
export interface JudgingProgress {
  readonly kind: 'judging';
  readonly stage: 'probes' | 'answers';
  /** Questions that are over, of those that are sent in this stage. */
  readonly done: number;
  readonly calls: number;
  /** Spent on judging so far, both stages. */
  readonly cost_usd: number;
  /** Left of this stage at the rate so far; absent where nothing is over. */
  readonly eta_ms?: number;
}
