import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../mock.ts';
import { serve } from '../process.ts';
import { aiperf } from './aiperf.ts';
import { guidellm } from './guidellm.ts';
import { type MeasuredRun, measured } from './measure.ts';
import { arb, bare } from './own.ts';
import { promptfooChat, promptfooStream } from './promptfoo.ts';
import type { Tool } from './tool.ts';

/**
 * Requests per second of arb and of its peers against one mock, all by the mock's own clock, in one
 * run: `npm run bench:peers [-- ROUNDS]`. The client has one core and the mock the other; the tools
 * take turns, and the best round of each counts. A last round lends them the mock's core too.
 */
const rounds = Number(process.argv[2] ?? 2);
const places = 64;
const chunks = 64;
const clientCore = '0';
const mockCore = '1';
const tools: readonly Tool[] = [bare, arb, promptfooChat, promptfooStream, aiperf, guidellm];

interface Row extends MeasuredRun {
  readonly perSecond: number;
  readonly said: number;
  readonly bytes: number;
  readonly clock: Clock;
}

const mock = await serve('mock.ts', [String(chunks)], ['taskset', '-c', mockCore]);
const scratch = mkdtempSync(join(tmpdir(), 'arb-peers-'));

const reasons = new Map<Tool, string>();
const versions = new Map<Tool, string>();
for (const tool of tools) await attempt(tool, () => versions.set(tool, tool.install()));

// Whoever measures stays off the client's core.
spawnSync('taskset', ['-a', '-p', '-c', mockCore, String(process.pid)]);
const best = new Map<Tool, Row>();
const wide = new Map<Tool, Row>();
for (let round = 1; round <= rounds; round++)
  for (const tool of tools) await attempt(tool, () => keep(best, tool, clientCore));
for (const tool of tools) await attempt(tool, () => keep(wide, tool, `${clientCore},${mockCore}`));

console.log(`\n${places} requests at once, answers of ${chunks} token chunks, best of ${rounds}:`);
table(best);
console.log('\nOnce more with both cores, one of them shared with the mock:');
table(wide);
console.log();
for (const { name, remark } of tools) console.log(`${name}: ${remark}`);
console.log(`\n/s is by the mock's clock, from the first request received to the last answer written;
"own" is what the tool says itself; "whole" counts from the start of its process to its end, as the seconds of CPU do.`);
const verdicts = tools.filter(({ least }) => least !== undefined).map(verdict);
await mock.end();
rmSync(scratch, { recursive: true });
process.exitCode = verdicts.every(Boolean) ? 0 : 1;

/** What cannot be installed or run is named with its reason, and never runs again. */
async function attempt(tool: Tool, step: () => unknown): Promise<void> {
  if (reasons.has(tool)) return;
  try {
    await step();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`${tool.name}: ${reason}`);
    reasons.set(tool, reason);
  }
}

async function keep(rows: Map<Tool, Row>, tool: Tool, cores: string): Promise<void> {
  const row = await once(tool, cores);
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${tool.name} on ${cores}: ${row.perSecond.toFixed(0)}/s (load ${load})`);
  if (row.perSecond > (rows.get(tool)?.perSecond ?? 0)) rows.set(tool, row);
}

async function once(tool: Tool, cores: string): Promise<Row> {
  const folder = mkdtempSync(join(scratch, 'run-'));
  const out = join(folder, 'out');
  mkdirSync(out);
  const start = tool.start({ url: mock.url, requests: tool.requests, places }, folder, out);
  await look();
  const taken = await measured(start, cores, out);
  const clock = await look();
  if (clock.answers < tool.requests) throw new Error(`only ${clock.answers} were answered`);
  const said = tool.said(out, taken.printed);
  const row = { ...taken, said, clock, bytes: bytesIn(out) };
  rmSync(folder, { recursive: true });
  return { ...row, perSecond: (clock.answers / clock.ms) * 1_000 };
}

/** The mock's clock, which starts again. */
async function look(): Promise<Clock> {
  return (await (await fetch(`${mock.url}/clock`)).json()) as Clock;
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function table(rows: ReadonlyMap<Tool, Row>): void {
  const arbRow = rows.get(arb);
  const line = (cells: readonly string[]) =>
    console.log(cells.map((cell, index) => pad(cell, index)).join(' '));
  line([
    ...['tool', 'version', 'requests', 'streamed', '/s', 'own', 'whole', 'CPU s', '/CPU s'],
    ...['peak MB', 'on disk', 'mock busy', 'arb is'],
  ]);
  for (const tool of tools) {
    const row = rows.get(tool);
    const version = versions.get(tool) ?? '';
    if (row === undefined) {
      console.log(`${pad(tool.name, 0)} ${pad(version, 1)} NOT MEASURED: ${reasons.get(tool)}`);
      continue;
    }
    const { clock } = row;
    line([
      ...[tool.name, version, String(clock.answers), String(clock.streams)],
      ...[row.perSecond, row.said, clock.answers / row.seconds].map((each) => each.toFixed(0)),
      ...[row.cpuSeconds.toFixed(1), (clock.answers / row.cpuSeconds).toFixed(0)],
      ...[row.peakMb.toFixed(0), `${(row.bytes / 1e6).toFixed(1)} MB`],
      `${(100 * clock.busy).toFixed(0)} %`,
      arbRow === undefined ? '' : `${(arbRow.perSecond / row.perSecond).toFixed(2)}x`,
    ]);
  }
}

function pad(cell: string, index: number): string {
  return index < 2 ? cell.padEnd(11) : cell.padStart(9);
}

/** Whether arb is as far ahead as it must be, with one core each. */
function verdict(tool: Tool): boolean {
  const [ours, theirs] = [best.get(arb), best.get(tool)];
  const least = tool.least ?? 0;
  if (ours === undefined || theirs === undefined) {
    console.log(`${tool.name}: not shown, since it was not measured (arb must reach ${least}x)`);
    return false;
  }
  const ratio = ours.perSecond / theirs.perSecond;
  const whole = ours.clock.answers / ours.seconds / (theirs.clock.answers / theirs.seconds);
  const holds = least === 1 ? ratio > least : ratio >= least;
  console.log(
    `${holds ? 'holds' : 'FAILS'}: ${ratio.toFixed(2)} times ${tool.name} (${least === 1 ? 'more than' : 'at least'} ${least}); by the whole process ${whole.toFixed(2)}`,
  );
  return holds;
}
