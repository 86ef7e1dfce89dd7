import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest, RunState } from './manifest.ts';
import { checkManifest } from './run.ts';

/** A run directory, as somebody who cleans up sees it. */
export interface StoredRun {
  readonly dir: string;
  readonly state: RunState;
  /** When it was last written to by a bench, as in its manifest, ISO 8601. */
  readonly at: string;
  /** Counted when it is read: it takes a look at every file. */
  readonly bytes: number;
}

/** Runs lie at most this far below the folder that they are looked for in: `reports/team/2026/run`. */
const DEEPEST = 4;

/** All run directories below `folder`, oldest first; links are not followed. */
export function findRuns(folder: string, depth = DEEPEST): StoredRun[] {
  return readRuns(folder, depth).map(toStoredRun);
}

/** The runs right under a folder with their manifests, newest first. @throws UsageError where one is damaged */
export function listRuns(folder: string): { dir: string; manifest: Manifest }[] {
  return readRuns(folder, 1)
    .reverse()
    .map(({ dir, manifest }) => ({ dir, manifest: checkManifest(dir, manifest) }));
}

interface FoundRun {
  readonly dir: string;
  /** As it was read: of its fields only the kind and the start are certain. */
  readonly manifest: Manifest;
}

/** Oldest first. */
function readRuns(folder: string, depth: number): FoundRun[] {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const inside = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
  const runs = inside.flatMap((dir) => {
    const manifest = readRunManifest(dir);
    if (manifest) return [{ dir, manifest }];
    return depth > 1 ? readRuns(dir, depth - 1) : [];
  });
  return runs.sort((a, b) => lastWritten(a.manifest).localeCompare(lastWritten(b.manifest)));
}

const lastWritten = ({ started_at, ended_at = started_at }: Manifest) => ended_at;

function toStoredRun({ dir, manifest }: FoundRun): StoredRun {
  return {
    dir,
    state: manifest.state,
    at: lastWritten(manifest),
    get bytes() {
      return countBytes(dir);
    },
  };
}

/** Whether arb wrote the folder as a run. */
export const isRun = (dir: string) => readRunManifest(dir) !== undefined;

/** Nothing where the folder was not written by arb. */
function readRunManifest(dir: string): Manifest | undefined {
  try {
    const found = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest;
    return found.kind === 'run' && typeof found.started_at === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

function countBytes(dir: string): number {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => lstatSync(join(dir, name)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}
