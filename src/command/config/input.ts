import { readFileSync } from 'node:fs';
import { UsageError } from '../../errors.ts';

/** The text of a file the user named. @throws UsageError where it cannot be read. */
export function readInput(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new UsageError(`${file}: ${why}. Check the path.`, { cause: error });
  }
}
