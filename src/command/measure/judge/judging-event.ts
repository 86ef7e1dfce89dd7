/** What judging says while it goes on. */
export type JudgingEvent = {
  readonly kind: 'asking';
  readonly stage: 'probes' | 'answers';
  /** Questions that will be sent, and those whose reply is on file. */
  readonly calls: number;
  readonly cached: number;
};
