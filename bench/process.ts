import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A server in a process of its own, which says `{"url": ...}` first and the rest when it is ended. */
export interface Served {
  readonly url: string;
  readonly pid: number;
  /** Ends it and gives back the lines it left. */
  end(): Promise<string[]>;
}

/** Starts a script of this folder, through `before` (`taskset -c 1`) if given. */
export async function serve(
  script: string,
  args: readonly string[] = [],
  before: readonly string[] = [],
): Promise<Served> {
  const line = [...before, process.execPath, join(import.meta.dirname, script), ...args];
  const child = spawn(line[0] ?? '', line.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!said.includes('\n')) await once(child.stdout, 'data');
  const { url } = JSON.parse(said.split('\n')[0] ?? '') as { url: string };
  return {
    url,
    pid: child.pid ?? 0,
    async end() {
      child.kill('SIGTERM');
      await once(child, 'close');
      return said
        .split('\n')
        .slice(1)
        .filter((each) => each !== '');
    },
  };
}

export const percentile = (values: readonly number[], p: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(p * values.length) - 1] ?? Number.NaN;
