/**
 * Does the steps of a page of docs/ on a copy of the sources, then runs the type checker, the wall
 * test and the tests that the page adds: `npm run follow-page docs/new-check.md`.
 *
 * A step is a code block whose info string names a file: `file=PATH` writes it,
 * `file=PATH after="LINE"` inserts the block after the first line that is LINE.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const copied = [
  'src',
  'bench',
  'scripts',
  'fixtures',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

interface Step {
  readonly file: string;
  readonly after?: string;
  readonly text: string;
}

function readSteps(page: string): readonly Step[] {
  const blocks = page.matchAll(/^( *)```\w* file=(\S+)(?: after="(.*)")?\n([\s\S]*?)^ *```$/gm);
  return [...blocks].map(([, indent = '', file = '', after, body = '']) => ({
    file,
    ...(after !== undefined && { after }),
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

function follow(folder: string, { file, after, text }: Step): void {
  const path = join(folder, file);
  if (after === undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  const lines = readFileSync(path, 'utf8').split('\n');
  const at = lines.indexOf(after);
  if (at < 0) throw new Error(`${file} has no line ${JSON.stringify(after)}. Correct the page.`);
  lines.splice(at + 1, 0, text.trimEnd());
  writeFileSync(path, lines.join('\n'));
}

const page = process.argv[2];
if (page === undefined) throw new Error('Name a page, e.g. docs/new-check.md.');
const steps = readSteps(readFileSync(page, 'utf8'));
if (steps.length === 0) throw new Error(`${page} has no step.`);
const folder = mkdtempSync(join(tmpdir(), 'arb-page-'));
try {
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const step of steps) follow(folder, step);
  const run = (...command: [string, ...string[]]) =>
    execFileSync('npx', command, { cwd: folder, stdio: 'inherit' });
  run('tsc');
  const tests = steps.map(({ file }) => file).filter((file) => file.includes('.test.'));
  run('vitest', 'run', '--root', folder, 'src/architecture.test.ts', ...tests);
  process.stdout.write(`${page}: ${steps.length} steps done, checked and tested.\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
