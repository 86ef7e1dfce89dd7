import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './command.ts';
import { serve } from './process.ts';

/**
 * Streams per second of `arb bench` with everything recorded to disk, on one core, against a bare
 * loop that parses every chunk and records nothing. The mock has the other core; both contestants
 * take turns, so that a machine that slows down slows both.
 */
const requests = Number(process.argv[2] ?? 20_000);
const places = 64;
const rounds = 3;
const least = 1.2;
const chunks = 64;

const oneCore = ['taskset', '-c', '0'];
const mock = await serve('mock.ts', [String(chunks)], ['taskset', '-c', '1']);
const folder = mkdtempSync(join(tmpdir(), 'arb-throughput-'));
const workload = join(folder, 'workload.jsonl');
const lines = Array.from({ length: requests }, (_, index) =>
  JSON.stringify({
    id: `r-${index}`,
    request: { messages: [{ role: 'user', content: `hello ${index}` }] },
  }),
);
writeFileSync(workload, `${lines.join('\n')}\n`);
const config = join(folder, 'arb.yaml');
writeFileSync(
  config,
  JSON.stringify({
    targets: {
      mock: {
        provider: 'openai-compatible',
        base_url: `${mock.url}/v1`,
        model: 'mock',
        price: { input: 1, output: 2 },
        limits: { concurrency: places },
      },
    },
    load: { mode: 'closed', concurrency: places, max_in_flight: places },
  }),
);

async function run(args: readonly string[]): Promise<string> {
  const [command = '', ...rest] = [...oneCore, process.execPath, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with code ${code}\n${complaint}`);
  return said;
}

async function bare(): Promise<number> {
  const script = join(import.meta.dirname, 'throughput', 'bare.ts');
  const said = await run([script, mock.url, String(requests), String(places)]);
  return (JSON.parse(said) as { perSecond: number }).perSecond;
}

/** From the first request sent to the last answer, as arb itself says; and over the whole process. */
async function arb(round: number): Promise<{ perSecond: number; whole: number; bytes: number }> {
  const out = join(folder, `run-${round}`);
  const startedAt = performance.now();
  await run([
    join(root, 'dist', 'cli', 'main.js'),
    'bench',
    workload,
    '--config',
    config,
    '--out',
    out,
    '--json',
  ]);
  const seconds = (performance.now() - startedAt) / 1_000;
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    total: { ok: number; requests_per_s: number };
  };
  if (summary.total.ok !== requests) throw new Error(`only ${summary.total.ok} were answered`);
  const recorded = ['attempts', 'answers', 'outcomes'].map(
    (name) => statSync(join(out, `${name}.jsonl`)).size,
  );
  return {
    perSecond: summary.total.requests_per_s,
    whole: requests / seconds,
    bytes: recorded.reduce((sum, size) => sum + size, 0),
  };
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
