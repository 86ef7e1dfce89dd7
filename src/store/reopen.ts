import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../outcome/outcome.ts';
import type { Attempt } from '../replay/event/attempt.ts';
import { requestKey } from '../workload/request-key.ts';
import { fileModeIn } from './file/file-mode.ts';
import { readAttempts, readOutcomeRows } from './rows.ts';
import { readManifest } from './run.ts';

/**
 * Takes those failures out of the outcomes of a run that say nothing of the target's answers, so that
 * a resumed run asks again: never sent, not connected, not authenticated, or since the last answer of
 * a target that was given up or has none. Their attempts stay on file. Returns how many.
 */
export async function reopenUnanswered(dir: string): Promise<number> {
  const file = join(dir, 'outcomes.jsonl');
  if (!existsSync(file)) return 0;
  const isUnanswered = await findUnanswered(dir);
  let reopened = 0;
  const beside = `${file}.${process.pid}.tmp`;
  const out = createWriteStream(beside, { mode: fileModeIn(dir) });
  const { arb } = readManifest(dir);
  out.write(`${JSON.stringify({ kind: 'outcomes', version: 1, arb })}\n`);
  for await (const row of readOutcomeRows(dir)) {
    if (isUnanswered(row)) {
      reopened += 1;
      continue;
    }
    if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  renameSync(beside, file);
  return reopened;
}

/** The last attempt at a request, and its place among all attempts. */
interface LastAttempt {
  readonly at: number;
  readonly neverReached: boolean;
}

async function findUnanswered(dir: string): Promise<(row: Outcome) => boolean> {
  const last = new Map<string, LastAttempt>();
  const answeredAt = new Map<string, number>();
  let at = 0;
  for await (const attempt of readAttempts(dir)) {
    at += 1;
    last.set(requestKey(attempt), { at, neverReached: neverReached(attempt) });
    if (attempt.status === 'ok') answeredAt.set(attempt.target, at);
  }
  const givenUp = new Set<string>();
  for await (const row of readOutcomeRows(dir)) {
    // Without any attempt a request was given up with its target.
    if (row.status === 'failed' && !last.has(requestKey(row))) givenUp.add(row.target);
  }
  return (row) => {
    if (row.status !== 'failed') return false;
    const tried = last.get(requestKey(row));
    if (!tried || tried.neverReached) return true;
    const answered = answeredAt.get(row.target);
    return answered === undefined || (givenUp.has(row.target) && tried.at > answered);
  };
}

const neverReached = ({ status, ...attempt }: Attempt): boolean =>
  status === 'connect' || status === 'auth' || ('unsent' in attempt && attempt.unsent === true);
