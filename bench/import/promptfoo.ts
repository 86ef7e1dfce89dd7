/**
 * `arb import` of results that a real promptfoo writes of an evaluation against the simulator, and of the
 * config that it ran. promptfoo has 700 packages, so it is installed elsewhere and named:
 *
 *   npm i --prefix /tmp/promptfoo promptfoo@0.123.1
 *   npm run bench:import-promptfoo -- /tmp/promptfoo/node_modules/promptfoo/dist/src/main.js
 *
 * Exits 1 where an outcome differs from promptfoo's own result, or a prompt from what it asked.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arb, startSim } from '../command.ts';
import { smallMarket } from './small-market.ts';

const [program] = process.argv.slice(2);
if (program === undefined) throw new Error("name promptfoo's main.js");
const folder = mkdtempSync(join(tmpdir(), 'arb-promptfoo-'));
const file = (name: string) => join(folder, name);
writeFileSync(file('market.yaml'), smallMarket);
const sim = await startSim(file('market.yaml'));
const config = {
  prompts: ['Answer in one word: {{q}}', 'Say shortly: {{q}}'],
  providers: [
    { id: 'openai:chat:m', config: { apiBaseUrl: `${sim.url}/small/v1`, apiKey: 'test' } },
  ],
  tests: [
    { vars: { q: 'Where is Bonn?' }, assert: [{ type: 'contains', value: 'the' }] },
    { vars: { q: 'Who are you?' }, assert: [{ type: 'equals', value: 'nobody' }] },
    { vars: { q: 'What is 2 + 2?' }, assert: [{ type: 'regex', value: '[a-z]+' }] },
  ],
};
writeFileSync(file('promptfooconfig.yaml'), JSON.stringify(config));
const env = {
  ...process.env,
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
  PROMPTFOO_CONFIG_DIR: file('home'),
};
const args = [program, 'eval', '--no-cache', '--config', file('promptfooconfig.yaml')];
// It ends with 100 where an assertion fails.
const run = spawnSync(process.execPath, [...args, '--output', file('results.json')], {
  cwd: folder,
  env,
  encoding: 'utf8',
});
await sim.stop();

interface Result {
  readonly testIdx: number;
  readonly promptIdx: number;
  readonly score: number;
  readonly latencyMs: number;
  readonly prompt: { readonly raw: string };
  readonly tokenUsage: { readonly completion: number };
}
const { results } = JSON.parse(readFileSync(file('results.json'), 'utf8')).results as {
  results: Result[];
};
const linesOf = (name: string) =>
  readFileSync(file(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
await arb('import', file('results.json'), '-o', file('outcomes.jsonl'));
await arb('import', file('promptfooconfig.yaml'), '-o', file('workload.jsonl'));
const outcomes = linesOf('outcomes.jsonl');
const asked = new Set(linesOf('workload.jsonl').map(({ request }) => request.messages[0].content));
let differing = 0;
for (const { testIdx, promptIdx, score, latencyMs, prompt, tokenUsage } of results) {
  const id = `test-${testIdx}-prompt-${promptIdx}`;
  const row = outcomes.find(({ request_id }) => request_id === id);
  const isSame =
    row?.quality === score &&
    row.latency_ms === latencyMs &&
    row.output_tokens === tokenUsage.completion &&
    asked.has(prompt.raw);
  if (!isSame) differing += 1;
  console.log(`  ${id} ${isSame ? 'equal' : 'DIFFERS'}: quality ${row?.quality}`);
}
console.log(`${results.length} results, ${outcomes.length} outcomes, ${asked.size} prompts`);
rmSync(folder, { recursive: true });
const isWhole = results.length === 6 && outcomes.length === 6 && asked.size === 6;
process.exitCode = differing > 0 || !isWhole || run.error ? 1 : 0;
