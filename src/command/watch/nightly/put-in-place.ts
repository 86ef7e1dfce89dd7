import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Night } from '../../../compare/night.ts';
import { writeNightFile } from '../../../store/decision-files.ts';
import { removeUnfinished, writeAtomic } from '../../../store/file/atomic.ts';
import { fileModeIn } from '../../../store/file/file-mode.ts';
import type { ConcludedNight } from './conclude.ts';
import type { NightPlan } from './plan.ts';

/** Writes what a night came to: its own files, then the decision, then routes.yaml, then that it is done. */
export function putInPlace({ night, texts, writes }: ConcludedNight, plan: NightPlan): void {
  const { dir, begun, routes } = plan;
  const mode = fileModeIn(dir);
  for (const [name, text] of texts) writeAtomic(join(dir, name), text, mode);
  if (writes.length > 0) {
    const over = hashFile(routes);
    const unwritten = { night, ...(over !== undefined && { over }), writes };
    writeNightFile(dir, { ...begun, unwritten });
    for (const { path, text } of writes) writeAtomic(path, text);
  }
  writeNightFile(dir, night);
}

/**
 * Ends a night that was cut off while it wrote. Nothing where it was not, or where the deployed policy has
 * been changed since: then it is to be decided anew, against that one.
 */
export function endUnwritten({ unwritten }: Night, { dir, routes }: NightPlan): Night | undefined {
  if (!unwritten) return undefined;
  const { night, over, writes } = unwritten;
  const now = hashFile(routes);
  const isWritten = writes.some(({ path, text }) => path === routes && hashText(text) === now);
  if (now !== over && !isWritten) return undefined;
  for (const { path, text } of writes) {
    removeUnfinished(dirname(path), basename(path));
    writeAtomic(path, text);
  }
  writeNightFile(dir, night);
  return night;
}

const hashText = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

function hashFile(file: string): string | undefined {
  return existsSync(file) ? hashText(readFileSync(file)) : undefined;
}
