import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file so that a reader sees the old text or the new one, never a part. */
export function writeAtomic(file: string, text: string, mode?: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, text, mode === undefined ? {} : { mode });
  // The mode of a new file is cut by that of the process.
  if (mode !== undefined) chmodSync(beside, mode);
  renameSync(beside, file);
}
