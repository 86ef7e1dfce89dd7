/**
 * `arb import` of spans that OpenTelemetry's own instrumentation of the OpenAI client makes against the
 * simulator. Messages and parameters must come back equal as JSON to what the client sent, or the request
 * must be left out; what the spans do not hold is listed.
 *
 *   npm run bench:import-otel
 *
 * Exits 1 where anything differs that the span holds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { root, startSim } from '../command.ts';
import { virtualEnvironment } from '../gateways/venv.ts';
import { bodies } from './requests.ts';
import { smallMarket } from './small-market.ts';

/** Parameters that this instrumentation writes nowhere. */
const LOST = ['tools', 'tool_choice', 'response_format'] as const;

const folder = mkdtempSync(join(tmpdir(), 'arb-otel-'));
const market = join(folder, 'market.yaml');
writeFileSync(market, smallMarket);
const sent = Object.entries(bodies).flatMap(([name, body]) =>
  [false, true].map((stream) => {
    // The text makes each request another one.
    const text = JSON.stringify(body).replace('"user","content":"', `$&(${stream}) `);
    return { name, stream, body: JSON.parse(text) as Record<string, unknown> };
  }),
);
const asked = sent.map(({ body, stream }) =>
  JSON.stringify({
    model: 'm',
    ...body,
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  }),
);
const sim = await startSim(market);
const spans = join(folder, 'spans.jsonl');
const bin = virtualEnvironment('otel', '../import/requirements-otel.txt');
const driver = join(import.meta.dirname, 'otel_driver.py');
const asking = spawnSync(join(bin, 'python'), [driver, `${sim.url}/small/v1`, spans], {
  input: asked.join('\n'),
  encoding: 'utf8',
});
await sim.stop();
if (asking.status !== 0) throw new Error(asking.stderr);

const out = join(folder, 'workload.jsonl');
const main = join(root, 'dist', 'cli', 'main.js');
const args = [main, 'import', spans, '-o', out, '--max-dropped', '1'];
const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
console.log(`${run.stdout}${run.stderr}`);
interface Line {
  readonly request: Record<string, unknown>;
  readonly recorded: Readonly<Record<string, unknown>>;
}
const lines = readFileSync(out, 'utf8')
  .trim()
  .split('\n')
  .map((line): Line => JSON.parse(line));
let differing = 0;
for (const { name, stream, body } of sent) {
  const same = lines.find(({ request }) => isDeepStrictEqual(request.messages, body.messages));
  const keys = new Set([...Object.keys(body), ...Object.keys(same?.request ?? {})]);
  const other = [...keys].filter((key) => !isDeepStrictEqual(body[key], same?.request[key]));
  const lost = other.filter(
    (key) => LOST.some((each) => each === key) && same?.request[key] === undefined,
  );
  const isImage = name === 'image' && same === undefined;
  const hasFigures =
    same &&
    ['answer', 'input_tokens', 'latency_ms'].every((key) => same.recorded[key] !== undefined);
  const ok = isImage || (same !== undefined && other.length === lost.length && hasFigures);
  if (!ok) differing += 1;
  const what = isImage
    ? 'left out: the span holds no image'
    : ok
      ? `equal${lost.length > 0 ? `; lost by the span: ${lost.join(', ')}` : ''}`
      : `DIFFERS in ${other.join(', ')}`;
  console.log(`  ${name.padEnd(8)} ${stream ? 'stream' : 'whole '} ${what}`);
}
rmSync(folder, { recursive: true });
process.exitCode = differing > 0 || run.status !== 0 ? 1 : 0;
