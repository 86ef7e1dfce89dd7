import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Run directories hold prompts and answers: nobody else reads them unless told otherwise. */
export const defaultUmask = 0o077;

/** The mode of new files in a run directory: that of its manifest. */
export function fileModeIn(dir: string): number {
  const manifest = statSync(join(dir, 'manifest.json'), { throwIfNoEntry: false });
  return (manifest?.mode ?? 0o600) & 0o666;
}
