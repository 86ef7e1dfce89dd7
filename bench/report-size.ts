/**
 * A report of a large run, and the history of many: how long they take, what they keep in memory, how
 * large the page is, and how soon a browser shows it. The runs are made by the store's own writers.
 *
 *   npm run bench:report-size [-- REQUESTS TARGETS RUNS] [--no-browser]
 *
 * By default 100,000 requests by 10 targets and 1,000 runs. Exits 1 above 30 s, 1 GB, 15 MB (with texts
 * too), 2 s to the first paint, or 5 s for the history. CHROMIUM names the browser (/usr/bin/chromium).
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { nameTargets, writeRun } from '../src/command/watch/made-run.test.helper.ts';
import { writeGateFile, writeNightFile } from '../src/store/decision-files.ts';
import { RunWriter, readManifest } from '../src/store/run.ts';
import { readSummary, writeSummary } from '../src/store/summary.ts';
import { openBrowser, readFirstPaint } from './browser.ts';
import { timeArb } from './peak.ts';

const { values: flags, positionals } = parseArgs({
  options: { 'no-browser': { type: 'boolean' } },
  allowPositionals: true,
});
const [requests = 100_000, targets = 10, runs = 1_000] = positionals.map(Number);
const most = {
  seconds: { limit: 30, unit: 's' },
  mb: { limit: 1_000, unit: 'MB' },
  pageMb: { limit: 15, unit: 'MB' },
  paintMs: { limit: 2_000, unit: 'ms' },
  historySeconds: { limit: 5, unit: 's' },
};
const folder = mkdtempSync(join(tmpdir(), 'arb-report-size-'));
const missed: string[] = [];

interface Limit {
  readonly limit: number;
  readonly unit: string;
}

function hold(what: string, found: number, { limit, unit }: Limit): void {
  const isOver = found > limit;
  console.log(
    `${isOver ? 'OVER' : 'ok  '} ${what}: ${found.toFixed(1)} ${unit} (${limit} ${unit})`,
  );
  if (isOver) missed.push(what);
}

async function measureReport(dir: string): Promise<void> {
  for (const more of [[], ['--with-text']]) {
    const page = join(folder, `page${more.length}.html`);
    const found = await timeArb(folder, ['report', dir, '--out', page, ...more]);
    if (found.code !== 0) throw new Error(`arb report ended with ${found.code}`);
    const name = more.length > 0 ? 'report with texts' : 'report';
    hold(`${name}, built`, found.seconds, most.seconds);
    hold(`${name}, memory`, found.mb, most.mb);
    hold(`${name}, page`, statSync(page).size / 1e6, most.pageMb);
    if (flags['no-browser']) continue;
    hold(`${name}, first paint`, await measurePaint(page), most.paintMs);
  }
}

async function measurePaint(page: string): Promise<number> {
  const browser = await openBrowser();
  try {
    const tab = await browser.newPage();
    await tab.goto(pathToFileURL(page).href);
    return await readFirstPaint(tab);
  } finally {
    await browser.close();
  }
}

/** Nights in a row, each with the files that bench, gate and night leave. */
async function measureHistory(): Promise<void> {
  const reports = join(folder, 'reports');
  const model = join(folder, 'model');
  writeRun(model, { requests: 200, targets: nameTargets(targets) });
  const [manifest, summary] = [readManifest(model), readSummary(model)];
  if (!summary) throw new Error('the made run has no summary');
  for (let night = 0; night < runs; night++) {
    const day = new Date(Date.UTC(2024, 0, 1) + night * 86_400_000);
    const dir = join(reports, `${day.toISOString().slice(0, 10)}-nightly`);
    const times = { started_at: day.toISOString(), ended_at: day.toISOString() };
    RunWriter.create(dir, { ...manifest, ...times }).close();
    writeSummary(dir, { ...summary, run: dir }, '');
    const findings = Array.from({ length: 40 }, (_, at) => ({
      check: 'cost',
      target: `target-${at % targets}`,
      verdict: night % 50 === 0 && at === 0 ? ('FAIL' as const) : ('PASS' as const),
      text: 'within 10 % of what it was',
    }));
    const gate = { kind: 'gate', verdict: 'PASS', accepted: true, findings } as const;
    writeGateFile(dir, gate);
    const why = 'nothing cheaper is shown to hold';
    const decided = { kind: 'nightly', verdict: 'kept', why, policy: 'p1' } as const;
    writeNightFile(dir, decided);
  }
  const { code, seconds, stdout } = await timeArb(folder, ['history', reports]);
  if (code !== 0) throw new Error(`arb history ended with ${code}`);
  if (!stdout.startsWith(`${runs} runs`)) throw new Error(`not all runs: ${stdout.slice(0, 80)}`);
  hold(`history of ${runs} runs`, seconds, most.historySeconds);
}

try {
  const dir = join(folder, 'run');
  const start = performance.now();
  writeRun(dir, { requests, targets: nameTargets(targets) });
  const made = ((performance.now() - start) / 1_000).toFixed(0);
  console.log(`${requests} requests by ${targets} targets, made in ${made} s`);
  await measureReport(dir);
  await measureHistory();
} finally {
  rmSync(folder, { recursive: true });
}
if (missed.length > 0) console.error(`MISSED: ${missed.join('; ')}`);
process.exitCode = missed.length > 0 ? 1 : 0;
