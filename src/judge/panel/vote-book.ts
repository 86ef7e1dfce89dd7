import type { AskEvent } from './ask.ts';
import type { CachedVote, VoteCache } from './cache.ts';

/** The votes of one run over those known from before, with a count of what the latter answered. */
export interface VoteBook {
  readonly cache: VoteCache;
  /** Questions to this judge that were not sent because the reply was known. */
  cachedBy(judge: string): number;
  /** Passes events on and remembers the votes among them. */
  record<T>(asking: AsyncGenerator<AskEvent, T>): AsyncGenerator<AskEvent, T>;
}

export function openVoteBook(known: VoteCache | undefined): VoteBook {
  const fresh = new Map<string, CachedVote>();
  const served = new Map<string, Set<string>>();
  return {
    cache: {
      get(key) {
        const own = fresh.get(key);
        if (own) return own;
        const old = known?.get(key);
        if (old) served.set(old.judge, (served.get(old.judge) ?? new Set()).add(key));
        return old;
      },
    },
    cachedBy: (judge) => served.get(judge)?.size ?? 0,
    async *record(asking) {
      for (;;) {
        const next = await asking.next();
        if (next.done) return next.value;
        if (next.value.kind === 'vote') fresh.set(next.value.vote.key, next.value.vote);
        yield next.value;
      }
    },
  };
}
