import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One writer per run directory: two processes that start together, a killed one and a lock of another
 * host, each so many times. Never two writers, and never locked out for good.
 */
const rounds = Number(process.argv[2] ?? 50);
const module = new URL('../src/store/file/run-lock.ts', import.meta.url).href;

/** Takes the lock, says so, and holds it for a while or until it is killed. */
const holder = `
  const { lockRun } = await import(process.argv[2]);
  try {
    const lock = lockRun(process.argv[1]);
    console.log('locked');
    await new Promise((resolve) => setTimeout(resolve, Number(process.argv[3])));
    lock.release();
  } catch (error) {
    console.log(error.exitCode === 2 ? 'refused' : String(error));
  }
`;

const start = (dir: string, hold: number): ChildProcess =>
  spawn(process.execPath, ['--input-type=module', '-e', holder, dir, module, String(hold)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function saidBy(child: ChildProcess): Promise<string> {
  const [bytes] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return bytes.toString().trim();
}

const faults: string[] = [];
for (let round = 0; round < rounds; round++) {
  const dir = mkdtempSync(join(tmpdir(), 'arb-locks-'));
  const pair = [start(dir, 1_500), start(dir, 1_500)];
  const said = await Promise.all(pair.map(saidBy));
  if (said.sort().join() !== 'locked,refused') faults.push(`two at once: ${said}`);
  await Promise.all(pair.map((child) => child.exitCode ?? once(child, 'close')));

  const killed = start(dir, 60_000);
  await saidBy(killed);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  // Two that see the same stale lock: one takes it over.
  const heirs = [start(dir, 1_500), start(dir, 1_500)];
  const inherited = await Promise.all(heirs.map(saidBy));
  if (inherited.sort().join() !== 'locked,refused') faults.push(`after a kill: ${inherited}`);
  await Promise.all(heirs.map((child) => child.exitCode ?? once(child, 'close')));

  const lock = join(dir, 'run.lock');
  writeFileSync(lock, JSON.stringify({ host: 'elsewhere', boot: 'b', pid: 1 }));
  const foreign = await saidBy(start(dir, 0));
  rmSync(lock);
  await sleep(10);
  const after = await saidBy(start(dir, 0));
  if (foreign !== 'refused' || after !== 'locked') faults.push(`foreign: ${foreign}, ${after}`);
  rmSync(dir, { recursive: true });
}
console.log(`${rounds} rounds, ${faults.length} faults`);
for (const fault of new Set(faults)) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
