/** Why an attempt failed; the `status` of a failed row in `attempts.jsonl`. */
export const failureReasons = [
  'rate-limited',
  'server-error',
  'timeout',
  'connect',
  'cut-off',
  'malformed',
  'refused',
  'content-filter',
  'context-overflow',
  'auth',
  'bad-request',
  'cancelled',
] as const;

export type FailureReason = (typeof failureReasons)[number];
