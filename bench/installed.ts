import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './command.ts';

/**
 * Puts the package into `folder`, as `npm pack` makes it, with what it depends on in production and
 * nothing else.
 */
export function installPacked(folder: string): void {
  const pack = npm('pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  const [{ filename, files }] = JSON.parse(pack) as [{ filename: string; files: object[] }];
  const home = join(folder, 'node_modules', 'arb');
  mkdirSync(home, { recursive: true });
  run('tar', ['-xzf', join(folder, filename), '-C', home, '--strip-components=1']);
  const size = statSync(join(folder, filename)).size;
  rmSync(join(folder, filename));
  const needed = npm('ls', '--omit=dev', '--all', '--parseable').trim().split('\n').slice(1);
  const modules = join(root, 'node_modules');
  const direct = needed.map((path) => relative(modules, path)).filter(isTopLevel);
  for (const name of direct) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(modules, name), place);
  }
  console.log(
    `packed: ${files.length} files, ${(size / 1e6).toFixed(1)} MB; ${direct.length} packages beside it`,
  );
}

function isTopLevel(name: string): boolean {
  return !name.includes('node_modules') && !name.startsWith('..');
}

/** The program that `installPacked` put into `folder`. */
export const mainOf = (folder: string) =>
  join(folder, 'node_modules', 'arb', 'dist', 'cli', 'main.js');

function npm(...args: string[]): string {
  return run('npm', ['--silent', ...args]);
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}
