import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A Python virtual environment under `.venv/`, made once from a requirements file in which every
 * package has its exact version and hash: `node bench/gateways/venv.ts` makes the one for LiteLLM.
 */
export function virtualEnvironment(name: string, requirements: string): string {
  const folder = resolve('.venv', name);
  const file = join(import.meta.dirname, requirements);
  const wanted = createHash('sha256').update(readFileSync(file)).digest('hex');
  const stamp = join(folder, 'requirements.sha256');
  const bin = join(folder, 'bin');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return bin;
  run('python3', ['-m', 'venv', '--clear', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  run(join(bin, 'python'), [...pip, '--require-hashes', '--no-deps', '--requirement', file]);
  writeFileSync(stamp, wanted);
  return bin;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
}

if (import.meta.main) console.log(virtualEnvironment('litellm', 'requirements.txt'));
