/** What a row about one request at one target in one pass is named by. */
export interface RequestNames {
  readonly request_id: string;
  readonly target: string;
  /** @default 1 */
  readonly pass?: number;
}

/**
 * One key for (request, target, pass), to join rows by. JSON, because names may hold any separator:
 * request `c` at target `a/b` is not request `b/c` at target `a`.
 */
export function requestKey({ request_id, target, pass = 1 }: RequestNames): string {
  return JSON.stringify([request_id, target, pass]);
}
