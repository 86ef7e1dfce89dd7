/**
 * Runs the five commands of docs/import.md, from a LiteLLM database to a certified policy, as they stand
 * there: against a PostgreSQL with LiteLLM's own tables where it is installed, else an export of its
 * table, and a simulated market.
 *
 *   npm run five-commands
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSim } from '../bench/command.ts';
import { startDatabase } from '../bench/import/postgres.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs', 'import.md'), 'utf8');
const block = /## From a LiteLLM database[\s\S]*?```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const commands = block.trim().split('\n');

const folder = mkdtempSync(join(tmpdir(), 'arb-five-'));
const bin = join(folder, 'bin');
mkdirSync(bin);
const main = join(root, 'dist', 'cli', 'main.js');
writeFileSync(join(bin, 'arb'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
  mode: 0o755,
});

const choices = ['billing', 'shipping', 'returns', 'other'];
const things = ['lamp', 'chair', 'kettle', 'phone', 'coat', 'bicycle', 'mirror'];

/** A row as LiteLLM keeps it of a question that has one of four answers. */
function spendRow(at: number): object {
  const thing = things[at % things.length];
  const text = `Ticket ${at}: ${thing} ${at * 7_919} of customer ann${at}@example.com, day ${at % 365}`;
  const started = Date.UTC(2026, 10, 20) + at * 40_000;
  const instant = (ms: number) => new Date(ms).toISOString();
  const request = {
    model: 'large',
    messages: [
      { role: 'system', content: `Sort the ticket. Say one of ${choices.join(', ')}.` },
      { role: 'user', content: text },
    ],
    temperature: 0,
  };
  const content = choices[(at * 31) % choices.length];
  return {
    request_id: `req-${at}`,
    call_type: 'acompletion',
    api_key: 'hashed',
    spend: 0.0004,
    total_tokens: 60,
    prompt_tokens: 55,
    completion_tokens: 5,
    startTime: instant(started),
    endTime: instant(started + 700),
    completionStartTime: instant(started + 300),
    model: 'large',
    status: 'success',
    cache_hit: 'False',
    request_tags: ['task:sort'],
    messages: {},
    response: { choices: [{ message: { role: 'assistant', content } }] },
    proxy_server_request: request,
  };
}

const targets = { large: [3, 15], small: [0.1, 0.4] } as const;
const market = {
  seed: 5,
  time_scale: 0.05,
  correlation: 0.98,
  targets: Object.fromEntries(
    Object.entries(targets).map(([name, [input, output]]) => [
      name,
      {
        model: name,
        price: { input, output },
        ttft: { p50_ms: 200, p99_ms: 600 },
        gap: 20,
        output_tokens: { default: 6 },
        accuracy: { default: 0.97 },
      },
    ]),
  ),
};

const configFor = (url: string) => ({
  targets: Object.fromEntries(
    Object.entries(targets).map(([name, [input, output]]) => [
      name,
      {
        provider: 'openai-compatible',
        base_url: `${url}/${name}/v1`,
        model: name,
        price: { input, output },
        context_tokens: 100_000,
      },
    ]),
  ),
  load: { concurrency: 16 },
  quality: { baseline: 'large', floor: 'baseline-0.02' },
});

const rows = Array.from({ length: 1_500 }, (_, at) => JSON.stringify(spendRow(at)));
const database = startDatabase();
let source = join(folder, 'spend.jsonl');
if (database) {
  database.insert(rows);
  source = database.url;
} else writeFileSync(source, rows.join('\n'));
console.log(
  database
    ? 'from a database'
    : 'SKIPPED the database (no PostgreSQL is installed): from its export',
);

function run(command: string): void {
  console.log(`\n$ ${command}`);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, DATABASE_URL: source };
  const { status } = spawnSync('sh', ['-c', command], { cwd: folder, env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command}: exit ${status}`);
}

try {
  if (commands.length !== 5)
    throw new Error(`the page shows ${commands.length} commands, not five`);
  const [first = '', ...rest] = commands;
  run(first);
  writeFileSync(join(folder, 'market.yaml'), JSON.stringify(market));
  const workload = join(folder, 'workload.jsonl');
  const sim = await startSim(join(folder, 'market.yaml'), '--workload', workload);
  writeFileSync(join(folder, 'arb.yaml'), JSON.stringify(configFor(sim.url)));
  try {
    for (const command of rest) run(command);
  } finally {
    await sim.stop();
  }
  const policy = readFileSync(join(folder, 'routes.yaml'), 'utf8');
  if (!/^status: certified$/m.test(policy)) throw new Error('the policy is not certified');
  if (!existsSync(join(folder, 'gateway'))) throw new Error('nothing was exported');
  if (/ann\d+@example/.test(readFileSync(workload, 'utf8'))) throw new Error('an address is left');
  console.log('\nFive commands, one certified policy.');
} finally {
  database?.stop();
  rmSync(folder, { recursive: true });
}
