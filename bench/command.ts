import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { exitCodes } from '../src/errors.ts';

/** The project's root. */
export const root = join(import.meta.dirname, '..');

/** The folder of real data; see the README. */
export const shared = process.env.ARB_SHARED ?? join(root, '..', 'shared');

const arbMain = join(root, 'dist', 'cli', 'main.js');

/** Runs `arb ...` to its end; its own output goes to this terminal's stderr. */
export async function arb(...args: string[]): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, [arbMain, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, stdout };
}

/**
 * Whether an `arb bench` without a budget to stop at measured all: a busy machine makes its times not
 * to be trusted (3), which is another matter than what these benches hold against arb.
 */
export const isMeasured = (code: number | null) =>
  code === exitCodes.ok || code === exitCodes.stopped;

/** A simulator in a process of its own. */
export interface Sim {
  readonly url: string;
  /** Ends it and gives back what it billed. */
  stop(): Promise<{ targets: Record<string, { billed_usd: number; requests: number }> }>;
}

/** Starts `arb sim ...` on a free port of loopback. */
export async function startSim(...args: string[]): Promise<Sim> {
  const child = spawn(process.execPath, [arbMain, 'sim', '--json', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const url = await firstUrl(child, () => stdout);
  const announced = stdout.length;
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'close');
      return (JSON.parse(stdout.slice(announced)) as { bill: never }).bill;
    },
  };
}

async function firstUrl(child: ChildProcess, output: () => string): Promise<string> {
  const ended = once(child, 'close').then(() => {
    throw new Error('the simulator ended before it listened');
  });
  while (!output().trimEnd().endsWith('}')) {
    await Promise.race([ended, once(child.stdout as NonNullable<typeof child.stdout>, 'data')]);
  }
  ended.catch(() => {});
  return (JSON.parse(output()) as { url: string }).url;
}
