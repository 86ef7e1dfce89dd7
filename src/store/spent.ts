import type { Attempt } from '../replay/event/attempt.ts';
import { countsAsSpent } from '../replay/event/billing.ts';
import { readBootId } from './file/boot-id.ts';
import { LeaseAccount } from './ledger/ledger-row.ts';
import { readAttempts, readJudgeAttempts, readLedger } from './rows.ts';

/** What a run has cost by its ledger, judging included. */
export interface RunSpending {
  /**
   * By target and judge: what counts for every attempt on file, and the worst case of every one that
   * was begun and whose end is not on file. USD.
   */
  readonly spent: Readonly<Record<string, number>>;
  /** Attempts that were begun and whose end is not on file. */
  readonly inDoubt: number;
  /** USD that may have been sent without a trace on file, where the machine crashed. */
  readonly lost: number;
}

/** Adds up the ledger of a run directory. */
export async function readSpending(dir: string): Promise<RunSpending> {
  const spent = new Map<string, number>();
  const spend = (target: string, cost: number) => {
    spent.set(target, (spent.get(target) ?? 0) + cost);
  };
  // A resumed request counts its attempts from 1 again, so one name can stand for several sends.
  const ended = new Map<string, number>();
  for (const rows of [readAttempts(dir), readJudgeAttempts(dir)]) {
    for await (const attempt of rows) {
      const key = attemptKey(attempt);
      ended.set(key, (ended.get(key) ?? 0) + 1);
      spend(attempt.target, countsAsSpent(attempt));
    }
  }
  let inDoubt = 0;
  const leases = new LeaseAccount();
  for await (const row of readLedger(dir)) {
    leases.add(row);
    if (row.kind !== undefined) continue;
    const key = attemptKey(row);
    const left = ended.get(key) ?? 0;
    if (left > 0) {
      ended.set(key, left - 1);
      continue;
    }
    inDoubt += 1;
    spend(row.target, row.worst_usd);
  }
  const byTarget = Object.assign(Object.create(null), Object.fromEntries(spent));
  return { spent: byTarget, inDoubt, lost: leases.lost(readBootId()) };
}

type AttemptName = Pick<Attempt, 'request_id' | 'target' | 'pass' | 'attempt'>;

function attemptKey({ request_id, target, pass, attempt }: AttemptName): string {
  return JSON.stringify([pass, attempt, target, request_id]);
}
