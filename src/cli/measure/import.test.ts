import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { arb, folderWith } from '../harness.test.helper.ts';

const row = (id: string, content: string, more = {}) =>
  JSON.stringify({
    request_id: id,
    call_type: 'acompletion',
    spend: 0.01,
    status: 'success',
    cache_hit: 'False',
    startTime: '2026-11-20T08:00:00Z',
    model: 'gpt-4o',
    proxy_server_request: { messages: [{ role: 'user', content }] },
    ...more,
  });

describe('arb import', () => {
  it('writes a workload that inspect reads, and says what to do next', async () => {
    const folder = folderWith({ 'logs/a.jsonl': `${row('1', 'Hi')}\n${row('2', 'Bye')}\n` });
    writeFileSync(join(folder, 'logs', 'b.jsonl.gz'), gzipSync(row('3', 'More')));
    const out = join(folder, 'w.jsonl');
    const imported = await arb(['import', join(folder, 'logs'), '-o', out]);
    expect(imported.code).toBe(0);
    expect(imported.stdout).toContain('3 requests in');
    expect(imported.stdout.trim().split('\n').at(-1)).toBe(`next: arb inspect ${out}`);
    expect((await arb(['inspect', out])).code).toBe(0);
  });

  it('ends with 3 where too much is left out, names why and where, and keeps what it wrote', async () => {
    const folder = folderWith({
      'log.jsonl': [row('1', 'Hi'), row('2', 'x', { status: 'failure' }), 'not json'].join('\n'),
    });
    const out = join(folder, 'w.jsonl');
    const { code, stdout } = await arb(['import', join(folder, 'log.jsonl'), '-o', out]);
    expect(code).toBe(3);
    expect(stdout).toContain('1 left out: failure');
    expect(stdout).toMatch(/1 left out: not readable .*log\.jsonl:3/);
    expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('redacts before anything is written, and gives ids that do not tell what was redacted', async () => {
    const lines = ['{"prompt":"mail ann@example.com"}', '{"prompt":"mail bob@example.com"}'];
    const folder = folderWith({ 'log.jsonl': lines.join('\n') });
    const out = join(folder, 'w.jsonl');
    const { code, stdout } = await arb([
      'import',
      join(folder, 'log.jsonl'),
      '-o',
      out,
      '--redact',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('redacted: 2 email');
    const [first, second] = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each));
    expect(JSON.stringify([first, second])).not.toMatch(/ann|bob/);
    expect(second.id).toBe(`${first.id}-2`);
  });

  it.each([
    ['nothing.jsonl', {}, /there is no such file/],
    ['empty.jsonl', { 'empty.jsonl': '' }, /the file is empty/],
    ['x.jsonl', { 'x.jsonl': '{"a":1}' }, /no format that arb knows \(keys: a\)/],
  ])('refuses %s with one error, and writes nothing', async (name, files, words) => {
    const folder = folderWith(files as Record<string, string>);
    const { code, stderr } = await arb([
      'import',
      join(folder, name),
      '-o',
      join(folder, 'w.jsonl'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(() => readFileSync(join(folder, 'w.jsonl'))).toThrow();
  });
});
