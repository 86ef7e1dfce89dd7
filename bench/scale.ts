/**
 * A million requests by twenty targets, from the file to the certificate: seven tasks, a threshold
 * of its own for each, in one process.
 *
 *   npm run bench:scale [-- --rows 1000000] [-- --doubling 250000]
 *
 * Exits 1 above 60 s or 1.5 GB, or where a doubling of the rows takes more than 2.3 times as long.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { recommendTable } from '../src/optimize/recommend.ts';
import { readOutcomes } from '../src/outcome/read.ts';
import { dice } from '../src/statistics/random.test.helper.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    doubling: { type: 'string', default: '250000' },
    targets: { type: 'string', default: '20' },
    measure: { type: 'string' },
  },
});
const most = { seconds: 60, gigabytes: 1.5, doubling: 2.3 };
const tasks = ['chat', 'classify', 'code', 'documents', 'extract', 'summarize', 'tools'];

interface Measured {
  readonly read: number;
  readonly decide: number;
  /** Of the processor: does not count the waits of a busy machine. */
  readonly cpu: number;
  readonly gigabytes: number;
  readonly verdict: string;
}

/** Read, recommend, certify: what `arb recommend --outcomes FILE` does, timed. */
async function measure(path: string): Promise<Measured> {
  const started = performance.now();
  const table = await readOutcomes(path);
  const read = (performance.now() - started) / 1_000;
  const found = recommendTable(table, { by: ['task', 'input_tokens'], floor: 'best-0.02' });
  const decide = (performance.now() - started) / 1_000 - read;
  const gigabytes = process.resourceUsage().maxRSS / 1e6;
  const { user, system } = process.cpuUsage();
  const verdict = `${found.certificate?.verdict}, gap ${found.bound.gap}`;
  return { read, decide, cpu: (user + system) / 1e6, gigabytes, verdict };
}

/** Targets get better and dearer by their number; long requests are harder for the weak ones. */
async function write(path: string, rows: number, targets: number): Promise<void> {
  const out = createWriteStream(path, { highWaterMark: 1 << 22 });
  const roll = dice(rows);
  const chance = () => roll(1 << 24) / (1 << 24);
  for (let i = 0; i < rows; i++) {
    const task = roll(tasks.length);
    const tokens = Math.floor(Math.exp(3 + chance() * 7.5));
    const difficulty = chance();
    let text = '';
    for (let t = 0; t < targets; t++) {
      const strength = 0.6 + (0.38 * t) / targets - 0.01 * task;
      const accuracy = tokens > 4_000 ? strength - 0.2 * (1 - t / targets) : strength;
      const right = (chance() < 0.8 ? difficulty : chance()) < accuracy ? 1 : 0;
      const cost = ((0.1 * 1.3 ** t * (tokens + roll(1_200))) / 1e6).toPrecision(6);
      text += `{"request_id":"r-${i}","target":"target-${t}","task":"${tasks[task]}","status":"ok","input_tokens":${tokens},"cost_usd":${Number(cost)},"quality":${right},"quality_kind":"check"}\n`;
    }
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}

/** In a process of its own, so that its memory is its own. */
function measured(path: string): Measured {
  const run = spawnSync(process.execPath, [import.meta.filename, '--measure', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(run.stdout) as Measured;
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'arb-scale-'));
  const faults: string[] = [];
  const run = async (rows: number) => {
    const path = join(dir, 'outcomes.jsonl');
    await write(path, rows, Number(flags.targets));
    const found = measured(path);
    const seconds = found.read + found.decide;
    console.log(
      `${rows} x ${flags.targets}: ${seconds.toFixed(1)} s (reading ${found.read.toFixed(1)} s, processor ${found.cpu.toFixed(1)} s), ${found.gigabytes.toFixed(2)} GB, ${found.verdict}`,
    );
    return { ...found, seconds };
  };
  try {
    const half = await run(Number(flags.doubling));
    const double = await run(2 * Number(flags.doubling));
    const times = double.cpu / half.cpu;
    console.log(`a doubling takes ${times.toFixed(2)} times the processor time`);
    if (times > most.doubling) faults.push(`a doubling takes more than ${most.doubling} times`);
    if (Number(flags.rows) > 0) {
      const whole = await run(Number(flags.rows));
      if (whole.seconds > most.seconds) faults.push(`more than ${most.seconds} s`);
      if (whole.gigabytes > most.gigabytes) faults.push(`more than ${most.gigabytes} GB`);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  for (const fault of faults) console.error(`MISSED: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

if (flags.measure === undefined) await main();
else console.log(JSON.stringify(await measure(flags.measure)));
