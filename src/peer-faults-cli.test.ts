import { join } from 'node:path';
import { expect, it } from 'vitest';
import { arb, codeOfBench, folderWith } from './cli/harness.test.helper.ts';
import { parseMarket } from './sim/market/market.ts';
import { startMarket } from './sim/server/server.ts';

/** What was seen wrong in other tools, or is asked of them, where a script runs the command line. */

const market = parseMarket(
  `
targets:
  good: {model: m, price: {input: 1000, output: 1000}, ttft: 5, output_tokens: {default: 50}, accuracy: {default: 1}}
  bad: {model: m, price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 5}, accuracy: {default: 1}, failures: [{kind: server-error}]}
`,
  'market.yaml',
);
const workload = Array.from({ length: 12 }, (_, i) => `{"id":"r-${i}","prompt":"Number ${i}?"}`);

/** Benches one target of the market; `asked` are the ids of the requests that it heard. */
async function bench(target: keyof typeof market.targets, ...args: string[]) {
  const asked: string[] = [];
  const sim = await startMarket({
    market,
    port: 0,
    onAudit: (row) => asked.push(decodeURIComponent(row.client_request ?? '').replace(/\/.*/, '')),
  });
  const folder = folderWith({
    'w.jsonl': workload.join('\n'),
    'arb.yaml': `
defaults: {retries: {max: 0}}
targets:
  t: {provider: openai-compatible, base_url: "${sim.url}/${target}/v1", model: m, price: {input: 1000, output: 1000}}
`,
  });
  const files = [join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')];
  const ran = await arb(['bench', ...files, '--out', join(folder, 'run'), ...args]);
  await sim.close();
  return { code: codeOfBench(ran), asked: asked.sort() };
}

it('an exit code that is always 0 (inference-perf): it is 0, 2, 3 or 5 by what came of the run', async () => {
  expect((await bench('good')).code).toBe(0);
  expect(await bench('good', '--concurrency', 'many')).toEqual({ code: 2, asked: [] });
  const short = await bench('good', '--max-usd', '4.3');
  expect(short.code).toBe(3);
  expect(short.asked.length).toBeLessThan(12);
  expect((await bench('bad')).code).toBe(5);
});

it('what users ask for, 11: a sample is the same again by its seed, and not just the first lines', async () => {
  const [one, again] = [1, 2].map(() => bench('good', '--requests', '6', '--seed', '2'));
  const { asked } = (await one) ?? { asked: [] };
  expect(asked).toHaveLength(6);
  expect(asked).not.toEqual(['r-0', 'r-1', 'r-2', 'r-3', 'r-4', 'r-5']);
  expect(await again).toEqual({ code: 0, asked });
});
