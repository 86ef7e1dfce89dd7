import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { writeAtomic } from './file/atomic.ts';
import { fileModeIn } from './file/file-mode.ts';

const fileIn = (dir: string) => join(dir, 'nightly.json');

/** Leaves what a night has come to so far in its directory. */
export function writeNightFile(dir: string, night: { readonly kind: 'nightly' }): void {
  writeAtomic(fileIn(dir), `${JSON.stringify(night, null, 2)}\n`, fileModeIn(dir));
}

/** What a night came to; nothing where none made the directory. @throws UsageError where it is damaged. */
export function readNightFile<Night extends { readonly kind: 'nightly' }>(
  dir: string,
): Night | undefined {
  const file = fileIn(dir);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Night;
  } catch (cause) {
    throw new UsageError(`${file}: not readable. Delete it and run the night again.`, { cause });
  }
}
