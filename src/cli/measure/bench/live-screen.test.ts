import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMarket } from '../../../sim/market/market.ts';
import { startMarket } from '../../../sim/server/server.ts';
import { arb, codeOfBench, folderWith } from '../../harness.test.helper.ts';

const market = parseMarket(
  'targets: {quick: {model: m, price: {input: 1, output: 1}, ttft: 5, output_tokens: {default: 3}, accuracy: {default: 1}}}',
  'market',
);
let sim: Awaited<ReturnType<typeof startMarket>>;

beforeAll(async () => {
  sim = await startMarket({ market, port: 0 });
});
afterAll(() => sim.close());

async function benchOnTerminal(env: Record<string, string>) {
  const folder = folderWith({
    'w.jsonl': JSON.stringify({ id: 'r', prompt: 'Number 7?', expect: { number: 7 } }),
    'arb.yaml': `targets: {quick: {provider: openai-compatible, base_url: "${sim.url}/quick/v1", model: m, price: {input: 1, output: 1}}}`,
  });
  const flags = ['--config', join(folder, 'arb.yaml'), '--out', join(folder, 'run')];
  return await arb(['bench', join(folder, 'w.jsonl'), ...flags], { env, terminal: true });
}

const [enter, leave, showCursor] = ['\u001b[?1049h', '\u001b[?1049l', '\u001b[?25h'];

it('is the alternate screen of the terminal, and leaves only what the run came to behind', async () => {
  const ran = await benchOnTerminal({});
  expect(codeOfBench(ran)).toBe(0);
  expect(ran.stderr.startsWith(enter)).toBe(true);
  const behind = ran.stderr.slice(ran.stderr.lastIndexOf(leave) + leave.length);
  expect(behind.replace(showCursor, '')).toMatch(/^1\/1 \(100\.0 %\), 0 failed, spent \$.*\n$/);
});

it.each([{ TERM: 'dumb' }, { CI: '1' }])('gives way to plain lines where %o', async (env) => {
  const { stderr } = await benchOnTerminal(env);
  expect(stderr).not.toContain('\u001b');
  expect(stderr).toMatch(/^1\/1 \(100\.0 %\)/m);
});
