import {
  chmodSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

/** What a name stands for that is to be written to. */
export interface Destination {
  readonly path: string;
  /** `special`: a pipe, a terminal or a device such as /dev/null, which a rename would put a file in place of. */
  readonly kind: 'file' | 'special';
}

/** Follows symbolic links, so that they stay and their file changes. */
export function findDestination(file: string): Destination {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return { path: file, kind: 'file' };
  if (found.isFile()) return { path: realpathSync(file), kind: 'file' };
  return { path: file, kind: found.isDirectory() ? 'file' : 'special' };
}

/**
 * Writes a file so that a reader sees the old text or the new one, never a part. Folders on its path
 * are made.
 *
 * @param mode its permissions @default those of a new file under the umask of the process
 * @throws StorageError where the disk takes nothing more, UsageError where the path cannot be written to;
 * the old text stays. What is no file, such as /dev/stdout, is written to as it is.
 */
export function writeAtomic(file: string, text: string, mode?: number): void {
  let beside: string | undefined;
  try {
    const { path, kind } = findDestination(file);
    if (kind === 'special') {
      writeFileSync(path, text);
      return;
    }
    beside = `${path}.${process.pid}.tmp`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, text, mode === undefined ? {} : { mode });
    // The mode of a new file is cut by that of the process.
    if (mode !== undefined) chmodSync(beside, mode);
    renameSync(beside, path);
  } catch (cause) {
    if (beside !== undefined) discard(beside);
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
