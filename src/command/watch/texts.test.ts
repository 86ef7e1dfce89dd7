import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RequestSample } from '../../report/data/report-data.ts';
import type { Manifest } from '../../store/manifest.ts';
import { addTexts } from './texts.ts';

const sample: RequestSample = {
  of: 2,
  targets: ['a', 'b'],
  rows: [{ id: 'r1', task: '', why: 'random', cells: [{ status: 'ok' }, { status: 'failed' }] }],
};

function writeRun(prompt: string, answer: string): { dir: string; manifest: Manifest } {
  const dir = mkdtempSync(join(tmpdir(), 'arb-texts-'));
  const file = join(dir, 'workload.jsonl');
  const line = `${JSON.stringify({ id: 'r1', prompt })}\n`;
  writeFileSync(file, line);
  const row = { request_id: 'r1', target: 'a', pass: 1, answer };
  writeFileSync(join(dir, 'answers.jsonl'), `${JSON.stringify(row)}\n`);
  const hash = `sha256-${createHash('sha256').update(line).digest('hex')}`;
  return { dir, manifest: { workload: { file, hash, requests: 1 } } as Manifest };
}

describe('the texts of single requests', () => {
  it('have their addresses and keys taken out', async () => {
    const run = writeRun('Write to jane.doe@example.org', 'Her card is 4111 1111 1111 1111');
    const [row] = (await addTexts(sample, run)).rows;
    expect(row?.prompt).toMatch(/^user: Write to /);
    expect(row?.prompt).not.toContain('jane.doe');
    expect(row?.cells[0]?.answer).toMatch(/^Her card is /);
    expect(row?.cells[0]?.answer).not.toContain('4111');
    expect(row?.cells[1]?.answer).toBeUndefined();
  });

  it('are cut, however long they are', async () => {
    const run = writeRun('Hello', 'word '.repeat(200_000));
    const [row] = (await addTexts(sample, run)).rows;
    expect(row?.cells[0]?.answer?.length).toBeLessThan(2_100);
    expect(row?.cells[0]?.answer).toMatch(/\(1000000 characters\)$/);
  });

  it('leave prompts out where the workload is another file by now', async () => {
    const { dir, manifest } = writeRun('Hello', 'Hi');
    writeFileSync(manifest.workload.file, '{"id":"r1","prompt":"Something else"}\n');
    const [row] = (await addTexts(sample, { dir, manifest })).rows;
    expect(row?.prompt).toBeUndefined();
    expect(row?.cells[0]?.answer).toBe('Hi');
  });
});
