import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readBootId } from './boot-id.ts';

/** Who writes to a run directory. */
interface LockHolder {
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  /** Tells the process from a later one with the same pid, where the system says it. */
  readonly started?: string;
}

/** One writer per run directory, as long as it is held. */
export interface RunLock {
  release(): void;
}

/** A takeover takes microseconds: one that is older than this, in ms, was killed. */
const takeoverLimit = 5_000;

/** The locks of a directory by their files, each with what else somebody may do who finds it held. */
const locks = {
  'run.lock': ', or give another --out',
  // Held by a night from its first file to its last one; its bench takes the other one meanwhile.
  'night.lock': '',
} as const;

/**
 * Takes the lock of a run directory. That of a process which is gone is taken over.
 *
 * @throws UsageError where another process writes there, or where that cannot be known.
 */
export function lockRun(
  dir: string,
  holder: LockHolder = thisProcess(),
  name: keyof typeof locks = 'run.lock',
): RunLock {
  const file = join(dir, name);
  const text = `${JSON.stringify(holder)}\n`;
  for (;;) {
    if (place(file, text)) return { release: () => release(file, text) };
    const held = read(file);
    if (held === undefined) continue;
    const holding = parse(held);
    if (!holding || holding.host !== holder.host) throw foreign(dir, file, holding?.host);
    if (isAlive(holding, holder)) {
      throw new UsageError(
        `${dir}: process ${holding.pid} writes to this run. Wait for it or stop it${locks[name]}.`,
      );
    }
    removeStale(file, held);
  }
}

/** Puts the whole file there at once, or nothing where there is one. */
function place(file: string, text: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, text, { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // A file system without hard links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS')
      return placeDirectly(file, text);
    throw error;
  } finally {
    unlinkSync(own);
  }
}

function placeDirectly(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two that see the same stale lock, only one may remove it: the other would remove the first's. */
function removeStale(file: string, held: string): void {
  const takeover = `${file}.takeover`;
  try {
    mkdirSync(takeover, { mode: 0o700 });
  } catch {
    const since = statSync(takeover, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > takeoverLimit) remove(takeover);
    return;
  }
  try {
    if (read(file) === held) rmSync(file, { force: true });
  } finally {
    remove(takeover);
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another process was faster.
  }
}

/** Takes the lock of a night: it holds while the night measures, decides and writes. @throws UsageError */
export const lockNight = (dir: string): RunLock => lockRun(dir, thisProcess(), 'night.lock');

function release(file: string, text: string): void {
  if (read(file) === text) rmSync(file, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): LockHolder | undefined {
  try {
    const { host, boot, pid, started } = JSON.parse(text) as Partial<LockHolder>;
    if (typeof host !== 'string' || typeof boot !== 'string' || typeof pid !== 'number') return;
    return { host, boot, pid, ...(typeof started === 'string' && { started }) };
  } catch {
    return undefined;
  }
}

function foreign(dir: string, file: string, host: string | undefined): UsageError {
  const who = host === undefined ? 'something that arb does not know' : `a process on ${host}`;
  return new UsageError(
    `${dir}: ${who} holds the lock of this run, and whether it still runs cannot be seen from here. If it does not: rm ${JSON.stringify(file)}`,
  );
}

function isAlive(holding: LockHolder, { boot }: LockHolder): boolean {
  if (holding.boot !== boot) return false;
  try {
    process.kill(holding.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const started = readStart(holding.pid);
  return holding.started === undefined || started === undefined || holding.started === started;
}

function thisProcess(): LockHolder {
  const started = readStart(process.pid);
  return {
    host: hostname(),
    boot: readBootId(),
    pid: process.pid,
    ...(started !== undefined && { started }),
  };
}

/** In ticks since the boot; only Linux says it in a file. */
function readStart(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name of the program, in brackets, may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
