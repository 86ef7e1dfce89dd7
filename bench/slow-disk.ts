import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './command.ts';

/**
 * The demo on a disk whose every sync takes 300 ms: the run is valid and the command ends with 0, for
 * no request waits for a sync of the ledger. A second figure in ms is another delay.
 */
const delay = process.argv[2] ?? '300';
const folder = mkdtempSync(join(tmpdir(), 'arb-slow-disk-'));
const preload = pathToFileURL(join(import.meta.dirname, 'slow-disk', 'preload.ts')).href;
const log = join(folder, '..', `${basename(folder)}.syncs`);
const main = join(root, 'dist', 'cli', 'main.js');
const begun = performance.now();
const child = spawn(process.execPath, ['--import', preload, main, 'demo', '--out', folder], {
  cwd: root,
  env: { ...process.env, ARB_FSYNC_MS: delay, ARB_FSYNC_LOG: log },
  stdio: ['ignore', 'ignore', 'pipe'],
});
let said = '';
child.stderr.setEncoding('utf8').on('data', (text: string) => {
  said += text;
});
const [code] = (await once(child, 'close')) as [number | null];
const seconds = ((performance.now() - begun) / 1_000).toFixed(1);

const file = join(folder, 'run', 'manifest.json');
const { invalid } = JSON.parse(readFileSync(file, 'utf8')) as { invalid: readonly string[] };
const isValid = invalid.length === 0;
const syncs = readFileSync(log, 'utf8')
  .split('\n')
  .reduce((sum, line) => sum + Number(line), 0);
rmSync(folder, { recursive: true });
rmSync(log);
console.log(
  `the demo with ${syncs} syncs of ${delay} ms: exit code ${code}, run ${isValid ? 'valid' : `NOT VALID (${invalid.join('; ')})`}, ${seconds} s`,
);
if (code !== 0 || !isValid || syncs === 0) {
  console.log(said.slice(-4_000));
  process.exitCode = 1;
}
