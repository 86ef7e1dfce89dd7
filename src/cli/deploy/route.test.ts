import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { arb, folderWith } from '../harness.test.helper.ts';

const routes = 'fixtures/contract/routes.yaml';

describe('arb route', () => {
  it('reads the task where routes.yaml says: the line, else metadata.task', async () => {
    const asked = (request: object) => arb(['route', routes, JSON.stringify(request)]);
    const line = await asked({ task: 'summarize', prompt: 'Hi' });
    const metadata = await asked({ metadata: { task: 'summarize' }, prompt: 'Hi' });
    expect(line.stdout).toContain('rule      short-summaries');
    expect(metadata.stdout).toContain('rule      short-summaries');
  });

  it('takes a chat body as a client sends it', async () => {
    const body = {
      model: 'arb',
      stream: true,
      messages: [{ role: 'user', content: 'Hi' }],
      metadata: { region: 'eu' },
    };
    const ran = await arb(['route', routes, JSON.stringify(body, null, 2)]);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('rule      eu (1 of 3)');
  });

  it('of many requests says how many meet each rule', async () => {
    const lines = [
      { prompt: 'Hi' },
      { task: 'summarize', prompt: 'Hi' },
      { metadata: { region: 'eu' }, prompt: 'Hi' },
      { prompt: 'Ho' },
    ];
    const folder = folderWith({ 'w.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') });
    const ran = await arb(['route', routes, join(folder, 'w.jsonl')]);
    expect(ran.stdout).toMatch(/^otherwise +sonnet +2 +50\.0 %/m);
    expect(ran.stdout).toMatch(/^eu +mistral-small +1 +25\.0 %/m);
    expect(ran.stdout).toContain('4 requests');
  });

  it('takes a compressed workload, a CSV file and a pipe, as bench does', async () => {
    const line = JSON.stringify({ task: 'summarize', prompt: 'Hi' });
    const folder = folderWith({ 'w.csv': 'prompt,task\nHi,summarize\nHo,other\n' });
    writeFileSync(join(folder, 'w.jsonl.gz'), gzipSync(`${line}\n${line}\n`));
    writeFileSync(join(folder, 'cut.gz'), gzipSync(line.repeat(100)).subarray(0, 40));
    const packed = await arb(['route', routes, join(folder, 'w.jsonl.gz')]);
    expect(packed.stdout).toMatch(/^short-summaries .* 2 +100\.0 %/m);
    const table = await arb(['route', routes, join(folder, 'w.csv')]);
    expect(table.stdout).toMatch(/^short-summaries .* 1 +50\.0 %/m);
    const piped = await arb(['route', routes, '-'], { stdin: 'prompt,task\nHi,summarize\nHo,a\n' });
    expect(piped.stdout).toMatch(/^short-summaries .* 1 +50\.0 %/m);
    const cut = await arb(['route', routes, join(folder, 'cut.gz')]);
    expect([cut.code, cut.stderr]).toEqual([2, expect.stringContaining('that the file is whole')]);
  });

  it('names the line that is no request', async () => {
    const folder = folderWith({ 'w.jsonl': '{"prompt":"Hi"}\n{"promt":"Hi"}' });
    const ran = await arb(['route', routes, join(folder, 'w.jsonl')]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/w\.jsonl:2: .*promt/);
    expect(ran.stderr).not.toContain('..');
    const far = await arb(['route', routes, '{"prompt":"Hi","headers":{}}']);
    expect(far.stderr).toMatch(/extensions\. Give/);
  });
});
