import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRun } from './file/run-lock.ts';
import { findRuns } from './find-runs.ts';
import { makeManifest } from './manifest.test.helper.ts';
import { removeRun } from './purge.ts';

function folderOfRuns(runs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'arb-purge-'));
  for (const [name, ended_at] of Object.entries(runs)) {
    const manifest = makeManifest({ started_at: '2026-01-01T00:00:00Z', ended_at });
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, name, 'answers.jsonl'), 'secret');
  }
  return folder;
}

describe('run directories', () => {
  it('are found at any depth, oldest first, and not through a link', () => {
    const folder = folderOfRuns({ 'b/run': '2026-03-01T00:00:00Z', a: '2026-04-01T00:00:00Z' });
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    mkdirSync(join(folder, 'notes'));
    expect(findRuns(folder).map(({ dir }) => dir)).toEqual([
      join(folder, 'b/run'),
      join(folder, 'a'),
    ]);
    expect(findRuns(folder)[0]?.bytes).toBeGreaterThan(6);
  });

  it('are deleted whole', () => {
    const folder = folderOfRuns({ a: '2026-04-01T00:00:00Z', b: '2026-04-01T00:00:00Z' });
    removeRun(join(folder, 'a'));
    expect([existsSync(join(folder, 'a')), existsSync(join(folder, 'b'))]).toEqual([false, true]);
  });

  it('stay while a process writes to them', () => {
    const folder = folderOfRuns({ a: '2026-04-01T00:00:00Z' });
    const lock = lockRun(join(folder, 'a'));
    // The writer is this process, which is alive.
    expect(() => removeRun(join(folder, 'a'))).toThrow(/writes to this run/);
    lock.release();
    removeRun(join(folder, 'a'));
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });

  it('are told from other folders, files and links, which stay', () => {
    const folder = folderOfRuns({ a: '2026-04-01T00:00:00Z' });
    mkdirSync(join(folder, 'photos'));
    writeFileSync(join(folder, 'photos', 'manifest.json'), '{"kind": "album"}');
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    for (const name of ['photos', 'link']) {
      expect(() => removeRun(join(folder, name))).toThrow(/is no run directory/);
      expect(existsSync(join(folder, name))).toBe(true);
    }
    expect(() => removeRun(folder)).toThrow(/is no run directory/);
  });
});
