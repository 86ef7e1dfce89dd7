import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMarket } from '../../../sim/market/market.ts';
import { startMarket } from '../../../sim/server/server.ts';
import { arb, codeOfBench, folderWith } from '../../harness.test.helper.ts';

const requests = 40;
const slow = 'ttft: 500, output_tokens: {default: 3}, accuracy: {default: 1}';

let market: Awaited<ReturnType<typeof startMarket>>;
let folder: string;

beforeAll(async () => {
  const text = `targets: {a: {model: m, price: {input: 1, output: 1}, ${slow}}}`;
  market = await startMarket({ market: parseMarket(text, 'market'), port: 0 });
  const lines = Array.from({ length: requests }, (_, i) => JSON.stringify({ prompt: `Say ${i}` }));
  folder = folderWith({
    'w.jsonl': lines.join('\n'),
    'arb.yaml': `targets: {a: {provider: openai-compatible, base_url: "${market.url}/a/v1", model: m, price: {input: 1, output: 1}}}`,
  });
});
afterAll(() => market.close());

async function bench(name: string, ...flags: string[]) {
  const out = join(folder, name);
  const ran = await arb([
    ...['bench', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml'), '--out', out],
    ...flags,
  ]);
  const read = (file: string) => JSON.parse(readFileSync(join(out, file), 'utf8'));
  return { ran, summary: read('summary.json'), manifest: read('manifest.json') };
}

it('with a rate has no limit in flight but the one that is asked for, which is said', async () => {
  const open = await bench('open', '--load', 'constant', '--rate', '100');
  expect(codeOfBench(open.ran)).toBe(0);
  expect(open.ran.stderr).not.toContain('warning: at most');
  expect(open.manifest.load).not.toHaveProperty('concurrency');
  // With 8 in flight the last of 40 would wait for two seconds.
  expect(open.summary.targets[0].user.response_ms.max).toBeLessThan(1_500);
  const held = await bench('held', '--load', 'constant', '--rate', '100', '--concurrency', '8');
  expect(held.ran.stderr).toContain('warning: at most 8 are in flight at a: what arrives beyond');
  expect(held.summary.targets[0].user.response_ms.max).toBeGreaterThan(1_500);
});

it('that is closed says that it does not use a rate', async () => {
  const { ran } = await bench('closed', '--load', 'closed', '--rate', '100');
  expect(ran.stderr).toContain('warning: the rate of 100 is not used');
});
