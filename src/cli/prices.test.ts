import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Attempt, Manifest } from '../index.ts';
import { parseMarket } from '../sim/market/market.ts';
import { startMarket } from '../sim/server/server.ts';
import { arb, folderWith } from './harness.test.helper.ts';

const market = parseMarket(
  `
targets:
  direct: {model: m, price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 5}, accuracy: {default: 1}, cached_share: 0.5}
  broker: {model: v/m, price: {input: 2, output: 2}, report_cost: true, ttft: 1, output_tokens: {default: 5}, accuracy: {default: 1}}
`,
  'market',
);
const requests = 30;
const workload = Array.from({ length: requests }, (_, i) =>
  JSON.stringify({ id: `r-${i}`, task: 'chat', prompt: `Number ${i}?`, expect: { number: i } }),
).join('\n');

let folder: string;
let run: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  const sim = await startMarket({ market, port: 0 });
  const target = (name: string, rest: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${sim.url}/${name}/v1", ${rest}}`;
  folder = folderWith({
    'w.jsonl': workload,
    'arb.yaml': [
      'targets:',
      target('direct', 'model: m, price: {input: 1, output: 1, cached_input: 0.5}'),
      // Its price here is not what it charges.
      target('broker', 'model: v/m, price: {input: 1.5, output: 1.5}, fee_percent: 10'),
    ].join('\n'),
  });
  run = at('run');
  await arb(['bench', at('w.jsonl'), '--config', at('arb.yaml'), '--out', run]);
  await sim.close();
});

const attemptsOf = (target: string): Attempt[] =>
  readFileSync(join(run, 'attempts.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as Attempt)
    .filter((attempt) => attempt.target === target);

async function decided(...args: string[]) {
  const summary = at('decided.json');
  const ran = await arb([
    ...['recommend', ...args, '--no-certify', '--by', 'task'],
    ...['--floor', 'best-0.02', '--summary', summary, '--out', at('routes.yaml')],
  ]);
  expect(ran.stderr).not.toContain('bug');
  expect(ran.code).toBe(0);
  return { ...ran, ...JSON.parse(readFileSync(summary, 'utf8')) };
}

describe('a finished run at other prices', () => {
  it('is decided anew without a call, by the usage of every attempt', async () => {
    const before = await decided(run);
    expect(before.rules).toMatchObject([{ use: 'direct' }]);
    const prices = { direct: { input: 10, output: 10, cached_input: 5 } };
    writeFileSync(at('new.json'), JSON.stringify({ date: '2026-11-21', prices }));
    const after = await decided(run, '--prices', at('new.json'));
    expect(after.rules).toMatchObject([{ use: 'broker' }]);
    expect(after.stderr).toContain(`new.json of 2026-11-21: direct (${requests}) priced again`);
    expect(after.stderr).toContain(`not in that list, at the cost on file: broker (${requests})`);
    expect(readFileSync(at('routes.yaml'), 'utf8')).toContain('new.json of 2026-11-21');
  });

  it('is priced by tokens where the provider had reported a cost', async () => {
    const prices = { 'v/m': { input: 0.1, output: 0.2 } };
    writeFileSync(at('less.json'), JSON.stringify({ prices }));
    const after = await decided(run, '--prices', at('less.json'));
    const attempts = attemptsOf('broker');
    expect(new Set(attempts.map(({ cost_source }) => cost_source))).toEqual(new Set(['reported']));
    const tokens = attempts.reduce(
      (sum, each) => sum + 0.1 * (each.billed_input_tokens ?? 0) + 0.2 * (each.output_tokens ?? 0),
      0,
    );
    expect(after.rules).toMatchObject([{ use: 'broker' }]);
    // The aggregator's fee of 10 % comes on top of any price.
    expect(after.in_sample.cost_usd).toBeCloseTo((1.1 * tokens) / 1e6 / requests, 9);
  });

  it('costs what it did where the list says what was paid', async () => {
    const before = await decided(run, '--config', at('arb.yaml'));
    const same = await decided(run, '--prices', run);
    expect(same.in_sample.cost_usd).toBeCloseTo(before.in_sample.cost_usd, 12);
    expect(same.stderr).toContain('broker (30), direct (30) priced again');
  });

  it('may be anybody’s table, priced by its billed tokens or its usage', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      {
        request_id: `r-${i}`,
        target: 'a',
        cost_usd: 1,
        quality: 1,
        billed_input_tokens: 1_000,
        output_tokens: 100,
      },
      {
        request_id: `r-${i}`,
        target: 'b',
        cost_usd: 2,
        quality: 1,
        usage: {
          prompt_tokens: 1_000,
          completion_tokens: 100,
          prompt_tokens_details: { cached_tokens: 500 },
        },
      },
    ]).flat();
    writeFileSync(at('t.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const prices = { a: { input: 10, output: 10 }, b: { input: 2, output: 2, cached_input: 1 } };
    writeFileSync(at('list.json'), JSON.stringify({ prices }));
    const after = await decided('--outcomes', at('t.jsonl'), '--prices', at('list.json'));
    // 500 x 2 + 500 x 1 + 100 x 2 = 1,700 millionths
    expect(after.in_sample.cost_usd).toBeCloseTo(0.0017, 12);
  });

  it('is checked at them too', async () => {
    writeFileSync(at('zero.json'), JSON.stringify({ prices: { direct: { input: 0, output: 0 } } }));
    await decided(run);
    const asked = ['check', at('routes.yaml'), run, '--prices', at('zero.json'), '--json'];
    const ran = await arb([...asked, '--baseline', 'broker', '--floor', 'baseline-0.1']);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      policy: { cost_usd: 0 },
      saving: { estimate: 1 },
    });
  });
});

describe('the summary of a run', () => {
  it('lists what was reported and is not what tokens and prices make', () => {
    const { mismatches, targets } = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));
    const [found, ...others] = mismatches;
    expect(found).toMatchObject({ target: 'broker', attempts: requests });
    expect(others).toEqual([]);
    // The market charges 2 where arb.yaml says 1.5; the aggregator's 10 % are on both.
    expect(found.reported_usd / found.computed_usd).toBeCloseTo(2 / 1.5, 3);
    const broker = targets.find(({ target }: { target: string }) => target === 'broker');
    expect(broker.cost.total_usd).toBeCloseTo(found.reported_usd, 12);
    expect(broker.cost.by_source.reported).toBeCloseTo(found.reported_usd, 12);
  });
});

describe('arb prices', () => {
  it('shows the price, who says it and what a list says beside it', async () => {
    const ran = await arb(['prices', '--config', at('arb.yaml'), '--list', at('less.json')]);
    expect(ran.stdout).toMatch(
      /broker +v\/m +1\.5 +1\.5 .*arb\.yaml +10 % .*0\.1 +0\.2 +-93\.3 % \/ -86\.7 %/,
    );
    expect(ran.stdout).toMatch(/catalogue: .* of \d{4}-\d{2}-\d{2}/);
    expect(ran.stdout).toMatch(/\nnext: arb recommend RUN --prices \S+less\.json\n$/);
    const alone = await arb(['prices', '--config', at('arb.yaml')]);
    expect(alone.stdout).toMatch(/\nnext: arb inspect WORKLOAD\n$/);
  });

  it('prints for machines what it reads as a list', async () => {
    const printed = await arb(['prices', '--config', at('arb.yaml'), '--json']);
    writeFileSync(at('today.json'), printed.stdout);
    const same = await arb(['prices', 'diff', at('today.json'), '--config', at('arb.yaml')]);
    expect(same.stdout).toContain('no price changed');
    expect(same.code).toBe(0);
    const { prices } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as Manifest;
    expect(JSON.parse(printed.stdout).prices).toEqual(prices.by_target);
  });

  it('says what changed, and reads a list from an address', async () => {
    const served = createServer((_, response) => response.end(readFileSync(at('new.json'))));
    await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(served.address() as AddressInfo).port}/models`;
    const ran = await arb(['prices', 'diff', run, url]);
    served.close();
    expect(ran.stdout).toMatch(/direct +changed +1 > 10 \(\+900\.0 %\)/);
    expect(ran.stdout).toMatch(/broker +gone/);
    expect(ran.code).toBe(1);
  });

  it.each([
    [['prices', '--list', 'nowhere.json'], /nowhere\.json: there is no such file/],
    [['prices', 'diff', 'nowhere.json'], /nowhere\.json: there is no such file/],
  ])('arb %j is refused with the next step', async (args, message) => {
    const ran = await arb([...args, '--config', at('arb.yaml')]);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(2);
  });
});
