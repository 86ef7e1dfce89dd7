import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditRow } from '../../../sim/server/audit.ts';
import { createScratch } from '../../../store/scratch.ts';

/** `arb sim` of this installation, on loopback and in a process of its own. */
export interface OwnSimulator {
  readonly url: string;
  /** Ends it; gives back what it really sent, and when. */
  end(): Promise<AuditRow[]>;
}

/** From the sources as from the build: the screen is JSX, which Node runs only as built. */
const main = join(import.meta.dirname, '..', '..', '..', '..', 'dist', 'cli', 'main.js');

/** The simulator of a market made for a measurement. @throws Error where it does not start. */
export async function startOwnSimulator(market: object): Promise<OwnSimulator> {
  // JSON is YAML.
  const scratch = createScratch({ 'market.yaml': JSON.stringify(market) });
  try {
    const simulator = await forkSimulator([join(scratch.dir, 'market.yaml'), '--port', '0']);
    return { ...simulator, end: () => simulator.end().finally(scratch.remove) };
  } catch (error) {
    scratch.remove();
    throw error;
  }
}

/** `arb sim` with these arguments. @throws Error where it does not start. */
export async function forkSimulator(args: readonly string[]): Promise<OwnSimulator> {
  if (!existsSync(main)) throw new Error(`${main} is missing. Run "npm run build".`);
  const scratch = createScratch({});
  const audit = join(scratch.dir, 'audit.jsonl');
  const child = fork(main, ['sim', ...args, '--json', '--audit', audit], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const closed = once(child, 'close');
  const end = async () => {
    child.kill('SIGTERM');
    await closed;
    const rows = existsSync(audit) ? rowsIn(readFileSync(audit, 'utf8')) : [];
    scratch.remove();
    return rows;
  };
  try {
    return { url: await readUrl(child), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** It says `{"url": ...}` first and, at its end, what it billed. */
function readUrl(child: ChildProcess): Promise<string> {
  let [said, complained] = ['', ''];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /"url": "([^"]+)"/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      reject(new Error(`arb's own simulator ended with code ${code}: ${complained.trim()}`));
    });
  });
}

/** The first line is the header. */
function rowsIn(text: string): AuditRow[] {
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditRow);
}
