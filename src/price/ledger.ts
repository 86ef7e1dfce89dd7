import { type Usd, usd } from '../units.ts';
import type { Mismatch } from './cost.ts';

/** One attempt as the ledger sees it. */
export interface LedgerEntry {
  readonly target: string;
  /** What the money was for. */
  readonly purpose: 'answer' | 'judging';
  /** From 1; a retry is an attempt of its own. */
  readonly attempt: number;
  readonly completed: boolean;
  /** Absent where nobody knows. */
  readonly cost?: Usd;
  readonly mismatch?: Mismatch;
}

/** The money of one target, each kind on a line of its own. */
export interface LedgerLine {
  readonly target: string;
  readonly purpose: LedgerEntry['purpose'];
  /** Requests that were answered in the end. */
  readonly completed: number;
  /** Attempts of which nobody knows the cost: the sums below are at least that much too low. */
  readonly unknown: number;
  readonly total: Usd;
  /** Of the total: attempts that failed and were billed. */
  readonly failed: Usd;
  /** Of the total: second and later attempts. */
  readonly retries: Usd;
  /** Total per completed request, the headline; absent where none completed. */
  readonly perCompleted?: Usd;
  /** Attempts whose reported cost is not what tokens and prices make. */
  readonly mismatches: number;
  /** Reported minus computed, summed over the mismatches. */
  readonly mismatched: Usd;
}

/** Adds up what was spent, by target and purpose, in the order of first appearance. */
export function ledger(entries: Iterable<LedgerEntry>): LedgerLine[] {
  const books = new Map<string, LedgerEntry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.target, entry.purpose]);
    const book = books.get(key);
    if (book) book.push(entry);
    else books.set(key, [entry]);
  }
  return [...books.values()].flatMap(lineOf);
}

function lineOf(entries: readonly LedgerEntry[]): LedgerLine[] {
  const [first] = entries;
  if (!first) return [];
  const sum = (of: (entry: LedgerEntry) => number): Usd =>
    usd(entries.reduce((total, entry) => total + of(entry), 0));
  const completed = entries.filter((entry) => entry.completed).length;
  const total = sum(({ cost }) => cost ?? 0);
  return [
    {
      target: first.target,
      purpose: first.purpose,
      completed,
      unknown: entries.filter(({ cost }) => cost === undefined).length,
      total,
      failed: sum((entry) => (entry.completed ? 0 : (entry.cost ?? 0))),
      retries: sum((entry) => (entry.attempt > 1 ? (entry.cost ?? 0) : 0)),
      ...(completed > 0 && { perCompleted: usd(total / completed) }),
      mismatches: entries.filter(({ mismatch }) => mismatch).length,
      mismatched: sum(({ mismatch }) => (mismatch ? mismatch.reported - mismatch.computed : 0)),
    },
  ];
}
