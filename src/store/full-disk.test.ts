import type * as fs from 'node:fs';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StorageError } from '../errors.ts';
import { Journal } from './file/journal.ts';

/** Bytes that the disk still takes. */
let room = Number.POSITIVE_INFINITY;

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const writeSync = (fd: number, data: string | Buffer, from = 0, length?: number) => {
    const bytes = Buffer.from(data as string).subarray(from, length && from + length);
    if (room === 0) throw new Error('ENOSPC: no space left on device, write');
    const taken = Math.min(room, bytes.length);
    room -= taken;
    return real.writeSync(fd, bytes.subarray(0, taken));
  };
  return { ...real, writeSync };
});

afterEach(() => {
  room = Number.POSITIVE_INFINITY;
});

const opened = () => {
  const file = join(mkdtempSync(join(tmpdir(), 'arb-')), 'rows.jsonl');
  return { file, journal: Journal.open(file, { kind: 'rows', version: 1 }) };
};

describe('a disk that is full', () => {
  it('is said with the file and the next step', () => {
    const { file, journal } = opened();
    room = 5;
    journal.add({ n: 1 });
    expect(() => journal.flush()).toThrow(StorageError);
    expect(() => journal.flush()).toThrow(`${file}: cannot be written (ENOSPC`);
    expect(() => journal.flush()).toThrow(/--resume/);
  });

  it('gets nothing more behind a torn line, though there is room again', () => {
    const { file, journal } = opened();
    room = 5;
    journal.add({ n: 1 });
    expect(() => journal.flush()).toThrow(StorageError);
    room = Number.POSITIVE_INFINITY;
    journal.add({ n: 2 });
    expect(() => journal.sync()).toThrow(StorageError);
    journal.close();
    expect(readFileSync(file, 'utf8')).toBe('{"kind":"rows","version":1}\n{"n":');
    const again = Journal.open(file, { kind: 'rows', version: 1 });
    again.add({ n: 3 });
    again.close();
    expect(readFileSync(file, 'utf8')).toBe('{"kind":"rows","version":1}\n{"n":3}\n');
  });
});
