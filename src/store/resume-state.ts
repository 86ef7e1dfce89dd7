import { RECORDED } from '../outcome/recorded.ts';
import { readOutcomeRows } from './rows.ts';
import { type RunSpending, readSpending } from './spent.ts';

/** What an interrupted run holds already. */
export interface ResumeState extends RunSpending {
  /** True where the target has settled the request in the pass. */
  done(requestId: string, target: string, pass: number): boolean;
  /** How many targets have; the log's own answer is none. */
  settled(requestId: string, pass: number): number;
}

/** Reads a run directory before it is resumed. */
export async function readResumeState(dir: string): Promise<ResumeState> {
  const settled = new Map<string, Set<string>>();
  for await (const row of readOutcomeRows(dir)) {
    const key = passKey(row.request_id, row.pass ?? 1);
    const targets = settled.get(key) ?? new Set<string>();
    settled.set(key, targets.add(row.target));
  }
  return {
    done: (requestId, target, pass) => settled.get(passKey(requestId, pass))?.has(target) ?? false,
    settled: (requestId, pass) =>
      [...(settled.get(passKey(requestId, pass)) ?? [])].filter((name) => name !== RECORDED).length,
    ...(await readSpending(dir)),
  };
}

const passKey = (requestId: string, pass: number) => JSON.stringify([requestId, pass]);
