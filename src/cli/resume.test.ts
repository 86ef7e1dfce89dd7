import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AuditRow, Outcome } from '../index.ts';
import { parseMarket } from '../sim/market/market.ts';
import { startMarket } from '../sim/server/server.ts';
import { arb, codeOfBench, folderWith } from './harness.test.helper.ts';

const market = parseMarket(
  `
targets:
  a: {model: m, price: {input: 100, output: 100}, ttft: 20, output_tokens: {default: 5}, accuracy: {default: 1}}
  b: {model: m, price: {input: 100, output: 100}, ttft: 30, output_tokens: {default: 5}, accuracy: {default: 1}}
`,
  'market.yaml',
);

const requests = 40;
const workload = Array.from({ length: requests }, (_, i) =>
  JSON.stringify({ id: `r-${i}`, task: 'chat', prompt: `Number ${i}?`, expect: { number: i } }),
).join('\n');

function rowsOf<Row>(dir: string, name: string): Row[] {
  const lines = readFileSync(join(dir, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return lines.map((line) => JSON.parse(line) as Row);
}

interface TargetB {
  readonly model?: string;
  readonly price?: number;
  readonly limits?: string;
}

const targetB = (url: string, { model = 'm', price = 100, limits = '{}' }: TargetB) =>
  `  b: {provider: openai-compatible, base_url: "${url}/b/v1", model: ${model}, price: {input: ${price}, output: 100}, limits: ${limits}}`;

async function market2({ model = 'm', price = 100 } = {}) {
  const audit: AuditRow[] = [];
  const sim = await startMarket({ market, port: 0, onAudit: (row) => audit.push(row) });
  const folder = folderWith({
    'w.jsonl': workload,
    'arb.yaml': `
targets:
  a: {provider: openai-compatible, base_url: "${sim.url}/a/v1", model: m, price: {input: 100, output: 100}}
${targetB(sim.url, { model, price })}
load: {concurrency: 2}
`,
  });
  const args = ['bench', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')];
  const setB = (now: TargetB) => {
    const file = join(folder, 'arb.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/^ {2}b: .*$/m, targetB(sim.url, now)));
  };
  return {
    audit,
    sim,
    setB,
    run: join(folder, 'run'),
    args: [...args, '--out', join(folder, 'run')],
  };
}

it('drains at the first interrupt, and a resumed run asks nothing twice and misses nothing', async () => {
  const { audit, sim, run, args } = await market2();
  const first = await arb(args, { interruptWhen: () => audit.length >= 10 });
  expect(first.code).toBe(130);
  expect(first.stdout).toMatch(/\nnext: arb bench .* --resume\n/);
  const before = rowsOf<Outcome>(run, 'outcomes').length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(2 * requests);
  const second = await arb([...args, '--resume']);
  await sim.close();
  expect(codeOfBench(second)).toBe(0);
  expect(second.stderr).toContain(`${before} are done and not asked again`);
  const outcomes = rowsOf<Outcome>(run, 'outcomes');
  const cells = new Set(outcomes.map((row) => `${row.target}/${row.request_id}`));
  expect(outcomes).toHaveLength(2 * requests);
  expect(cells.size).toBe(2 * requests);
  const asked = audit.map(
    (row) => `${row.target}/${decodeURIComponent(row.client_request ?? '').split('/')[0]}`,
  );
  expect(asked).toHaveLength(2 * requests);
  expect(new Set(asked)).toEqual(cells);
  const spent = outcomes.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
  expect(spent).toBeCloseTo(sim.bill().total_usd, 9);
  const summary = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));
  expect(summary.targets.map((t: { requests: number }) => t.requests)).toEqual([
    requests,
    requests,
  ]);
});

it('stops before the budget is passed, and says how to go on', async () => {
  const { sim, run, args } = await market2();
  const ran = await arb([...args, '--max-usd', '0.05']);
  await sim.close();
  expect(ran.code).toBe(3);
  expect(ran.stdout).toMatch(/stopped at its budget/);
  expect(sim.bill().total_usd).toBeLessThanOrEqual(0.05);
  expect(rowsOf<Outcome>(run, 'outcomes').length).toBeLessThan(2 * requests);
});

it('says of a run whose budget let nothing through how to go on', async () => {
  const { sim, run, args } = await market2();
  const ran = await arb([...args, '--max-usd', '0.000001']);
  await sim.close();
  expect(ran.code).toBe(3);
  const decided = await arb(['recommend', run]);
  expect([decided.code, decided.stdout]).toEqual([2, '']);
  expect(decided.stderr).toContain('no request was asked yet (stopped). Go on with: arb bench');
});

it('takes the same seeded sample of a workload, in file order', async () => {
  const { sim, run, args } = await market2();
  const ran = await arb([...args, '--requests', '10', '--seed', '3', '--json']);
  await sim.close();
  expect(codeOfBench(ran)).toBe(0);
  expect(JSON.parse(ran.stdout).targets[0].requests).toBe(10);
  const ids = new Set(rowsOf<Outcome>(run, 'outcomes').map((row) => row.request_id));
  expect(ids.size).toBe(10);
});

it('asks only the targets that are named, and a resumed run has to name them too', async () => {
  const { sim, run, args } = await market2();
  const [first, wrong] = [
    await arb([...args, '--targets', 'b', '--max-usd', '0.05']),
    await arb([...args, '--targets', 'c']),
  ];
  expect(first.code).toBe(3);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('has no target c')]);
  const all = await arb([...args, '--resume']);
  expect([all.code, all.stderr]).toEqual([2, expect.stringContaining('give --targets b')]);
  const second = await arb([...args, '--resume', '--targets', 'b', '--max-usd', '9']);
  await sim.close();
  expect(codeOfBench(second)).toBe(0);
  const outcomes = rowsOf<Outcome>(run, 'outcomes');
  expect(new Set(outcomes.map(({ target }) => target))).toEqual(new Set(['b']));
  expect(outcomes).toHaveLength(requests);
});

it('asks all of a target again whose model name was wrong, and keeps the right one in the manifest', async () => {
  const { sim, run, args, setB } = await market2({ model: 'wrong' });
  const first = await arb([...args, '--requests', '30']);
  expect(first.stdout).toMatch(/b: 2\d bad-request, \d+ not sent/);
  expect(first.stderr).not.toMatch(/\.\. /);
  setB({ model: 'm' });
  const second = await arb([...args, '--resume']);
  await sim.close();
  expect(second.stderr).toContain('30 that never reached an answer are asked again');
  const outcomes = rowsOf<Outcome>(run, 'outcomes');
  expect(outcomes.map(({ status }) => status)).toEqual(Array(60).fill('ok'));
  const { config } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8'));
  expect(config.targets.b.model).toBe('m');
});

it('goes on with the sample that a run began with, and refuses another one', async () => {
  const { audit, sim, run, args } = await market2();
  const begun = [...args, '--requests', '20', '--seed', '5', '--passes', '2'];
  await arb(begun, { interruptWhen: () => audit.length >= 10 });
  const refused = await Promise.all([
    arb([...args, '--resume', '--requests', '21']),
    arb([...args, '--resume', '--seed', '6']),
    arb([...args, '--resume', '--passes', '1']),
  ]);
  expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
  expect(refused[0]?.stderr).toContain('the run began with --requests 20');
  const second = await arb([...args, '--resume']);
  await sim.close();
  expect(codeOfBench(second)).toBe(0);
  const outcomes = rowsOf<Outcome>(run, 'outcomes');
  expect(outcomes).toHaveLength(2 * 20 * 2);
  expect(new Set(outcomes.map(({ request_id }) => request_id)).size).toBe(20);
});

it('does not mix two models in one target, says another price, and refuses before it touches the run', async () => {
  const { audit, sim, run, args, setB } = await market2();
  await arb(args, { interruptWhen: () => audit.length >= 10 });
  const before = readFileSync(join(run, 'outcomes.jsonl'), 'utf8');
  setB({ model: 'm2' });
  const other = await arb([...args, '--resume']);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringContaining('its model was m and is m2'),
  ]);
  expect(readFileSync(join(run, 'outcomes.jsonl'), 'utf8')).toBe(before);
  setB({ price: 50, limits: '{concurrency: 1}' });
  const second = await arb([...args, '--resume', '--concurrency', '2']);
  await sim.close();
  expect(codeOfBench(second)).toBe(0);
  expect(second.stderr).toContain('warning: b: its price is not the one that the run began with');
  expect(second.stderr).toContain('warning: b: 1 in flight instead of 2, by limits.concurrency');
});

it('names the targets and the configuration in the command that completes a run of some targets', async () => {
  const { audit, sim, run, args } = await market2();
  const after = (n: number) => ({ interruptWhen: () => audit.length >= n });
  await arb([...args, '--targets', 'a,b'], after(10));
  const config = args[3] ?? '';
  const both = await arb(['recommend', run, '--config', config]);
  expect(both.stderr).toContain(`--config ${config} --out ${run} --resume`);
  writeFileSync(
    config,
    `${readFileSync(config, 'utf8')}`.replace(
      /^( {2}b: .*)$/m,
      `$1\n${targetB(sim.url, {}).replace('b:', 'c:')}`,
    ),
  );
  const other = [...args.slice(0, -1), `${run}-2`, '--targets', 'a,b'];
  await arb(other, after(audit.length + 10));
  const some = await arb(['recommend', `${run}-2`, '--config', config]);
  await sim.close();
  expect(some.stderr).toContain(`--out ${run}-2 --targets a,b --resume`);
});

it('ends with 5 where the baseline never answered, and decides nothing on it', async () => {
  const { sim, run, args, setB } = await market2({ model: 'wrong' });
  const config = args[3] ?? '';
  const text = readFileSync(config, 'utf8').replace(
    /^( {2}b: .*)$/m,
    `$1\n${targetB(sim.url, {}).replace('b:', 'c:')}`,
  );
  writeFileSync(config, `${text}quality: {baseline: b}\n`);
  const first = await arb([...args, '--requests', '30']);
  expect([first.code, first.stdout]).toEqual([5, expect.stringContaining('correct b in arb.yaml')]);
  const decided = await arb(['recommend', run, '--config', config]);
  expect([decided.code, decided.stdout]).toEqual([5, '']);
  expect(decided.stderr).toContain('the baseline b answered no request');
  setB({});
  const second = await arb([...args, '--resume']);
  await sim.close();
  expect(codeOfBench(second)).toBe(0);
});
