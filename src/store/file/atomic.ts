import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StorageError } from '../../errors.ts';

/** What a disk says that takes nothing more, in which case the text is not at fault. */
const diskFaults = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/**
 * Writes a file so that a reader sees the old text or the new one, never a part. Folders on its path
 * are made.
 *
 * @param mode its permissions @default those of a new file under the umask of the process
 * @throws StorageError where the disk takes nothing more; the old text stays.
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
    rmSync(beside, { force: true });
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (!diskFaults.has(code)) throw cause;
    const next = 'Make room and run the same command again; what was written before is kept.';
    throw new StorageError(`${file}: cannot be written (${message}). ${next}`, { cause });
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
