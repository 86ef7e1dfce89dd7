import { RECORDED } from '../outcome/recorded.ts';
import type { Attempt } from '../replay/event/attempt.ts';
import { LeaseAccount, readBootId } from './ledger-row.ts';
import { readAttempts, readLedger, readOutcomeRows } from './rows.ts';

/** What an interrupted run holds already. */
export interface ResumeState {
  /** True where the target has settled the request in the pass. */
  done(requestId: string, target: string, pass: number): boolean;
  /** How many targets have; the log's own answer is none. */
  settled(requestId: string, pass: number): number;
  /**
   * Spent by target: the cost of every attempt on file, and the worst case of every one that was
   * begun and whose end is not.
   */
  readonly spent: Readonly<Record<string, number>>;
  /** Attempts that were begun and whose end is not on file. */
  readonly inDoubt: number;
  /** USD that may have been sent without a trace on file, where the machine crashed. */
  readonly lost: number;
}

/** Reads a run directory before it is resumed. */
export async function readResumeState(dir: string): Promise<ResumeState> {
  const settled = new Map<string, Set<string>>();
  for await (const row of readOutcomeRows(dir)) {
    const key = passKey(row.request_id, row.pass ?? 1);
    const targets = settled.get(key) ?? new Set<string>();
    settled.set(key, targets.add(row.target));
  }
  const spent: Record<string, number> = {};
  const spend = (target: string, cost: number) => {
    spent[target] = (spent[target] ?? 0) + cost;
  };
  // A resumed request counts its attempts from 1 again, so one name can stand for several sends.
  const ended = new Map<string, number>();
  for await (const attempt of readAttempts(dir)) {
    const key = attemptKey(attempt);
    ended.set(key, (ended.get(key) ?? 0) + 1);
    spend(attempt.target, Math.max(attempt.cost_usd ?? 0, attempt.reserved_usd ?? 0));
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
  return {
    done: (requestId, target, pass) => settled.get(passKey(requestId, pass))?.has(target) ?? false,
    settled: (requestId, pass) =>
      [...(settled.get(passKey(requestId, pass)) ?? [])].filter((name) => name !== RECORDED).length,
    spent,
    inDoubt,
    lost: leases.lost(readBootId()),
  };
}

const passKey = (requestId: string, pass: number) => JSON.stringify([requestId, pass]);

type AttemptName = Pick<Attempt, 'request_id' | 'target' | 'pass' | 'attempt'>;

function attemptKey({ request_id, target, pass, attempt }: AttemptName): string {
  return JSON.stringify([pass, attempt, target, request_id]);
}
