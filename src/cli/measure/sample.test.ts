import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arb, folderWith } from '../harness.test.helper.ts';

const request = (at: number, content: string, more = {}) =>
  JSON.stringify({
    id: `r-${at}`,
    task: at % 4 === 0 ? 'code' : 'chat',
    request: { messages: [{ role: 'user', content }] },
    recorded: { answer: 'x', cost_usd: 0.01 },
    ...more,
  });

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const question = (at: number) =>
  `Why does the ${at}th engine of ship ${at * 31} stop at ${at * 7} o'clock?`;

describe('arb sample', () => {
  it('draws so many requests in proportion and writes them as they were', async () => {
    const all = Array.from({ length: 200 }, (_, at) => request(at, question(at)));
    const folder = folderWith({ 'w.jsonl': all.join('\n') });
    const out = join(folder, 's.jsonl');
    const { code, stdout } = await arb([
      'sample',
      join(folder, 'w.jsonl'),
      '--requests',
      '40',
      '-o',
      out,
    ]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('40 of 200 requests')]);
    const drawn = linesOf(out);
    expect(drawn.filter(({ task }) => task === 'code')).toHaveLength(10);
    const known = new Set(all);
    expect(drawn.every((line) => known.has(JSON.stringify(line)) || line.group)).toBe(true);
  });

  it('keeps under a price, from the recorded cost', async () => {
    const all = Array.from({ length: 200 }, (_, at) => request(at, question(at)));
    const folder = folderWith({ 'w.jsonl': all.join('\n') });
    const out = join(folder, 's.jsonl');
    await arb(['sample', join(folder, 'w.jsonl'), '--max-usd', '0.255', '-o', out]);
    expect(linesOf(out).length).toBeGreaterThanOrEqual(24);
    expect(linesOf(out).length).toBeLessThanOrEqual(25);
  });

  it('keeps sessions whole, marks near-duplicates, and redacts', async () => {
    const long = `${'Please tell me about the ship and its many engines. '.repeat(2)}Mail a@b.de about it soon, and say what is to be done with the old hull`;
    const all = [
      ...[0, 1, 2].map((at) => request(at, question(at), { session: 's' })),
      request(3, long),
      request(4, `${long} then`, { task: 'chat' }),
      request(5, question(5)),
    ];
    const folder = folderWith({ 'w.jsonl': all.join('\n') });
    const out = join(folder, 's.jsonl');
    const args = ['sample', join(folder, 'w.jsonl'), '--requests', '6', '-o', out, '--redact'];
    const { stdout } = await arb(args);
    expect(stdout).toContain('6 of 6 requests');
    expect(stdout).toContain('3 units of a certificate');
    expect(stdout).toContain('redacted: 2 email');
    expect(linesOf(out).map(({ group }) => group)).toEqual([
      ...[undefined, undefined, undefined],
      ...['near-r-3', 'near-r-3', undefined],
    ]);
    expect(readFileSync(out, 'utf8')).not.toContain('a@b.de');
  });

  it('says what the weights of --stratify cost, and that a margin needs more traffic than there is', async () => {
    const all = Array.from({ length: 300 }, (_, at) =>
      request(at, question(at), { task: at < 15 ? 'legal' : 'chat' }),
    );
    const folder = folderWith({ 'w.jsonl': all.join('\n') });
    const out = join(folder, 's.jsonl');
    const balanced = [
      'sample',
      join(folder, 'w.jsonl'),
      '--requests',
      '60',
      '--stratify',
      '-o',
      out,
    ];
    expect((await arb(balanced)).stdout).toMatch(
      /the weights cost \d+(\.\d)? ?%: it says as much as/,
    );
    const sum = linesOf(out).reduce((total, { weight = 1 }) => total + weight, 0);
    expect(sum / linesOf(out).length).toBeCloseTo(1, 6);
    const margin = ['sample', join(folder, 'w.jsonl'), '--for-margin', '0.02', '-o', out];
    expect((await arb(margin)).stdout).toMatch(/--for-margin 0.02 needs \d+ units/);
  });

  it('is refused without a size, with two, and where nothing has a price', async () => {
    const folder = folderWith({ 'w.jsonl': '{"prompt":"Hi"}' });
    const file = join(folder, 'w.jsonl');
    const out = ['-o', join(folder, 's.jsonl')];
    expect((await arb(['sample', file, ...out])).code).toBe(2);
    expect((await arb(['sample', file, '--requests', '1', '--max-usd', '2', ...out])).code).toBe(2);
    const priced = await arb(['sample', file, '--max-usd', '2', ...out]);
    expect([priced.code, priced.stderr]).toEqual([
      2,
      expect.stringContaining('no request has a recorded cost'),
    ]);
  });
});
