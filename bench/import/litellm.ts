/**
 * `arb import` of records that LiteLLM itself makes: its proxy in front of the simulator, with a
 * callback that keeps its standard logging payload and the row that it would write to its table of
 * spend logs. Messages, tools and parameters must come back equal as JSON to what the client sent.
 *
 *   npm run bench:import-litellm
 *
 * The rows also go through PostgreSQL (where it is installed), in the table that LiteLLM's own
 * migrations make, and must come out the same.
 *
 * Prints what the log itself lost; exits 1 where anything else differs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseMarket } from '../../src/sim/market/market.ts';
import { startMarket } from '../../src/sim/server/server.ts';
import { root } from '../command.ts';
import { startProxy } from '../gateways/litellm-proxy.ts';
import { startDatabase } from './postgres.ts';
import { bodies } from './requests.ts';
import { smallMarket } from './small-market.ts';

const folder = mkdtempSync(join(tmpdir(), 'arb-import-'));
const files = { payload: join(folder, 'payload.jsonl'), spend: join(folder, 'spend.jsonl') };

/** What LiteLLM calls after each answer; both of its own forms of a record are kept as JSON. */
const callback = `
import json
from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload

def keep(path, record):
    with open(path, "a") as file:
        file.write(json.dumps(record, default=str) + "\\n")

class Records(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        keep(${JSON.stringify(files.payload)}, kwargs["standard_logging_object"])
        keep(${JSON.stringify(files.spend)}, get_logging_payload(kwargs, response_obj, start_time, end_time))

records = Records()
`;

const market = await startMarket({
  market: parseMarket(smallMarket, 'market'),
  port: 0,
});
const proxy = await startProxy(
  {
    model_list: [
      {
        model_name: 'chat',
        litellm_params: {
          model: 'openai/m',
          api_base: `${market.url}/small/v1`,
          api_key: 'test',
          input_cost_per_token: 1e-6,
          output_cost_per_token: 2e-6,
        },
      },
    ],
    litellm_settings: { callbacks: 'arb_records.records' },
    general_settings: { store_prompts_in_spend_logs: true },
  },
  { 'arb_records.py': callback },
);

/** Sent one after the other, so that the records are in this order. */
const sent: { name: string; stream: boolean; body: object }[] = [];
for (const [name, body] of Object.entries(bodies)) {
  for (const stream of [false, true]) {
    // The text makes each request another one, also to caches.
    const asked = JSON.parse(JSON.stringify(body).replace('"user","content":"', `$&(${stream}) `));
    const response = await fetch(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-1234' },
      body: JSON.stringify({
        model: 'chat',
        ...asked,
        ...(stream && { stream: true, stream_options: { include_usage: true } }),
        metadata: { tags: ['task:orders', 'eu'] },
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}: HTTP ${response.status} ${text}`);
    sent.push({ name, stream, body: asked });
  }
}
const linesOf = (file: string) => {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  } catch {
    return [];
  }
};
const giveUpAt = performance.now() + 30_000;
while (linesOf(files.spend).length < sent.length && performance.now() < giveUpAt) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
await proxy.stop();
await market.close();

/** Streams of several chunks among those that no log cuts. */
const bodiesTimed = 4;
let differing = 0;
for (const [form, file] of Object.entries(files)) {
  const out = join(folder, `${form}.workload.jsonl`);
  const main = join(root, 'dist', 'cli', 'main.js');
  const run = spawnSync(process.execPath, [main, 'import', file, '-o', out], { encoding: 'utf8' });
  console.log(`${form}: exit ${run.status}\n${run.stdout}${run.stderr}`);
  const imported = linesOf(out).map((line) => JSON.parse(line));
  // An answer of one chunk has no first token apart from its end, so not every stream has a TTFT.
  const timed = imported.filter((line) => line.recorded.ttft_ms !== undefined).length;
  if (timed < bodiesTimed) differing += 1;
  console.log(`  ${timed} with a TTFT, at least ${bodiesTimed} of the streams must have one`);
  for (const { name, stream, body } of sent) {
    const same = imported.find((line) => isDeepStrictEqual(line.request, body));
    if (
      name === 'long' &&
      form === 'spend' &&
      !same &&
      run.stdout.includes('left out: truncated')
    ) {
      console.log(
        `  ${name.padEnd(8)} ${stream ? 'stream' : 'whole '} cut by the log, left out and said`,
      );
      continue;
    }
    const facts = same && [
      same.task === 'orders',
      same.recorded.answer !== undefined || name === 'tools' || form === 'spend',
      same.recorded.cost_usd > 0,
      same.recorded.input_tokens > 0,
    ];
    const ok = facts?.every(Boolean) ?? false;
    if (!ok) differing += 1;
    console.log(
      `  ${name.padEnd(8)} ${stream ? 'stream' : 'whole '} ${ok ? 'equal' : `DIFFERS ${facts ?? 'request'}`}`,
    );
  }
}

/** Through the database, where every JSON column is JSONB and every instant has no zone. */
const database = startDatabase();
if (database === undefined) console.log('SKIPPED: the database (no PostgreSQL is installed)');
else {
  try {
    database.insert(linesOf(files.spend));
    const out = join(folder, 'database.workload.jsonl');
    const main = join(root, 'dist', 'cli', 'main.js');
    const args = [main, 'import', database.url, '-o', out];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    console.log(`database: exit ${run.status}\n${run.stdout}${run.stderr}`);
    const byId = (lines: readonly string[]) =>
      new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.id, line]));
    const wanted = byId(linesOf(join(folder, 'spend.workload.jsonl')));
    const found = byId(linesOf(out));
    const same = [...wanted].filter(([id, line]) => isSameRequest(line, found.get(id)));
    console.log(
      `  ${same.length} of ${wanted.size} requests as from JSON; the table has ${database.count()} rows after`,
    );
    if (same.length < wanted.size || found.size !== wanted.size) differing += 1;
    if (database.count() !== linesOf(files.spend).length) differing += 1;
  } finally {
    database.stop();
  }
}
rmSync(folder, { recursive: true });
process.exitCode = differing > 0 ? 1 : 0;

/** Instants have milliseconds in the table and microseconds in JSON. */
function isSameRequest(one: Imported, other: Imported | undefined): boolean {
  if (!other) return false;
  const { latency_ms: _, ttft_ms: __, ...recorded } = one.recorded;
  const { latency_ms: ___, ttft_ms: ____, ...there } = other.recorded;
  return (
    isDeepStrictEqual(one.request, other.request) &&
    isDeepStrictEqual(recorded, there) &&
    one.task === other.task &&
    one.session === other.session &&
    Math.abs(one.at_ms - other.at_ms) <= 1
  );
}

interface Imported {
  readonly request: object;
  readonly recorded: Readonly<Record<string, unknown>>;
  readonly task?: string;
  readonly session?: string;
  readonly at_ms: number;
}
