/**
 * What searches may still cost, in comparisons of two states. A number, not a time: the same problem
 * gives the same answer on every machine, unless the time is up first.
 */
export interface Effort {
  left: number;
}

/** What all parts of one recommendation may use up together. */
export interface SearchBudget {
  readonly effort: Effort;
  /** Milliseconds on any clock; absent = no limit of time, for the library has no clock. */
  readonly now?: () => number;
  /** The instant at which every search stops with what it has. */
  readonly endsAt: number;
  /** What was given up for want of effort or time, for the report. */
  readonly unfinished: string[];
}

/** A few seconds of one search: where a limit on rules needs more, the gap is printed. */
const searchEffort = 4_000_000;
/** A recommendation solves some forty problems: of its effort the largest takes a third. */
const wholeEffort = 3 * searchEffort;

export function createBudget({
  timeLimitMs,
  now,
}: {
  readonly timeLimitMs?: number;
  readonly now?: () => number;
}): SearchBudget {
  const effort = { left: wholeEffort };
  const unfinished: string[] = [];
  if (!now || timeLimitMs === undefined) return { effort, endsAt: Infinity, unfinished };
  return { effort, now, endsAt: now() + timeLimitMs, unfinished };
}

/** What one search by itself may use up. */
export function createSearchBudget(): SearchBudget {
  return { ...createBudget({}), effort: { left: searchEffort } };
}

export function isOutOfTime({ now, endsAt }: SearchBudget): boolean {
  return now !== undefined && now() >= endsAt;
}

/** Whether a share (0 to 1) of the time that is left now has passed. */
export function deadlineAt({ now, endsAt }: SearchBudget, share: number): () => boolean {
  if (!now) return () => false;
  const start = now();
  const end = start + (endsAt - start) * share;
  return () => now() >= end;
}

/**
 * Lends a share (0 to 1) of the effort and of the time that are left to one search, and takes back
 * what it did not use.
 */
export function withShare<T>(
  budget: SearchBudget,
  share: number,
  search: (part: SearchBudget) => T,
): T {
  const lent = Math.floor(budget.effort.left * share);
  const effort = { left: lent };
  const { now, endsAt } = budget;
  const start = now?.() ?? 0;
  const part = now
    ? { ...budget, effort, endsAt: start + (endsAt - start) * share }
    : { ...budget, effort };
  const found = search(part);
  budget.effort.left -= lent - Math.max(0, effort.left);
  return found;
}

/** Lends at most a part of the effort to one search and takes back what it left. */
export function withPart<T>(effort: Effort, most: number, search: (part: Effort) => T): T {
  const part = { left: Math.min(effort.left, most) };
  const lent = part.left;
  const found = search(part);
  effort.left -= lent - Math.max(0, part.left);
  return found;
}
