import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeManifest } from '../../store/manifest.test.helper.ts';
import { arb, folderWith } from '../harness.test.helper.ts';

const run = (ended_at: string) => JSON.stringify(makeManifest({ started_at: ended_at, ended_at }));

it('lists old runs, and deletes them only when told to', async () => {
  // It is 20 November 2026.
  const folder = folderWith({
    'old/manifest.json': run('2026-10-01T00:00:00.000Z'),
    'new/manifest.json': run('2026-11-19T00:00:00.000Z'),
  });
  const listed = await arb(['purge', folder, '--older-than', '30d']);
  expect([listed.code, listed.stdout]).toEqual([
    0,
    expect.stringMatching(/1 run old enough.*1 younger/),
  ]);
  expect(existsSync(join(folder, 'old'))).toBe(true);

  const deleted = await arb(['purge', folder, '--older-than', '30d', '--yes', '--json']);
  expect(JSON.parse(deleted.stdout)).toMatchObject({
    deleted: true,
    runs: [{ dir: join(folder, 'old') }],
    younger: 1,
  });
  expect([existsSync(join(folder, 'old')), existsSync(join(folder, 'new'))]).toEqual([false, true]);
});

it('wants an age', async () => {
  const { code, stderr } = await arb(['purge']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--older-than')]);
});
