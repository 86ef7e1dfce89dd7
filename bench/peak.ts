import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.ts';

/** What one `arb ...` took. */
export interface TimedRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly seconds: number;
  /** Peak resident size in MB, read every 50 ms. */
  readonly mb: number;
}

/** Runs `arb ...` in a folder to its end; its complaints go to this terminal's stderr. */
export async function timeArb(cwd: string, args: readonly string[]): Promise<TimedRun> {
  const start = performance.now();
  const main = join(root, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, ...args], { cwd });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.pipe(process.stderr);
  let mb = 0;
  // The kernel keeps the peak itself; it is gone with the process.
  const poll = setInterval(() => {
    const peak = /VmHWM:\s+(\d+)/.exec(readStatus(child.pid))?.[1];
    mb = Math.max(mb, Number(peak ?? 0) / 1_024);
  }, 50);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(poll);
  return { code, stdout, seconds: (performance.now() - start) / 1_000, mb };
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
