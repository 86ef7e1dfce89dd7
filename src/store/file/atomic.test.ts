import { spawn, spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { writeAtomic } from './atomic.ts';
import { StreamFile } from './stream-file.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'arb-atomic-'));

async function writeStream(file: string, line: string): Promise<void> {
  const stream = new StreamFile(file);
  await stream.write(line);
  await stream.commit();
}

const writers = [
  ['at once', async (file: string) => writeAtomic(file, 'new\n')],
  ['line by line', (file: string) => writeStream(file, 'new')],
] as const;

describe.each(writers)('a text written %s', (_, write) => {
  // A rename would put a file in place of /dev/null, for every program of the machine.
  it('goes into a pipe or a device as it is, and leaves it one', async () => {
    const dir = folder();
    const pipe = join(dir, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const reader = spawn('cat', [pipe]);
    const seen = text(reader.stdout);
    await write(pipe);
    expect(await seen).toBe('new\n');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(dir)).toEqual(['pipe']);
  });

  it('changes the file that a symbolic link stands for, and the link stays', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'file'), 'old\n');
    symlinkSync('file', join(dir, 'link'));
    await write(join(dir, 'link'));
    expect(lstatSync(join(dir, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('new\n');
  });
});
