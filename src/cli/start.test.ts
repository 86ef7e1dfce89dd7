import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commands } from './commands.ts';
import { arb } from './harness.test.helper.ts';
import { findNodeFault } from './node-version.ts';
import { summaries } from './terminal/summaries.ts';

it('needs the Node that package.json names, and says which one this is', () => {
  expect(findNodeFault('20.20.2')).toMatch(/^arb needs Node 22\.19 or newer, this is 20\.20\.2\./);
  expect(findNodeFault('22.18.0')).toContain('22.18.0');
  expect(['22.19.0', '24.0.1', '26.1.0'].map(findNodeFault)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const { engines } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
  );
  expect(engines.node).toBe('>=22.19');
});

it('can say so in Node 12, which reads no file with an await at its top', () => {
  for (const file of ['main', 'node-version', 'compile-cache']) {
    const text = readFileSync(join(import.meta.dirname, `${file}.ts`), 'utf8');
    // Nothing but imports and what Node 12 parses: no await outside of functions, no ?. and no ??.
    expect(text.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, ''), file).not.toMatch(
      /\bawait\b|\?\.\w|\?\?/,
    );
  }
});

it('lists every command, and describes and exemplifies each in its own help', async () => {
  const { stdout } = await arb(['--help']);
  expect(Object.keys(commands)).toEqual(Object.keys(summaries));
  for (const [name, summary] of Object.entries(summaries)) {
    const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ');
    expect(squeezed(stdout)).toContain(`${name} `);
    const { stdout: help, code } = await arb([name, '--help']);
    expect(code, name).toBe(0);
    expect(squeezed(help), name).toContain(summary);
    expect(help, name).toMatch(/\nExamples?:\n {2}\S/);
  }
});

it('says of every option with a value its default, or shows one, and of each command an example', async () => {
  const subcommands = [
    ['prices', 'diff'],
    ['policy', 'import'],
    ['policy', 'id'],
  ];
  for (const names of [...Object.keys(summaries).map((name) => [name]), ...subcommands]) {
    const { stdout } = await arb([...names, '--help']);
    const options = stdout.replaceAll(/\n {10,}/g, ' ').match(/^ +-.*<[^>]+>.*$/gm) ?? [];
    const bare = options.filter((option) => !/default|choices|e\.g\.|such as/.test(option));
    expect([names.join(' '), bare]).toEqual([names.join(' '), []]);
    expect(stdout).toMatch(/\nExamples?:\n {2}\S/);
  }
});

it('suggests the command that was meant', async () => {
  const ran = await arb(['benhc', 'w.jsonl']);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('Did you mean bench?')]);
});
