import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Arbitrage } from '../../index.ts';
import { parseMarket } from '../../sim/market/market.ts';
import { startMarket } from '../../sim/server/server.ts';
import { arb, folderWith, type Ran } from '../harness.test.helper.ts';

/** One model direct, through an honest broker, and through one that serves something else. */
const market = parseMarket(
  `
targets:
  direct: &m {model: m, weights: w, price: {input: 1, output: 1}, ttft: 5, output_tokens: {default: 3}, accuracy: {default: 0.95}}
  honest: {<<: *m, model: v/m, added_ms: 60, wire: {served_by: Host One}}
  standin: {<<: *m, model: other-name, accuracy: {default: 0.95, by_task: {code: 0.7}}}
`,
  'market',
);
const workload = Array.from({ length: 240 }, (_, i) =>
  JSON.stringify({
    ...{ id: `r-${i}`, task: i % 2 === 0 ? 'chat' : 'code' },
    ...{ prompt: `Number ${i}?`, expect: { number: i } },
  }),
).join('\n');

let ran: Ran;
let run: string;
const fileIn = (name: string) => readFileSync(join(run, name), 'utf8');

beforeAll(async () => {
  const file = join(folderWith({ 'w.jsonl': workload }), 'w.jsonl');
  const sim = await startMarket({ market, workload: file, port: 0 });
  const target = (name: string, rest: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${sim.url}/${name}/v1", price: {input: 1, output: 1}, ${rest}}`;
  const folder = folderWith({
    'arb.yaml': [
      'targets:',
      target('direct', 'model: m'),
      target('honest', 'model: v/m, via: broker, fee_percent: 5, usd_per_month: 20'),
      target('standin', 'model: other-name, via: shop, same_as: direct'),
      'load: {concurrency: 4}',
    ].join('\n'),
  });
  run = join(folder, 'run');
  const config = ['--config', join(folder, 'arb.yaml'), '--out', run];
  ran = await arb(['bench', file, ...config]);
  await sim.close();
});

it('prints the routes of a model side by side, and calls the odd one out', () => {
  expect(ran.stderr).not.toContain('bug');
  expect(ran.stdout).toContain('routes to m\n');
  expect(ran.stdout).toMatch(/honest +broker +1, 1 +5 % +20 .*0\.0 \(.*Host One 240/);
  expect(ran.stdout).toMatch(/honest +\d+ ms +\+\d+ ms \(\+\d+ ms to \+\d+ ms\)/);
  expect(ran.stdout).toMatch(
    /CALLED OUT: standin is worse than direct on code: -\d+\.\d \(-.* worse on \d+ of \d+/,
  );
  expect(ran.stdout).not.toMatch(/CALLED OUT: honest/);
});

it('keeps them in the summary, and as columns of its table', () => {
  const { arbitrage, targets } = JSON.parse(fileIn('summary.json')) as {
    arbitrage: Arbitrage;
    targets: { target: string; route: object }[];
  };
  const [model] = arbitrage.models;
  expect(model).toMatchObject({ model: 'm', reference: 'direct' });
  const called = model?.routes.filter((route) => route.called_out.length > 0);
  expect(called?.map(({ target }) => target)).toEqual(['standin']);
  expect(targets.find(({ target }) => target === 'honest')?.route).toMatchObject({
    ...{ model: 'm', via: 'broker', fee_percent: 5, usd_per_month: 20 },
    ...{ quality_difference: 0, called_out: '', served_by: 'Host One 240' },
  });
  const [header = '', ...lines] = fileIn('summary.csv').trim().split('\n');
  const columns = header.split(',');
  const cell = (line = '', name = '') => line.split(',')[columns.indexOf(name)];
  const standin = lines.find((line) => line.startsWith('standin'));
  expect(cell(standin, 'called_out')).toContain('code');
  expect(Number(cell(standin, 'quality_difference'))).toBeLessThan(-0.05);
  expect(cell(lines[0], 'ttft_overhead_p50_ms')).toBe('');
});

it('is shown again with the recommendation, by any further look at the run', async () => {
  const again = await arb(['recommend', run, '--no-certify', '--by', 'task']);
  expect(again.stderr).toContain('CALLED OUT: standin');
  expect(again.stderr).toContain('Host One 240');
});

it('writes into the evidence of a policy what was really in flight at each target', async () => {
  const flags = ['--no-certify', '--floor', 'best-0.02', '--json'];
  const { stdout } = await arb(['recommend', run, ...flags]);
  const { concurrency, in_flight } = JSON.parse(stdout).evidence.load;
  const manifest = JSON.parse(fileIn('manifest.json'));
  expect(concurrency).toBe(4);
  expect(Object.keys(in_flight)).toEqual(['direct', 'honest', 'standin']);
  for (const [target, { mean, max }] of Object.entries<{ mean: number; max: number }>(in_flight)) {
    expect(max).toBe(manifest.in_flight[target].max);
    expect(mean).toBeCloseTo(manifest.in_flight[target].mean, 1);
    expect(max).toBeLessThanOrEqual(4);
  }
});
