import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRow, type Bill, exitCodes } from '../src/index.ts';
import { isMeasured, root } from './command.ts';
import { serve } from './process.ts';

/**
 * `kill -9` at 200 random instants over one run of 5,000 requests with a budget and a judge, resumed
 * each time: nothing is missing, nothing that was answered is asked again, and the ledger is the
 * simulator's bill, judging included. Then a budget of $1.00 against a market of about $10, at
 * concurrency 200 with failures and retries.
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
  const recorded = { target: 'before', answer: `as it was answered then, ${index}` };
  return JSON.stringify({
    id: `q-${index}`,
    task: 'chat',
    request: { messages, max_tokens: 200 },
    recorded,
  });
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

const judge = {
  ...target,
  model: 'j',
  price: { input: 1, output: 5 },
  ttft: { p50_ms: 20, p99_ms: 60 },
  output_tokens: { default: { p50: 20, p99: 30 } },
  judge: { accuracy: 1, ties: 0.5 },
};

function configFor(url: string, more: object = {}): string {
  const file = join(folder, 'arb.yaml');
  const only = { provider: 'openai-compatible', base_url: `${url}/only/v1`, model: 'm' };
  const targets = { only: { ...only, price: target.price, limits: { concurrency: 200 } } };
  writeFileSync(file, JSON.stringify({ targets, ...more }));
  return file;
}

/** A run of the target, judged by a judge against what was recorded. */
function judgedConfig(url: string): string {
  const common = { provider: 'openai-compatible', limits: { concurrency: 200 } };
  const only = { base_url: `${url}/only/v1`, model: 'm', maker: 'one', price: target.price };
  const asked = { base_url: `${url}/asked/v1`, model: 'j', maker: 'two', price: judge.price };
  return configFor(url, {
    targets: { only: { ...common, ...only }, asked: { ...common, ...asked, role: 'judge' } },
    quality: { baseline: 'recorded', judges: ['asked'] },
  });
}

/** `arb bench`; killed once `isTime` says so, if given. Resolves with its exit code, or nothing. */
async function bench(args: readonly string[], isTime?: () => boolean): Promise<number | undefined> {
  const line = [join(root, 'dist', 'cli', 'main.js'), 'bench', workload, '--json', ...args];
  const child = spawn(process.execPath, line, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const timer = isTime && setInterval(() => isTime() && child.kill('SIGKILL'), 2);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  if (code !== null && code !== 0 && code !== exitCodes.stopped) {
    throw new Error(`arb bench ended with exit code ${code}\n${complaint}`);
  }
  return code ?? undefined;
}

/**
 * The instants of the kills, by progress, so that they cover a run whatever the machine does beside:
 * when that many bytes of attempts are on file, and up to 20 ms later. One of five comes within the
 * first second of a process, while it reads what is there.
 */
function killTimes(out: string, bytes: number): (() => boolean)[] {
  const marks = Array.from({ length: kills }, () => random() * bytes).sort((a, b) => a - b);
  return marks.map((mark) => {
    const early = random() < 0.2 ? random() * 1_000 : Infinity;
    const late = random() * 20;
    let begunAt: number | undefined;
    let reachedAt: number | undefined;
    return () => {
      const now = performance.now();
      begunAt ??= now;
      if (attemptBytes(out) >= mark) reachedAt ??= now;
      return now - begunAt > early || (reachedAt !== undefined && now - reachedAt > late);
    };
  });
}

function attemptBytes(out: string): number {
  const sizes = ['attempts', 'judge-attempts'].map(
    (name) => statSync(join(out, `${name}.jsonl`), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

interface Row {
  readonly kind?: string;
  readonly request_id: string;
  readonly target: string;
  readonly status: string;
  readonly pass: number;
  readonly attempt: number;
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
  const market = { seed, targets: { only: target, asked: judge } };
  const sim = await serve('sim.ts', [JSON.stringify(market), 'audit', workload]);
  const out = join(folder, 'killed');
  const load = ['--concurrency', '64', '--max-in-flight', '64'];
  const config = judgedConfig(sim.url);
  const args = ['--config', config, '--out', out, '--max-usd', '1000', ...load];
  const resume = () => (existsSync(join(out, 'manifest.json')) ? ['--resume'] : []);
  let done = 0;
  let judging = 0;
  for (const isTime of killTimes(out, requests * bytesPerRequest)) {
    const code = await bench([...args, ...resume()], isTime);
    if (code !== undefined && isMeasured(code)) break;
    done += 1;
    if (existsSync(join(out, 'judge-attempts.jsonl'))) judging += 1;
  }
  const code = await bench([...args, ...resume()]);
  const audit = (await sim.end()).map((line) => JSON.parse(line) as AuditRow);
  check(
    `${done} kills before the run was complete (${kills} wanted), ${judging} of them while it was judged; exit code ${code}`,
    done === kills && judging > kills / 10 && code !== undefined && isMeasured(code),
  );
  checkRows(out);
  checkBill(out, audit);
}

/** A row of an attempt of the target and, on average, one and a half of the judge, a little less. */
const bytesPerRequest = 1_300;

const distinct = (rows: readonly Row[]) =>
  new Set(rows.map((row) => `${row.target} ${row.request_id}`)).size;

function checkRows(out: string): void {
  const outcomes = rowsOf(out, 'outcomes').filter((row) => row.status !== 'skipped');
  const answers = rowsOf(out, 'answers');
  const asked = outcomes.filter((row) => row.target === 'only');
  check(
    `${asked.length} outcomes, ${answers.length} answers, all different`,
    [asked, answers].every((rows) => rows.length === requests && distinct(rows) === requests),
  );
  const verdicts = rowsOf(out, 'verdicts').filter((row) => row.target === 'only');
  check(
    `${verdicts.length} verdicts, all different`,
    verdicts.length === requests && distinct(verdicts) === requests,
  );
  const ok = rowsOf(out, 'attempts').filter((row) => row.status === 'ok');
  check(
    `${ok.length} answered attempts on file, one per request`,
    ok.length === requests && distinct(ok) === requests,
  );
  const judged = rowsOf(out, 'judge-attempts').filter((row) => row.status === 'ok');
  check(
    `${judged.length} answered calls of the judge on file, all different`,
    judged.length >= requests && distinct(judged) === judged.length,
  );
}

/** Every settled attempt as the simulator billed it; the rest was in flight at a kill. */
function checkBill(out: string, audit: readonly AuditRow[]): void {
  const settled = [...rowsOf(out, 'attempts'), ...rowsOf(out, 'judge-attempts')];
  const reservations = rowsOf(out, 'reservations').filter((row) => row.worst_usd !== undefined);
  const visits = Map.groupBy(audit, (row) => {
    const id = decodeURIComponent(row.client_request ?? '')
      .split('/')
      .slice(0, -2)
      .join('/');
    return `${row.target} ${id}`;
  });
  const onFile = Map.groupBy(settled, (row) => `${row.target} ${row.request_id}`);
  let same = 0;
  let doubtful = 0;
  let doubtfulBill = 0;
  for (const [name, rows] of visits) {
    // Of several visits those that are on file are the last: the others were cut off by a kill.
    const billed = rows.toSorted((a, b) => b.received_epoch_ms - a.received_epoch_ms);
    const known = (onFile.get(name) ?? []).toReversed();
    billed.forEach((row, at) => {
      const match = known[at];
      if (match && Math.abs(row.billed_usd - (match.cost_usd ?? -1)) < 1e-9) same += 1;
      if (match) return;
      doubtful += 1;
      doubtfulBill += row.billed_usd;
    });
  }
  check(
    `the last visits of each request are those on file, at the same price (${same})`,
    same === settled.length,
  );
  const ledger = settled.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
  const bill = audit.reduce((sum, row) => sum + row.billed_usd, 0);
  const ended = Map.groupBy(settled, nameAttempt);
  const open = reservations.filter((row) => {
    const left = ended.get(nameAttempt(row))?.pop();
    return left === undefined;
  });
  const reserved = open.reduce((sum, row) => sum + (row.worst_usd ?? 0), 0);
  check(
    `ledger $${ledger.toFixed(6)} + $${doubtfulBill.toFixed(6)} that was in flight at a kill = bill $${bill.toFixed(6)}`,
    Math.abs(ledger + doubtfulBill - bill) < 1e-6,
  );
  check(
    `${doubtful} were in flight at a kill; the journal has ${open.length} open reservations of $${reserved.toFixed(4)} together`,
    open.length >= doubtful && reserved >= doubtfulBill,
  );
}

const nameAttempt = ({ target, request_id, pass, attempt }: Row) =>
  `${target} ${request_id} ${pass} ${attempt}`;

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
