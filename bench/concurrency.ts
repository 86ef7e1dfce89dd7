import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMeasured, root } from './command.ts';

/**
 * Requests in flight as a server counts them against what was asked for with `--concurrency`: the mean
 * from the last place opened to the first left empty must be within 2 %, and the manifest must say it.
 */
const asked = process.argv[2] === undefined ? [8, 64, 200, 500] : process.argv.slice(2).map(Number);
const each = 40;
const tolerance = 0.02;
const answerAfter = 400;

const folder = mkdtempSync(join(tmpdir(), 'arb-concurrency-'));
let isOff = false;
for (const count of asked) {
  const { mean, max, said } = await measure(count);
  const off = mean / count - 1;
  isOff ||= Math.abs(off) > tolerance || Math.abs(said / mean - 1) > tolerance;
  console.log(
    `${count} asked: ${mean.toFixed(1)} on average at the server (${(100 * off).toFixed(1)} %), ${max} at most; the manifest says ${said.toFixed(1)}`,
  );
}
rmSync(folder, { recursive: true });
process.exitCode = isOff ? 1 : 0;

async function measure(count: number) {
  const total = count * each;
  const inFlight = { now: 0, max: 0, area: 0, since: 0, from: 0, to: 0, seen: 0 };
  const change = (by: number) => {
    const at = performance.now();
    if (inFlight.from > 0 && inFlight.to === 0)
      inFlight.area += inFlight.now * (at - inFlight.since);
    inFlight.since = at;
    inFlight.now += by;
    inFlight.max = Math.max(inFlight.max, inFlight.now);
    if (inFlight.from === 0 && inFlight.now >= count) inFlight.from = at;
    if (by > 0 && ++inFlight.seen === total) inFlight.to = at;
  };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      change(1);
      setTimeout(() => {
        change(-1);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(
          'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
        );
      }, answerAfter);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const workload = join(folder, 'workload.jsonl');
  const lines = Array.from({ length: total }, (_, index) =>
    JSON.stringify({ id: `r-${index}`, request: { messages: [{ role: 'user', content: 'q' }] } }),
  );
  writeFileSync(workload, lines.join('\n'));
  const config = join(folder, 'arb.yaml');
  const base_url = `http://127.0.0.1:${port}/v1`;
  writeFileSync(
    config,
    JSON.stringify({ targets: { only: { provider: 'openai-compatible', base_url, model: 'm' } } }),
  );
  const out = join(folder, `run-${count}`);
  const main = join(root, 'dist', 'cli', 'main.js');
  const args = [main, 'bench', workload, '--config', config, '--out', out, '--json'];
  const child = spawn(process.execPath, [...args, '--concurrency', String(count)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  server.close();
  if (!isMeasured(code)) throw new Error(`arb bench ended with exit code ${code}`);
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
    in_flight: { only: { mean: number } };
  };
  const mean = inFlight.area / (inFlight.to - inFlight.from);
  return { mean, max: inFlight.max, said: manifest.in_flight.only.mean };
}
