import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../../errors.ts';

/** A policy of 10,000 rules has 3 MB, a price list of all models 10; more is another kind of file. */
const mostBytes = 256 * 1_024 * 1_024;

/**
 * The text of a file the user named.
 * @throws UsageError where it cannot be read, or is larger than 256 MB.
 */
export const readInput = (file: string): string => readInputBytes(file).toString('utf8');

/** As `readInput`, of any bytes. @throws UsageError */
export function readInputBytes(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > mostBytes) {
      const most = `has ${size} bytes, and ${mostBytes} are the most`;
      throw new UsageError(`${file}: ${most}. Check that it is the file you mean.`);
    }
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UsageError || code === undefined) throw error;
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new UsageError(`${file}: ${why}. Check the path.`, { cause: error });
  }
}
