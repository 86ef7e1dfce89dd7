import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRow, type Bill, exitCodes } from '../src/index.ts';
import { isMeasured, root } from './command.ts';
import { serve } from './process.ts';

/**
 * `kill -9` at 200 random instants over one run of 5,000 requests, resumed each time: nothing is
 * missing, nothing that was answered is asked again, and the ledger is the simulator's bill. Then a
 * budget of $1.00 against a market of about $10, at concurrency 200 with failures and retries.
 */
const kills = Number(process.argv[2] ?? 200);
const requests = Number(process.argv[3] ?? 5_000);
const seed = Number(process.argv[4] ?? Date.now() % 100_000);
console.log(`seed ${seed}`);
const random = drawsOf(seed);

const folder = mkdtempSync(join(tmpdir(), 'arb-kills-'));
const workload = join(folder, 'workload.jsonl');
const questions = Array.from({ length: requests }, (_, index) => {
  const messages = [{ role: 'user', content: `question ${index}` }];
  return JSON.stringify({ id: `q-${index}`, request: { messages, max_tokens: 200 } });
});
writeFileSync(workload, `${questions.join('\n')}\n`);

const target = {
  model: 'm',
  price: { input: 3, output: 15 },
  report_cost: true,
  ttft: { p50_ms: 150, p99_ms: 400 },
  gap: 2,
  output_tokens: { default: { p50: 60, p99: 180 } },
  accuracy: { default: 1 },
};

function configFor(url: string): string {
  const file = join(folder, 'arb.yaml');
  const only = { provider: 'openai-compatible', base_url: `${url}/only/v1`, model: 'm' };
  const targets = { only: { ...only, price: target.price, limits: { concurrency: 200 } } };
  writeFileSync(file, JSON.stringify({ targets }));
  return file;
}

/** `arb bench`; killed after `lifetime` ms if given. Resolves with its exit code, or nothing. */
async function bench(args: readonly string[], lifetime?: number): Promise<number | undefined> {
  const line = [join(root, 'dist', 'cli', 'main.js'), 'bench', workload, '--json', ...args];
  const child = spawn(process.execPath, line, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const timer =
    lifetime === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), lifetime);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (code !== null && code !== 0 && code !== exitCodes.stopped) {
    throw new Error(`arb bench ended with exit code ${code}\n${complaint}`);
  }
  return code ?? undefined;
}

interface Row {
  readonly request_id: string;
  readonly status: string;
  readonly cost_usd?: number;
  readonly worst_usd?: number;
}

const rowsOf = (out: string, name: string): Row[] =>
  readFileSync(join(out, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row.request_id !== undefined);

let failed = false;
function check(what: string, holds: boolean): void {
  failed ||= !holds;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
}

async function killed(): Promise<void> {
  const sim = await serve('sim.ts', [JSON.stringify({ seed, targets: { only: target } })]);
  const out = join(folder, 'killed');
  const args = [
    '--config',
    configFor(sim.url),
    '--out',
    out,
    '--max-usd',
    '1000',
    '--concurrency',
    '8',
  ];
  const resume = () => (existsSync(join(out, 'manifest.json')) ? ['--resume'] : []);
  let done = 0;
  for (; done < kills; done++) {
    const code = await bench([...args, ...resume()], 200 + random() * 2_000);
    if (code !== undefined && isMeasured(code)) break;
  }
  const code = await bench([...args, ...resume(), '--concurrency', '64', '--max-in-flight', '64']);
  const audit = (await sim.end()).map((line) => JSON.parse(line) as AuditRow);
  const attempts = rowsOf(out, 'attempts');
  const outcomes = rowsOf(out, 'outcomes').filter((row) => row.status !== 'skipped');
  const answers = rowsOf(out, 'answers');
  const reservations = rowsOf(out, 'reservations');
  check(
    `${done} kills before the run was complete (${kills} wanted), exit code ${code}`,
    done === kills && code !== undefined && isMeasured(code),
  );
  const once_ = (rows: readonly Row[]) => new Set(rows.map((row) => row.request_id)).size;
  check(
    `${outcomes.length} outcomes, ${answers.length} answers, all different`,
    [outcomes, answers].every((rows) => rows.length === requests && once_(rows) === requests),
  );
  const ok = attempts.filter((row) => row.status === 'ok');
  check(
    `${ok.length} answered attempts on file, one per request`,
    ok.length === requests && once_(ok) === requests,
  );

  const visits = Map.groupBy(audit, (row) => (row.client_request ?? '').split('%2F')[0] ?? '');
  const known = new Map(ok.map((row) => [row.request_id, row.cost_usd ?? 0]));
  let same = 0;
  let doubtful = 0;
  let doubtfulBill = 0;
  for (const [id, rows] of visits) {
    const last = rows.toSorted((a, b) => a.received_epoch_ms - b.received_epoch_ms).at(-1);
    if (Math.abs((last?.billed_usd ?? -1) - (known.get(id) ?? -2)) < 1e-9) same += 1;
    for (const row of rows) {
      if (row === last) continue;
      doubtful += 1;
      doubtfulBill += row.billed_usd;
    }
  }
  check(
    `the last visit of each request is the one on file, at the same price (${same})`,
    same === requests,
  );
  const ledger = ok.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
  const bill = audit.reduce((sum, row) => sum + row.billed_usd, 0);
  const open = reservations.length - attempts.length;
  const worst = reservations.reduce((most, row) => Math.max(most, row.worst_usd ?? 0), 0);
  check(
    `ledger $${ledger.toFixed(6)} + $${doubtfulBill.toFixed(6)} that was in flight at a kill = bill $${bill.toFixed(6)}`,
    Math.abs(ledger + doubtfulBill - bill) < 1e-6,
  );
  check(
    `${doubtful} were in flight at a kill; the journal has ${open} open reservations, of at most $${worst.toFixed(4)} each`,
    open >= doubtful && open * worst >= doubtfulBill,
  );
}

async function capped(): Promise<void> {
  const broken = {
    ...target,
    price: { input: 30, output: 75 },
    failures: [
      { kind: 'server-error', rate: 0.1, attempts: 1 },
      { kind: 'cut-off', rate: 0.1, attempts: 1 },
    ],
  };
  const market = { seed, targets: { only: broken } };
  const sim = await serve('sim.ts', [JSON.stringify(market), 'bill']);
  const file = configFor(sim.url);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('{"input":3,"output":15}', '{"input":30,"output":75}'),
  );
  const out = join(folder, 'capped');
  const load = ['--concurrency', '200', '--max-in-flight', '200'];
  const code = await bench(['--config', file, '--out', out, '--max-usd', '1', ...load]);
  const { total_usd } = JSON.parse((await sim.end())[0] ?? '') as Bill;
  const answered = rowsOf(out, 'outcomes').length;
  const whole = (total_usd / answered) * requests;
  check(
    `budget $1.00 against about $${whole.toFixed(1)}: billed $${total_usd.toFixed(4)} for ${answered} requests, exit code ${code}`,
    total_usd <= 1 && total_usd > 0.5 && code === exitCodes.stopped,
  );
}

/** Mulberry32: enough to choose instants. */
function drawsOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

await killed();
await capped();
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;
