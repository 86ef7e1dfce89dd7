import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../../errors.ts';
import { writeAtomic } from './atomic.ts';
import { fileModeIn } from './file-mode.ts';

/** Writes a JSON file into a run directory, open to whom the directory is. */
export function writeJson(file: string, value: object): void {
  writeAtomic(file, `${JSON.stringify(value, null, 2)}\n`, fileModeIn(dirname(file)));
}

/**
 * What a JSON file that arb wrote holds; nothing where there is none.
 *
 * @param next what to do where it is damaged
 * @throws UsageError where it is not JSON.
 */
export function readJson<Value>(file: string, next: string): Value | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value;
  } catch (cause) {
    throw new UsageError(`${file}: not readable. ${next}`, { cause });
  }
}
