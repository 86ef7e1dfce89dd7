import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The version of a package as its own environment says it. */
export function packageVersion(bin: string, name: string): string {
  const code = 'import sys, importlib.metadata as m; print(m.version(sys.argv[1]))';
  return execFileSync(join(bin, 'python'), ['-c', code, name], { encoding: 'utf8' }).trim();
}
