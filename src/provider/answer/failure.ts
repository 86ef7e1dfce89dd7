/** Why an attempt failed; the `status` of a failed row in `attempts.jsonl`. */
export const failureReasons = [
  'rate-limited',
  'server-error',
  'timeout',
  'connect',
  'cut-off',
  'malformed',
  /** The answer ended for a reason that nobody documented. */
  'unknown-finish',
  /** The answer holds no text, no call and no refusal. */
  'empty',
  'refused',
  'content-filter',
  'context-overflow',
  'auth',
  'bad-request',
  'cancelled',
] as const;

export type FailureReason = (typeof failureReasons)[number];
