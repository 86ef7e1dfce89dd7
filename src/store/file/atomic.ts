import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StorageError, UsageError } from '../../errors.ts';

/** What a disk says that takes nothing more, in which case the text is not at fault. */
const diskFaults = new Set(['ENOSPC', 'EDQUOT', 'EIO']);
/** What a path says that cannot be written to. */
export const pathFaults: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EISDIR',
  'ENOTDIR',
  'ENAMETOOLONG',
  'EEXIST',
]);

/**
 * Writes a file so that a reader sees the old text or the new one, never a part. Folders on its path
 * are made.
 *
 * @param mode its permissions @default those of a new file under the umask of the process
 * @throws StorageError where the disk takes nothing more, UsageError where the path cannot be written to;
 * the old text stays.
 */
export function writeAtomic(file: string, text: string, mode?: number): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(beside, text, mode === undefined ? {} : { mode });
    // The mode of a new file is cut by that of the process.
    if (mode !== undefined) chmodSync(beside, mode);
    renameSync(beside, file);
  } catch (cause) {
    discard(beside);
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (pathFaults.has(code)) {
      throw new UsageError(
        `${file}: cannot be written (${code}). Check the path and its permissions.`,
        {
          cause,
        },
      );
    }
    if (!diskFaults.has(code)) throw cause;
    const next = 'Make room and run the same command again; what was written before is kept.';
    throw new StorageError(`${file}: cannot be written (${message}). ${next}`, { cause });
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Why it could not be written is what matters.
  }
}

/**
 * Removes what a killed process left beside files that it was writing: `NAME.PID.tmp`. For a directory
 * that nobody else writes to.
 *
 * @param name only what was to become this file @default all of the directory
 */
export function removeUnfinished(dir: string, name = ''): void {
  for (const each of readdirSync(dir)) {
    const isLeft = /\.\d+\.tmp$/.test(each) && (name === '' || each.startsWith(`${name}.`));
    if (isLeft) rmSync(join(dir, each), { force: true });
  }
}
