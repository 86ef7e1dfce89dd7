import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMeasured } from './command.ts';
import { serve } from './process.ts';
import { arbCommand, arbSaid } from './throughput/arb.ts';

/**
 * Streams per second of `arb bench` with everything recorded to disk, on one core, against a bare
 * loop that parses every chunk and records nothing. The mock has the other core; both contestants
 * take turns, so that a machine that slows down slows both.
 */

/** Enough that what V8 compiles in the first seconds counts for little, on both sides. */
const requests = Number(process.argv[2] ?? 60_000);
const places = 64;
const rounds = 6;
const least = 1.2;
const chunks = 64;

const oneCore = ['taskset', '-c', '0'];
const mock = await serve('mock.ts', [String(chunks)], ['taskset', '-c', '1']);
const folder = mkdtempSync(join(tmpdir(), 'arb-throughput-'));
const command = arbCommand(folder, { url: mock.url, requests, places });

async function run(args: readonly string[]): Promise<string> {
  const [program = '', ...rest] = [...oneCore, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (!isMeasured(code)) throw new Error(`${args.join(' ')} ended with code ${code}\n${complaint}`);
  return said;
}

async function bare(): Promise<number> {
  const script = join(import.meta.dirname, 'throughput', 'bare.ts');
  const said = await run([process.execPath, script, mock.url, String(requests), String(places)]);
  return (JSON.parse(said) as { perSecond: number }).perSecond;
}

/** From the first request sent to the last answer, as arb itself says; and over the whole process. */
async function arb(round: number): Promise<{ perSecond: number; whole: number; bytes: number }> {
  const out = join(folder, `run-${round}`);
  const startedAt = performance.now();
  await run([...command, '--out', out]);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { ...arbSaid(out, requests), whole: requests / seconds };
}

const best = { bare: 0, arb: 0, whole: 0 };
console.log(
  `${requests} streams of ${chunks} chunks, ${places} at once, one core each for client and mock`,
);
console.log('round   bare loop/s   arb/s   ratio   arb, whole process/s   recorded');
for (let round = 1; round <= rounds; round++) {
  const loop = await bare();
  const measured = await arb(round);
  best.bare = Math.max(best.bare, loop);
  best.arb = Math.max(best.arb, measured.perSecond);
  best.whole = Math.max(best.whole, measured.whole);
  const ratio = (measured.perSecond / loop).toFixed(2);
  console.log(
    `${String(round).padStart(5)} ${loop.toFixed(0).padStart(13)} ${measured.perSecond.toFixed(0).padStart(7)} ${ratio.padStart(7)} ${measured.whole.toFixed(0).padStart(22)} ${`${(measured.bytes / 1e6).toFixed(1)} MB`.padStart(10)}`,
  );
}
const ratio = best.arb / best.bare;
console.log(`best of ${rounds}: ${ratio.toFixed(2)} times the bare loop (at least ${least})`);
await mock.end();
rmSync(folder, { recursive: true });
process.exitCode = ratio >= least ? 0 : 1;
