import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { writeAtomic } from './file/atomic.ts';
import { fileModeIn } from './file/file-mode.ts';

/** What of `gate.json` decides about other runs. */
interface GateOnFile {
  readonly kind: 'gate';
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
}

const fileIn = (dir: string) => join(dir, 'gate.json');

/** Leaves what a gate found in the run that it looked at. */
export function writeGateFile(dir: string, report: GateOnFile): void {
  writeAtomic(fileIn(dir), `${JSON.stringify(report, null, 2)}\n`, fileModeIn(dir));
}

/** What a gate found of a run; nothing where none looked at it. @throws UsageError where it is damaged. */
export function readGateFile<Report extends GateOnFile = GateOnFile>(
  dir: string,
): Report | undefined {
  const file = fileIn(dir);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (cause) {
    throw new UsageError(`${file}: not readable. Delete it and run arb gate again.`, { cause });
  }
}
