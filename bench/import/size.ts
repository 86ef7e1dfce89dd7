/**
 * A gigabyte of LiteLLM's spend logs through `arb import`, as JSON Lines and as Parquet in row groups of
 * at most 16 MB: its memory, and its speed as a share of a bare `JSON.parse` of every line of the same
 * rows, in one run on one machine.
 *
 *   npm run bench:import-size [-- MEGABYTES]
 *
 * Exits 1 above 250 MB of memory or below 0.12 of the speed.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { fileWriter } from 'hyparquet-writer/src/node.js';
import { timeArb } from '../peak.ts';

const MOST_MB = 250;
const LEAST_SPEED = 0.12;
/** About 15 MB of these rows. */
const GROUP_ROWS = 3_500;

const megabytes = Number(process.argv[2] ?? 1_024);
const folder = mkdtempSync(join(tmpdir(), 'arb-size-'));
const words = 'the order of a lamp from Bonn is late and I want to know where it is now'.split(' ');

/** Some 4 KB, as a chat with a system prompt and some turns is. */
function spendRow(at: number): Record<string, string | number> {
  const said = (length: number, shift: number) =>
    Array.from({ length }, (_, i) => words[(at * 31 + i * i + shift) % words.length]).join(' ');
  const started = Date.UTC(2026, 10, 1) + at * 1_000;
  const messages = [
    { role: 'system', content: `You are a clerk. ${said(150, 1)}` },
    { role: 'user', content: said(160, 2) },
    { role: 'assistant', content: said(120, 3) },
    { role: 'user', content: `${said(180, 4)} number ${at}` },
  ];
  return {
    request_id: `chatcmpl-${at.toString(16).padStart(24, '0')}`,
    call_type: 'acompletion',
    spend: 0.00123,
    prompt_tokens: 700,
    completion_tokens: 90,
    startTime: new Date(started).toISOString(),
    endTime: new Date(started + 2_345).toISOString(),
    completionStartTime: new Date(started + 345).toISOString(),
    model: 'gpt-4o-2024-08-06',
    status: 'success',
    cache_hit: 'False',
    request_tags: JSON.stringify(['task:orders']),
    messages: '{}',
    response: JSON.stringify({
      choices: [{ message: { role: 'assistant', content: said(100, 5) } }],
    }),
    proxy_server_request: JSON.stringify({ model: 'chat', messages, temperature: 0.2 }),
  };
}

/** Both files of the same rows. */
function writeLogs(lines: string, parquet: string): number {
  const fd = openSync(lines, 'w');
  const columns = Object.entries(spendRow(0));
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length },
    ...columns.map(
      ([name, value]): SchemaElement =>
        typeof value === 'number'
          ? { name, type: 'DOUBLE', repetition_type: 'REQUIRED' }
          : { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    ),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(parquet), schema, codec: 'UNCOMPRESSED' });
  let bytes = 0;
  let at = 0;
  while (bytes < megabytes * 2 ** 20) {
    const rows = Array.from({ length: GROUP_ROWS }, () => spendRow(at++));
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    bytes += writeSync(fd, text);
    writer.write({
      columnData: columns.map(([name]) => ({ name, data: rows.map((row) => row[name]) })),
      rowGroupSize: GROUP_ROWS,
    });
  }
  closeSync(fd);
  writer.finish();
  return at;
}

/** Reads the lines of a file and parses each, nothing else. */
const bare = `
import { createReadStream } from 'node:fs';
let rest = '', rows = 0;
const decoder = new TextDecoder();
for await (const bytes of createReadStream(process.argv[2], { highWaterMark: 65536 })) {
  const lines = (rest + decoder.decode(bytes, { stream: true })).split('\\n');
  rest = lines.pop();
  for (const line of lines) if (JSON.parse(line).request_id) rows += 1;
}
console.log(rows);
`;

function timeBare(file: string, rows: number): number {
  const script = join(folder, 'bare.mjs');
  writeFileSync(script, bare);
  const start = performance.now();
  const { stdout } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  if (Number(stdout) !== rows) throw new Error(`the bare reader found ${stdout} rows`);
  return (performance.now() - start) / 1_000;
}

async function timeImport(file: string, rows: number): Promise<{ seconds: number; mb: number }> {
  const out = join(folder, 'workload.jsonl');
  const found = await timeArb(folder, ['import', file, '-o', out, '--json']);
  if (found.code !== 0 || JSON.parse(found.stdout).written !== rows) {
    throw new Error(`exit ${found.code}: ${found.stdout}`);
  }
  rmSync(out);
  return found;
}

const [lines, parquet] = [join(folder, 'spend.jsonl'), join(folder, 'spend.parquet')];
try {
  const rows = writeLogs(lines, parquet);
  const sizes = [lines, parquet].map((file) => `${(statSync(file).size / 1e6).toFixed(0)} MB`);
  console.log(`${rows} rows: ${sizes[0]} as JSON Lines, ${sizes[1]} as Parquet`);
  let failed = false;
  for (const [form, file] of [
    ['JSON Lines', lines],
    ['Parquet', parquet],
  ] as const) {
    const before = timeBare(lines, rows);
    const { seconds, mb } = await timeImport(file, rows);
    // The machine may have become faster or slower meanwhile.
    const parse = (before + timeBare(lines, rows)) / 2;
    const speed = parse / seconds;
    failed ||= mb > MOST_MB || speed < LEAST_SPEED;
    console.log(
      `${form.padEnd(10)} ${seconds.toFixed(1)} s, peak ${mb.toFixed(0)} MB; JSON.parse alone ${parse.toFixed(1)} s; speed ${speed.toFixed(2)} of it`,
    );
  }
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
