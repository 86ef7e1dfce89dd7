import { lstatSync, rmSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { lockNight, lockRun } from './file/run-lock.ts';
import { isRun } from './find-runs.ts';

/**
 * Deletes a run directory with all that is in it; nothing where there is none.
 *
 * @throws UsageError where it holds no run, or where a process writes to it.
 */
export function removeRun(dir: string): void {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory() || !isRun(dir)) {
    throw new UsageError(`${dir}: is no run directory, so arb does not delete it. Move it away.`);
  }
  // Held until its own file is gone too: nobody begins to write meanwhile.
  lockRun(dir);
  lockNight(dir);
  rmSync(dir, { recursive: true });
}
