import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt } from '../replay/event/attempt.ts';
import { requestKey } from '../workload/request-key.ts';
import { fileModeIn } from './file/file-mode.ts';
import { readAttempts, readOutcomeRows } from './rows.ts';
import { readManifest } from './run.ts';

/**
 * Takes those failures out of the outcomes of a run that say nothing of the target's answers, so that
 * a resumed run asks again: never sent, not connected, not authenticated, or given up with the
 * target. Their attempts stay on file. Returns how many.
 */
export async function reopenUnanswered(dir: string): Promise<number> {
  const last = new Map<string, boolean>();
  for await (const attempt of readAttempts(dir)) {
    last.set(requestKey(attempt), neverReached(attempt));
  }
  let reopened = 0;
  const file = join(dir, 'outcomes.jsonl');
  if (!existsSync(file)) return 0;
  const beside = `${file}.${process.pid}.tmp`;
  const out = createWriteStream(beside, { mode: fileModeIn(dir) });
  const { arb } = readManifest(dir);
  out.write(`${JSON.stringify({ kind: 'outcomes', version: 1, arb })}\n`);
  for await (const row of readOutcomeRows(dir)) {
    if (row.status === 'failed' && (last.get(requestKey(row)) ?? true)) {
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

/** Without any attempt a request was given up with its target. */
const neverReached = ({ status, ...attempt }: Attempt): boolean =>
  status === 'connect' || status === 'auth' || ('unsent' in attempt && attempt.unsent === true);
