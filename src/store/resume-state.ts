import { RECORDED } from '../outcome/recorded.ts';
import type { Attempt } from '../replay/event/attempt.ts';
import { readAttempts, readOutcomeRows, readReservations } from './rows.ts';

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
}

/** Reads a run directory before it is resumed. */
export async function readResumeState(dir: string): Promise<ResumeState> {
  const settled = new Map<string, Set<string>>();
  for await (const row of readOutcomeRows(dir)) {
    const key = `${row.pass ?? 1}/${row.request_id}`;
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
    spend(attempt.target, attempt.cost_usd ?? attempt.reserved_usd ?? 0);
  }
  let inDoubt = 0;
  for await (const reservation of readReservations(dir)) {
    const key = attemptKey(reservation);
    const left = ended.get(key) ?? 0;
    if (left > 0) {
      ended.set(key, left - 1);
      continue;
    }
    inDoubt += 1;
    spend(reservation.target, reservation.worst_usd);
  }
  return {
    done: (requestId, target, pass) => settled.get(`${pass}/${requestId}`)?.has(target) ?? false,
    settled: (requestId, pass) =>
      [...(settled.get(`${pass}/${requestId}`) ?? [])].filter((name) => name !== RECORDED).length,
    spent,
    inDoubt,
  };
}

type AttemptName = Pick<Attempt, 'request_id' | 'target' | 'pass' | 'attempt'>;

function attemptKey({ request_id, target, pass, attempt }: AttemptName): string {
  return `${pass}/${attempt}/${target}/${request_id}`;
}
