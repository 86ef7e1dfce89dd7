import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { parseMarket } from '../src/sim/market/market.ts';
import { startMarket } from '../src/sim/server/server.ts';
import { root } from './command.ts';

/**
 * Random budgets, targets, prices, fees, tokenizers, failures, output limits, several answers, images,
 * audio, files by address, tiers, searches, reasoning efforts, judges and concurrency up to 200: what the simulator billed, judging included, is never above the cap.
 */
const rounds = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const generator = xoroshiro128plus(seed);
const draw = () => uniformFloat64(generator);
const between = (low: number, high: number) => low + draw() * (high - low);
const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
const isDrawn = (share: number) => draw() < share;

const folder = mkdtempSync(join(tmpdir(), 'arb-caps-'));
console.log(`seed ${seed}`);
let over = 0;
const byCode = new Map<number | null, number>();
let closest = 0;
for (let round = 1; round <= rounds; round++) {
  const { cap, billed, codes } = await play(join(folder, `round-${round}`));
  if (billed > cap) {
    over += 1;
    console.log(
      `FAIL round ${round}: $${billed.toFixed(6)} billed under a cap of $${cap.toFixed(6)}`,
    );
  }
  for (const code of codes) byCode.set(code, (byCode.get(code) ?? 0) + 1);
  closest = Math.max(closest, billed / cap);
}
rmSync(folder, { recursive: true });
console.log(
  `${rounds} rounds, exit codes ${JSON.stringify([...byCode])}; ${over} over the cap; ${(100 * closest).toFixed(1)} % of a cap at most`,
);
process.exitCode = over > 0 ? 1 : 0;

function request(index: number) {
  const text = `Question ${index}: ${'why '.repeat(whole(0, 60))}`;
  const parts = [
    ...(isDrawn(0.1)
      ? [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }]
      : []),
    ...(isDrawn(0.05)
      ? [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }]
      : []),
    ...(isDrawn(0.05) ? [{ type: 'file', file: { file_data: 'https://example.org/a.pdf' } }] : []),
  ];
  const content = parts.length > 0 ? [{ type: 'text', text }, ...parts] : text;
  const efforts = ['minimal', 'low', 'medium', 'high'];
  return {
    id: `q-${index}`,
    task: 'chat',
    recorded: { target: 'old', answer: 'Because it is so, and was.', cost_usd: 0.001 },
    request: {
      messages: [{ role: 'user', content }],
      ...(isDrawn(0.5) && { max_tokens: whole(1, 300) }),
      ...(isDrawn(0.3) && { reasoning_effort: efforts[whole(0, 3)] }),
      ...(isDrawn(0.05) && { n: whole(2, 4) }),
      ...(isDrawn(0.05) && { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'wav' } }),
      ...(isDrawn(0.05) && { service_tier: isDrawn(0.5) ? 'flex' : 'priority' }),
      ...(isDrawn(0.03) && { web_search_options: {} }),
      ...(isDrawn(0.03) && { tools: [{ type: 'web_search' }] }),
    },
  };
}

/** A price with some of the classes that a bill may have; the simulator bills text and cached text. */
function drawPrice() {
  const [input, output] = [between(0.1, 30), between(0.1, 90)];
  return {
    input,
    output,
    ...(isDrawn(0.5) && { cached_input: between(0.1, 1) * input }),
    ...(isDrawn(0.3) && { cache_write: between(1, 2) * input }),
    ...(isDrawn(0.3) && { input_audio: between(1, 20) * input }),
    ...(isDrawn(0.3) && { output_audio: between(1, 5) * output }),
    ...(isDrawn(0.3) && { factors: { 'service_tier=priority': between(1, 3) } }),
  };
}

async function play(out: string) {
  const requests = whole(20, 80);
  const workload = join(folder, 'workload.jsonl');
  const lines = Array.from({ length: requests }, (_, index) => JSON.stringify(request(index)));
  writeFileSync(workload, lines.join('\n'));
  const names = ['one', 'two', 'three'].slice(0, whole(1, 3));
  const judges = isDrawn(0.5) ? ['judge-a', 'judge-b'] : [];
  const priced = [...names, ...judges].map((name) => {
    const window = isDrawn(0.5) ? { context_tokens: 8_192 } : {};
    return { name, price: drawPrice(), fee: isDrawn(0.3) ? between(1, 20) : 0, window };
  });
  const market = {
    seed: whole(1, 1e6),
    targets: Object.fromEntries(
      priced.map(({ name, price: { input, output, cached_input: cached }, fee }) => [
        name,
        {
          model: name,
          price: { input, output, ...(cached !== undefined && { cached_input: cached }) },
          ...(cached !== undefined && { cached_share: between(0, 0.9) }),
          tokenizer: between(0.5, 3),
          reasoning_tokens: isDrawn(0.3) ? whole(1, 300) : 0,
          report_cost: isDrawn(0.3),
          ...(fee > 0 && { fee_percent: fee }),
          ttft: 5,
          output_tokens: { default: whole(1, 400) },
          accuracy: { default: 0.8 },
          ...(judges.includes(name) && { judge: { accuracy: 1, ties: 0.5 } }),
          ...(isDrawn(0.5) && {
            failures: [
              { kind: 'server-error', rate: between(0, 0.3), attempts: 1 },
              { kind: 'cut-off', rate: between(0, 0.3), attempts: 1 },
            ],
          }),
        },
      ]),
    ),
  };
  const parsed = parseMarket(JSON.stringify(market), 'market');
  const sim = await startMarket({ market: parsed, workload, port: 0 });
  const targets = Object.fromEntries(
    priced.map(({ name, price, fee, window }) => [
      name,
      {
        ...window,
        provider: 'openai-compatible',
        base_url: `${sim.url}/${name}/v1`,
        model: name,
        maker: name,
        price,
        ...(fee > 0 && { fee_percent: fee }),
        ...(judges.includes(name) && { role: 'judge' }),
      },
    ]),
  );
  const cap = Math.exp(between(Math.log(0.02), Math.log(5)));
  const config = join(folder, 'arb.yaml');
  const quality = judges.length > 0 ? { quality: { baseline: 'recorded', judges } } : {};
  writeFileSync(config, JSON.stringify({ targets, budget: { max_usd: cap }, ...quality }));
  const concurrency = String(whole(1, 200));
  const common = ['--config', config];
  const codes = [
    await arb(['bench', workload, ...common, '--out', out, '--concurrency', concurrency]),
  ];
  if (judges.length > 0) codes.push(await arb(['judge', out, ...common]));
  const { total_usd: billed } = sim.bill();
  await sim.close();
  return { cap, billed, codes };
}

async function arb(args: readonly string[]): Promise<number | null> {
  const main = join(root, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 70) throw new Error(`arb ${args[0]} met a bug\n${complaint}`);
  return code;
}
