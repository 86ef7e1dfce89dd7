import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { lockRun } from './run-lock.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'arb-lock-'));
const holder = { host: 'here', boot: 'b', pid: process.pid };

it('refuses a second writer while the first lives, and lets one in after it released', () => {
  const dir = folder();
  const lock = lockRun(dir);
  expect(() => lockRun(dir)).toThrow(UsageError);
  lock.release();
  lockRun(dir).release();
  expect(existsSync(join(dir, 'run.lock'))).toBe(false);
});

it('takes over the lock of a process that is gone, of an earlier boot, and of a pid used again', async () => {
  const dir = folder();
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  lockRun(dir, { ...holder, pid: child.pid ?? 0 });
  lockRun(dir, { ...holder, started: '1' });
  lockRun(dir, { ...holder, boot: 'earlier' });
  const last = lockRun(dir, holder);
  expect(() => lockRun(dir, holder)).toThrow(/writes to this run/);
  last.release();
});

it('refuses the lock of another host with the command that removes it, and one that it cannot read', () => {
  const dir = folder();
  lockRun(dir, { ...holder, host: 'elsewhere' });
  expect(() => lockRun(dir, holder)).toThrow(/elsewhere.*rm ".*run\.lock"/);
  writeFileSync(join(dir, 'run.lock'), 'mine');
  expect(() => lockRun(dir, holder)).toThrow(/rm /);
});
