import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isMeasured } from '../command.ts';
import type { Start } from './tool.ts';

/** What a command took, with all the processes it started. */
export interface MeasuredRun {
  readonly printed: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most it held at one moment, memory that processes share counted once. */
  readonly peakMb: number;
}

/** A tool that is still busy then will not end. */
const LIMIT_MS = 240_000;
/** Twice a second: a look at each process costs up to some milliseconds. */
const LOOK_MS = 500;

/** Runs a command on the given cores to its end. @throws Error where it fails, with its last words. */
export async function measured(start: Start, cores: string, cwd: string): Promise<MeasuredRun> {
  const startedAt = performance.now();
  // bash's `time` counts the children of children, and is where Debian's time is not.
  const timed = ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', ...start.command];
  const child = spawn('taskset', ['-c', cores, ...timed], {
    cwd,
    env: { ...process.env, ...start.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  let printed = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-4_000);
  });
  let peakMb = 0;
  const looks = setInterval(() => {
    const all = family(pid);
    peakMb = Math.max(
      peakMb,
      all.map(memoryMb).reduce((sum, each) => sum + each, 0),
    );
    if (performance.now() - startedAt > LIMIT_MS) for (const each of all) end(each);
  }, LOOK_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looks);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (!isMeasured(code)) {
    const said = `${printed.slice(-1_000)}\n${complaint}`;
    throw new Error(`${start.command[0]} ended with code ${code} after ${seconds} s\n${said}`);
  }
  const times = complaint.trimEnd().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return { printed, seconds, cpuSeconds: times.reduce((sum, each) => sum + each, 0), peakMb };
}

/** The process and all its descendants that still run. */
function family(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

const memoryMb = (pid: number) =>
  (Number(/^Pss: +(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1_024) / 1e6;

/** Nothing where the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
