import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../errors.ts';
import { StreamFile } from './stream-file.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'arb-stream-file-'));

describe('a file that is written line by line', () => {
  it('appears under its name when it is whole, and not before', async () => {
    const dir = folder();
    const file = new StreamFile(join(dir, 'w.jsonl'));
    await file.write('a');
    expect(readdirSync(dir)).not.toContain('w.jsonl');
    await file.write('b');
    await file.commit();
    expect(readdirSync(dir)).toEqual(['w.jsonl']);
    expect(readFileSync(join(dir, 'w.jsonl'), 'utf8')).toBe('a\nb\n');
  });

  it('that cannot be written is a storage error, while it is written and when it is closed', async () => {
    for (const line of ['short', 'x'.repeat(300_000)]) {
      const dir = folder();
      const file = new StreamFile(join(dir, 'w.jsonl'));
      // The stream opens its file in the next turn, where there is no folder any more.
      rmSync(dir, { recursive: true });
      const written = file.write(line).then(() => file.commit());
      await expect(written).rejects.toThrow(StorageError);
    }
  });
});
