import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arb } from '../command.ts';
import { startProxy } from './litellm-proxy.ts';
import { freePort, launch, type Running } from './process.ts';

/**
 * A real gateway in front of a simulated Anthropic with cached tokens: what arb bills for each answer
 * is what the simulator bills, or it is not known with the field's name; never another number.
 * `node bench/gateways/bills.ts [portkey|litellm] [REQUESTS]`, after a build.
 */
const kind = process.argv[2] ?? 'portkey';
const count = Number(process.argv[3] ?? 40);
const model = 'claude-sonnet-4-5-20250929';
const price = { input: 3, output: 15, cached_input: 0.3, cache_write: 3.75 };

/** Usages from nothing cached to nearly everything, written and read, by the number in the prompt. */
function usageOf(index: number) {
  const [fresh, read, written] = [50 + 37 * index, (index % 4) * 2_500, (index % 3) * 800];
  return { fresh, read, written, output: 20 + index };
}

function billOf(index: number): number {
  const { fresh, read, written, output } = usageOf(index);
  const { cached_input, cache_write } = price;
  const sum = fresh * price.input + read * cached_input + written * cache_write;
  return (sum + output * price.output) / 1e6;
}

/** An answer of the Messages API, streamed where that was asked for. */
function answer(response: ServerResponse, index: number, stream: boolean): void {
  const { fresh, read, written, output } = usageOf(index);
  const start = {
    input_tokens: fresh,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
  };
  const message = { id: 'm', type: 'message', role: 'assistant', model };
  if (!stream) {
    const usage = { ...start, output_tokens: output };
    const content = [{ type: 'text', text: 'ok' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...message, content, stop_reason: 'end_turn', usage }));
    return;
  }
  const event = (type: string, body: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`);
  response.setHeader('content-type', 'text/event-stream');
  const opened = { ...message, content: [], stop_reason: null };
  event('message_start', { message: { ...opened, usage: { ...start, output_tokens: 1 } } });
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'ok' } });
  event('content_block_stop', { index: 0 });
  const delta = { stop_reason: 'end_turn', stop_sequence: null };
  event('message_delta', { delta, usage: { output_tokens: output } });
  event('message_stop', {});
  response.end();
}

const upstream = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const text = Buffer.concat(parts).toString();
    const index = Number(/number (\d+)/.exec(text)?.[1] ?? 0);
    answer(response, index, /"stream":\s*true/.test(text));
  });
});
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

async function startGateway(): Promise<{ running: Running; target: object }> {
  if (kind === 'litellm') {
    const params = { model: `anthropic/${model}`, api_base: address, api_key: 'test' };
    const running = await startProxy(
      { model_list: [{ model_name: model, litellm_params: params }] },
      {},
    );
    return { running, target: { provider: 'litellm', base_url: `${running.url}/v1` } };
  }
  const port = await freePort();
  const script = 'node_modules/@portkey-ai/gateway/build/start-server.js';
  const running = await launch({
    command: process.execPath,
    args: [script, `--port=${port}`, '--headless'],
    env: {},
    port,
    ready: '/',
  });
  const config = { provider: 'anthropic', api_key: 'test', custom_host: `${address}/v1` };
  const headers = { 'x-portkey-config': JSON.stringify(config) };
  return { running, target: { provider: 'portkey', base_url: `${running.url}/v1`, headers } };
}

const { running, target } = await startGateway();
const folder = mkdtempSync(join(tmpdir(), 'arb-bills-'));
const file = (name: string) => join(folder, name);
writeFileSync(file('arb.yaml'), JSON.stringify({ targets: { t: { ...target, model, price } } }));
const lines = Array.from({ length: count }, (_, index) =>
  JSON.stringify({ id: `r-${index}`, prompt: `number ${index}` }),
);
writeFileSync(file('w.jsonl'), `${lines.join('\n')}\n`);
await arb('bench', file('w.jsonl'), '--config', file('arb.yaml'), '--out', file('run'));
const rows = readFileSync(join(file('run'), 'attempts.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .slice(1);
let [equal, unknown, wrong] = [0, 0, 0];
for (const row of rows.map((text) => JSON.parse(text))) {
  const wanted = billOf(Number(row.request_id.slice(2)));
  if (row.cost_usd === undefined) {
    unknown += 1;
    if (!row.cost_unknown) wrong += 1;
  } else if (Math.abs(row.cost_usd - wanted) < 1e-12) equal += 1;
  else {
    wrong += 1;
    console.log(`${row.request_id}: ${row.cost_usd}, billed ${wanted}`, row.usage);
  }
}
console.log(
  `${kind}: ${equal} of ${rows.length} bills equal, ${unknown} not known with the field, ${wrong} other`,
);
await running.stop();
upstream.close();
upstream.closeAllConnections();
rmSync(folder, { recursive: true });
process.exitCode = wrong > 0 || rows.length < count ? 1 : 0;
