import { join } from 'node:path';
import { readJson, writeJson } from './file/json-file.ts';

/** What of `gate.json` decides about other runs. */
interface GateOnFile {
  readonly kind: 'gate';
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  readonly accepted: boolean;
}

/** What tells `nightly.json` from other files. */
interface NightOnFile {
  readonly kind: 'nightly';
}

const gateFile = (dir: string) => join(dir, 'gate.json');
const nightFile = (dir: string) => join(dir, 'nightly.json');

/** Leaves what a gate found in the run that it looked at. */
export function writeGateFile(dir: string, report: GateOnFile): void {
  writeJson(gateFile(dir), report);
}

/** What a gate found of a run; nothing where none looked at it. @throws UsageError where it is damaged. */
export function readGateFile<Report extends GateOnFile = GateOnFile>(
  dir: string,
): Report | undefined {
  return readJson<Report>(gateFile(dir), 'Delete it and run arb gate again.');
}

/** Leaves what a night has come to so far in its directory. */
export function writeNightFile<Night extends NightOnFile>(dir: string, night: Night): void {
  writeJson(nightFile(dir), night);
}

/** What a night came to; nothing where none made the directory. @throws UsageError where it is damaged. */
export function readNightFile<Night extends NightOnFile>(dir: string): Night | undefined {
  return readJson<Night>(nightFile(dir), 'Delete it and run the night again.');
}
