import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arb, folderWith } from './harness.test.helper.ts';

const target =
  'targets: {a: {provider: openai-compatible, base_url: "http://127.0.0.1:1/v1", model: m, price: {input: 1, output: 1}}}\n';

/** A tool that finds the name Ann, as a program of the team's would. */
const finder = `
const lines = require('node:readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const found = JSON.parse(line).texts.some((text) => text.includes('Ann')) ? [{ kind: 'name', text: 'Ann' }] : [];
  console.log(JSON.stringify({ found }));
});`;

const log = [
  { id: 'r-1', session: 's', prompt: 'Ann, customer C-123456', recorded: { answer: 'Hello Ann' } },
  { id: 'r-2', session: 's', prompt: 'Who is Ann?', metadata: { note: 'C-123456' } },
];

function folderFor(redact: object) {
  return folderWith({
    'log.jsonl': log.map((each) => JSON.stringify(each)).join('\n'),
    'find.cjs': finder,
    'arb.yaml': `${target}redact: ${JSON.stringify(redact)}\n`,
  });
}

const imported = (folder: string, ...more: string[]) =>
  arb([
    ...['import', join(folder, 'log.jsonl'), '--redact', '--config', join(folder, 'arb.yaml')],
    ...['-o', join(folder, 'w.jsonl'), ...more],
  ]);

describe('redaction by arb.yaml', () => {
  it("takes out what the team's own patterns and program find, by one number in a session", async () => {
    const command = [process.execPath, 'find.cjs'];
    const folder = folderFor({ patterns: { customer: 'C-[0-9]{6}' }, command });
    const { code, stdout } = await imported(folder, '--allow-commands');
    expect([code, stdout]).toEqual([0, expect.stringContaining('redacted: 3 name, 2 customer')]);
    const lines = readFileSync(join(folder, 'w.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        request: { messages: [{ content: '[name-1], customer [customer-1]' }] },
        recorded: { answer: 'Hello [name-1]' },
      },
      {
        request: { messages: [{ content: 'Who is [name-1]?' }] },
        metadata: { note: '[customer-1]' },
      },
    ]);
  });

  it('does not run the program unless it may, and then writes nothing', async () => {
    const refused = await imported(folderFor({ command: [process.execPath, 'find.cjs'] }));
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('--allow-commands'),
    ]);
  });

  it.each([
    ['ends', ['-e', 'process.exit(3)'], 'it ended before its reply'],
    [
      'answers something else',
      ['-e', 'console.log("hi"); setTimeout(() => {}, 2000)'],
      'its reply is no',
    ],
  ])('writes nothing where the program %s', async (_, args, what) => {
    const folder = folderFor({ command: [process.execPath, ...args] });
    const { code, stderr } = await imported(folder, '--allow-commands');
    expect([code, stderr]).toEqual([2, expect.stringContaining(what)]);
    expect(() => readFileSync(join(folder, 'w.jsonl'))).toThrow();
  });

  it('says which pattern is none', async () => {
    const { code, stderr } = await imported(folderFor({ patterns: { customer: '(' } }));
    expect([code, stderr]).toEqual([2, expect.stringContaining('redact.patterns.customer')]);
  });
});
