import type { PolicyFailure } from '../../policy/policy.ts';

/** Which kinds of failure a gateway can tell by an HTTP status, and which it cannot. */
export interface StatusCodes {
  readonly codes: readonly number[];
  readonly unseen: readonly PolicyFailure[];
}

/**
 * 529 is Anthropic's "overloaded". A context overflow comes as 400 from nearly everyone, like any
 * bad request; only 413 says it alone.
 */
const byKind: Partial<Record<PolicyFailure, readonly number[]>> = {
  'rate-limited': [429],
  'server-error': [500, 502, 503, 504, 529],
  timeout: [408],
  'bad-request': [400],
};

/** `connect`: the codes that the gateway itself gives when it cannot reach a target. */
export function toStatusCodes(
  kinds: readonly PolicyFailure[],
  connect: readonly number[],
): StatusCodes {
  const known: typeof byKind = { ...byKind, connect };
  const codes = kinds.flatMap((kind) => known[kind] ?? []);
  if (kinds.includes('context-overflow')) codes.push(413);
  return {
    codes: [...new Set(codes)].sort((a, b) => a - b),
    unseen: kinds.filter((kind) => known[kind] === undefined),
  };
}
