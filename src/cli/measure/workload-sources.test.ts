import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMarket } from '../../sim/market/market.ts';
import { startMarket } from '../../sim/server/server.ts';
import { arb, codeOfBench, folderWith } from '../harness.test.helper.ts';

const workload = `${Array.from({ length: 6 }, (_, i) =>
  JSON.stringify({
    id: `r-${i}`,
    prompt: `Number ${i}?`,
    ...(i < 4 && { expect: { contains: 'a' } }),
    recorded: { target: 'm', input_tokens: 10 * (i + 1), output_tokens: 5, cost_usd: 0.001 },
  }),
).join('\n')}\n`;

let folder: string;
let market: Awaited<ReturnType<typeof startMarket>>;
const file = (name: string) => join(folder, name);
const json = (text: string) => JSON.parse(text);

beforeAll(async () => {
  const marketText =
    'targets: {a: {model: m, price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 3}, accuracy: {default: 1}}}';
  market = await startMarket({ market: parseMarket(marketText, 'market'), port: 0 });
  folder = folderWith({
    'w.jsonl': workload,
    'empty.jsonl': '',
    'm.yaml': marketText,
    'bad.jsonl': `${workload}nonsense\n`,
    'chat.jsonl': `${JSON.stringify({ model: 'gpt', messages: [{ role: 'user', content: 'Hi' }] })}\n`,
    'arb.yaml': `targets: {a: {provider: openai-compatible, base_url: "${market.url}/a/v1", model: m, price: {input: 1, output: 1}}}`,
  });
  writeFileSync(file('w.jsonl.gz'), gzipSync(workload));
});
afterAll(() => market.close());

const inspect = (name: string, stdin?: string) =>
  arb(['inspect', name, '--config', file('arb.yaml'), '--json'], {
    ...(stdin !== undefined && { stdin }),
  });
const bench = (name: string, out: string, stdin?: string) =>
  arb(['bench', name, '--config', file('arb.yaml'), '--out', file(out)], {
    ...(stdin !== undefined && { stdin }),
  });

describe('a workload', () => {
  it('is standard input where it is named -', async () => {
    const ran = await inspect('-', workload);
    expect(json(ran.stdout).total).toMatchObject({ requests: 6, input_tokens: 210 });
  });

  it('may be gzip, and has the hash of what is in it', async () => {
    const ran = await bench(file('w.jsonl.gz'), 'zipped');
    expect([codeOfBench(ran), ran.stderr]).toEqual([0, expect.not.stringContaining('arb:')]);
    const manifest = json(readFileSync(file('zipped/manifest.json'), 'utf8'));
    expect(manifest.workload).toMatchObject({
      requests: 6,
      file: file('zipped/workload.jsonl'),
    });
    expect(readFileSync(file('zipped/workload.jsonl'), 'utf8')).toBe(workload);
    const plain = await bench(file('w.jsonl'), 'plain');
    expect(codeOfBench(plain)).toBe(0);
    const { hash, file: own } = json(readFileSync(file('plain/manifest.json'), 'utf8')).workload;
    expect([hash, own]).toEqual([manifest.workload.hash, file('w.jsonl')]);
    expect(existsSync(file('plain/workload.jsonl'))).toBe(false);
  });

  it('may be a pipe, which is read once and kept with the run', async () => {
    execFileSync('mkfifo', [file('pipe')]);
    const writer = spawn('sh', ['-c', `cat "${file('w.jsonl')}" > "${file('pipe')}"`]);
    const closed = once(writer, 'close');
    const ran = await bench(file('pipe'), 'piped');
    await closed;
    expect(codeOfBench(ran)).toBe(0);
    expect(ran.stdout).toMatch(/^a +6 /m);
    const again = await arb(['judge', file('piped'), '--config', file('arb.yaml')]);
    expect(again.stderr).not.toContain('no such file');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('no judge is named')]);
  });

  it('may be a log that import knows', async () => {
    const ran = await inspect(file('chat.jsonl'));
    expect(json(ran.stdout).total.requests).toBe(1);
  });

  it('without a request is an error, and so is a folder', async () => {
    for (const [name, stdin] of [
      [file('empty.jsonl'), ''],
      ['-', ''],
      ['-', '\n\n'],
    ] as const) {
      const ran = await inspect(name, stdin);
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('there is no request')]);
    }
    const ran = await inspect(folder);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('is a folder')]);
  });

  it('is what a simulated market reads too', async () => {
    const served = await arb(['sim', file('m.yaml'), '--workload', file('w.jsonl.gz')], {
      interruptWhen: () => true,
    });
    expect([served.code, served.stdout]).toEqual([0, expect.stringContaining('at http://127')]);
    const bad = await arb(['sim', file('m.yaml'), '--workload', file('bad.jsonl')]);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('bad.jsonl:7: not valid')]);
  });

  it('of which nothing has a score leads to a judge, not to a decision', async () => {
    writeFileSync(file('none.jsonl'), '{"prompt":"Why?"}\n{"prompt":"How?"}\n');
    const ran = await bench(file('none.jsonl'), 'none');
    expect(ran.stdout).toContain('no answer has a score, so nothing can be decided');
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe(`next: arb judge ${file('none')}`);
  });

  it('is refused where it is cut short, and where import finds no request in it', async () => {
    writeFileSync(file('cut.gz'), gzipSync(workload).subarray(0, 60));
    const cut = await inspect(file('cut.gz'));
    expect([cut.code, cut.stderr]).toEqual([2, expect.stringContaining('that the file is whole')]);
    writeFileSync(file('header.jsonl'), '{"kind":"workload","version":1}\n');
    const out = file('imported.jsonl');
    const header = await arb(['import', file('header.jsonl'), '-o', out]);
    expect([header.code, header.stderr]).toEqual([2, expect.stringContaining('no request in it')]);
    expect(existsSync(out)).toBe(false);
  });

  it('says how many bad lines were left out, and what gets no score', async () => {
    const ran = await arb([
      ...['inspect', file('bad.jsonl'), '--config', file('arb.yaml'), '--skip-invalid'],
    ]);
    expect(ran.stdout).toContain('1 bad lines were left out');
    expect(ran.stdout).toContain('scores: 4 of 6 requests have a check, 2 need a judge');
    expect(ran.stdout).toContain('no judge is named, so these 2 get no score');
    const refused = await inspect(file('bad.jsonl'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('bad.jsonl:7: not valid JSON');
  });
});
