import { writeAtomic } from '../store/file/atomic.ts';

/**
 * Writes a file that a command made, so that a reader sees the old text or the new one.
 *
 * @param mode its permissions @default those of a new file
 * @throws StorageError, UsageError where it cannot be written
 */
export const writeOutput = (file: string, text: string, mode?: number): void =>
  writeAtomic(file, text, mode);
