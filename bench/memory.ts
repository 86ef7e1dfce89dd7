import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMeasured, root } from './command.ts';
import { serve } from './process.ts';

/**
 * What `arb bench` keeps in memory: 1,000,000 attempts in one run, and a workload file of 5 GB. The
 * limit is the process's peak resident size; a file of any size must stay below the second one, which
 * is less than what its prompts would take.
 */
const attempts = Number(process.argv[2] ?? 1_000_000);
const gigabytes = Number(process.argv[3] ?? 5);
const limits = { attempts: 300, stream: 600 };

const mock = await serve('mock.ts', ['2']);
const folder = mkdtempSync(join(tmpdir(), 'arb-memory-'));
const config = join(folder, 'arb.yaml');
const target = {
  provider: 'openai-compatible',
  base_url: `${mock.url}/v1`,
  model: 'mock',
  price: { input: 1, output: 2 },
  limits: { concurrency: 64 },
};
const load = { mode: 'closed', concurrency: 64, max_in_flight: 64 };
writeFileSync(config, JSON.stringify({ targets: { mock: target }, load }));

/** Runs `arb bench` and gives its peak resident size in MB. */
async function bench(workload: string, out: string, more: readonly string[]) {
  const args = [join(root, 'dist', 'cli', 'main.js'), 'bench', workload, '--config', config];
  const child = spawn(process.execPath, [...args, '--out', out, '--json', ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2_000);
  });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
    } catch {
      // It has just ended.
    }
  }, 200);
  const startedAt = performance.now();
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  if (!isMeasured(code)) throw new Error(`arb bench ended with exit code ${code}\n${complaint}`);
  const { total } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    total: { attempts: number };
  };
  return { peak, attempts: total.attempts, seconds: (performance.now() - startedAt) / 1_000 };
}

async function writeWorkload(file: string, lines: number, length: number): Promise<void> {
  const sink = createWriteStream(file);
  const filler = 'lorem ipsum '.repeat(Math.ceil(length / 12));
  for (let index = 0; index < lines; index++) {
    const messages = [{ role: 'user', content: `${index} ${filler}` }];
    const line = JSON.stringify({ id: `r-${index}`, request: { messages } });
    if (!sink.write(`${line}\n`)) await once(sink, 'drain');
  }
  sink.end();
  await once(sink, 'finish');
}

let failed = false;
function print(what: string, limit: number, seen: Awaited<ReturnType<typeof bench>>): void {
  failed ||= seen.peak > limit;
  const rate = (seen.attempts / seen.seconds).toFixed(0);
  console.log(
    `${what.padEnd(40)} ${String(seen.attempts).padStart(9)} attempts ${seen.seconds.toFixed(0).padStart(5)} s ${rate.padStart(6)}/s   peak ${seen.peak.toFixed(0)} MB (limit ${limit})`,
  );
}

if (attempts > 0) {
  const requests = Math.min(10_000, attempts);
  const many = join(folder, 'many.jsonl');
  await writeWorkload(many, requests, 20);
  const passes = String(Math.round(attempts / requests));
  print(
    'many attempts',
    limits.attempts,
    await bench(many, join(folder, 'many'), ['--passes', passes]),
  );
}
if (gigabytes > 0) {
  const lines = Math.round((gigabytes * 1e9) / 50_000);
  const large = join(folder, 'large.jsonl');
  await writeWorkload(large, lines, 50_000);
  print(
    `a workload of ${gigabytes} GB`,
    limits.stream,
    await bench(large, join(folder, 'large'), ['--no-answers']),
  );
}
await mock.end();
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;
