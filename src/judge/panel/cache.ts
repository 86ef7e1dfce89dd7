import type { Reading } from './reading.ts';

/** A judge's reply to one question, kept: a row of `votes.jsonl`. */
export interface CachedVote {
  readonly key: string;
  /** What was asked: prompt version, order, content and repeat. */
  readonly id: string;
  readonly judge: string;
  readonly model: string;
  /** The candidate's score; absent where two replies could not be read. */
  readonly score?: number;
  readonly reason?: string;
  /** Why it could not be read. */
  readonly unreadable?: string;
  /** All attempts together; absent where the price is not known. */
  readonly cost_usd?: number;
}

/** Replies known from before. Only replies are kept: what failed on its way is asked again. */
export interface VoteCache {
  get(key: string): CachedVote | undefined;
}

/** A cache over rows of `votes.jsonl`; of two rows with one key the later counts. */
export function voteCache(rows: Iterable<CachedVote>): VoteCache {
  const known = new Map<string, CachedVote>();
  for (const row of rows) known.set(row.key, row);
  return known;
}

export function toReading({ score, reason, unreadable }: CachedVote): Reading {
  if (score === undefined) return { state: 'unreadable', why: unreadable ?? 'not readable' };
  return { state: 'read', score, ...(reason !== undefined && { reason }) };
}
