import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder of this process's own. */
export interface Scratch {
  readonly dir: string;
  remove(): void;
}

/** Makes one with these files in it, by name; only this user may read it. */
export function createScratch(files: Readonly<Record<string, string>>): Scratch {
  const dir = mkdtempSync(join(tmpdir(), 'arb-'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Copies a file to where it stays; only this user may read it, as its source. */
export function keepCopy(from: string, to: string): void {
  copyFileSync(from, to);
}
