import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../index.ts';
import { parseMarket } from '../sim/market/market.ts';
import { startMarket } from '../sim/server/server.ts';
import { arb, codeOfBench, folderWith } from './harness.test.helper.ts';

const target = (accuracy: number) =>
  `{model: m, price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 12}, accuracy: {default: ${accuracy}}}`;
const judge = (name: string, model: string) =>
  `  ${name}: {model: ${model}, price: {input: 2, output: 8}, ttft: 1, output_tokens: {default: 20}, accuracy: {default: 1}, judge: {accuracy: 1, ties: 1}}`;

const requests = 24;
const workload = Array.from({ length: requests }, (_, i) => {
  const answer = `The parcel number ${i} is in depot ${i * 7}, shelf ${i + 3}, and leaves on Friday.`;
  return JSON.stringify({
    id: `r-${i}`,
    task: 'chat',
    prompt: `Where is parcel ${i}?`,
    recorded: { target: 'old', answer, cost_usd: 0.01 },
  });
}).join('\n');

let market: Awaited<ReturnType<typeof startMarket>>;
let folder: string;
let run: string;

beforeAll(async () => {
  folder = folderWith({ 'w.jsonl': workload });
  const file = join(folder, 'w.jsonl');
  const text = `targets:\n  good: ${target(1)}\n  bad: ${target(0.3)}\n${judge('judge-a', 'ja')}\n${judge('judge-b', 'jb')}\n${judge('mumbler', 'mu').replace('ties: 1', 'unreadable: 1')}\n`;
  market = await startMarket({ market: parseMarket(text, 'market'), workload: file, port: 0 });
  const entry = (name: string, model: string, more: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${market.url}/${name}/v1", model: ${model}, price: {input: 2, output: 8}${more}}`;
  const config = [
    'targets:',
    entry('good', 'm', ', maker: x'),
    entry('bad', 'm', ', maker: y'),
    entry('judge-a', 'ja', ', maker: z, role: judge'),
    entry('judge-b', 'jb', ', maker: w, role: judge'),
    entry('mumbler', 'mu', ', maker: v, role: judge'),
    entry('kin', 'ja', ', maker: x, role: judge'),
    'quality: {baseline: recorded, judges: [judge-a, judge-b]}',
  ];
  writeFileSync(join(folder, 'arb.yaml'), config.join('\n'));
  run = join(folder, 'run');
});

afterAll(() => market.close());

const withConfig = () => ['--config', join(folder, 'arb.yaml')];

it('is rehearsed on a workload that holds nothing but prompts and references', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => ({
    id: `r-${i}`,
    prompt: `Say what is in box ${i}. Answer A, B, C or D.`,
    ...(i % 2 === 0 && { expect: { reference: `The answer is ${'ABCD'[i % 4]}` } }),
  }));
  const place = folderWith({ 'w.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') });
  const [file, config] = [join(place, 'w.jsonl'), join(place, 'arb.yaml')];
  const judges = ['judge-a', 'judge-b'].map((name) =>
    judge(name, name).replace('{accuracy: 1, ties: 1}', '{accuracy: 0.95}'),
  );
  const text = `targets:\n  good: ${target(0.96)}\n  bad: ${target(0.4)}\n${judges.join('\n')}\n`;
  const own = await startMarket({ market: parseMarket(text, 'market'), workload: file, port: 0 });
  const entry = (name: string, model: string, more: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${own.url}/${name}/v1", model: ${model}, maker: ${name}, price: {input: 1, output: 1}${more}}\n`;
  const rest = `quality: {baseline: good, judges: [judge-a, judge-b]}\n`;
  const role = ', role: judge';
  writeFileSync(
    config,
    `targets:\n${entry('good', 'm', '')}${entry('bad', 'm', '')}${entry('judge-a', 'judge-a', role)}${entry('judge-b', 'judge-b', role)}${rest}`,
  );
  const out = join(place, 'run');
  const ran = await arb(['bench', file, '--config', config, '--out', out]);
  await own.close();
  expect(ran.stdout).not.toContain('NOT JUDGED');
  expect(ran.stdout).toMatch(/ by judges .*, 0 not decided/);
  const { targets } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
  const [good, bad] = targets.map((each: { quality: { mean: number } }) => each.quality.mean);
  expect(good).toBeGreaterThan(bad + 0.15);
});

it('that its budget stops within a bench ends with 3, says how to go on, and goes on', async () => {
  const place = folderWith({ 'arb.yaml': readFileSync(join(folder, 'arb.yaml'), 'utf8') });
  const config = join(place, 'arb.yaml');
  const out = join(place, 'run');
  const bench = ['bench', join(folder, 'w.jsonl'), '--config', config, '--out', out];
  const ran = await arb([...bench, '--max-usd', '0.08']);
  expect([ran.code, ran.stdout]).toEqual([3, expect.stringContaining('stopped early: budget')]);
  expect(ran.stdout).toContain('its judging was stopped: budget; raise budget.max_usd, then');
  expect(ran.stdout).toMatch(/next: arb bench .* --resume/);
  const judged = await arb(['judge', out, '--config', config, '--max-usd', '0.00001']);
  expect(judged.code).toBe(3);
  expect(judged.stdout).toContain(`next: arb judge ${out} --config ${config}`);
  const more = await arb([...bench, '--resume']);
  expect([codeOfBench(more), more.stdout]).toEqual([0, expect.stringContaining(' 0 not decided')]);
});

it('is refused before the targets are paid where a judge has no key', async () => {
  const text = readFileSync(join(folder, 'arb.yaml'), 'utf8');
  const place = folderWith({
    'arb.yaml': text.replace('model: ja,', 'model: ja, api_key_env: NO_KEY,'),
  });
  const out = join(place, 'run');
  const ran = await arb([
    ...['bench', join(folder, 'w.jsonl'), '--config', join(place, 'arb.yaml'), '--out', out],
  ]);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('NO_KEY is not set')]);
  expect(existsSync(out)).toBe(false);
});

describe('judging from the command line', () => {
  it('judges after the bench what no check could, and pays for it on a line of its own', async () => {
    const ran = await arb(['bench', join(folder, 'w.jsonl'), ...withConfig(), '--out', run]);
    expect(ran.stderr).not.toContain('bug');
    expect(codeOfBench(ran)).toBe(0);
    expect(ran.stdout).toMatch(/judging: \d+ calls, 0 known from before, cost \$0\.\d+/);
    const summary = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));
    const quality = (name: string) =>
      summary.targets.find((each: { target: string }) => each.target === name).quality.mean;
    expect(quality('good')).toBeGreaterThan(quality('bad') + 0.2);
    expect(summary.judging.cost.cost_usd).toBeGreaterThan(0);
    const rows = readFileSync(join(run, 'outcomes.jsonl'), 'utf8').trim().split('\n').slice(1);
    const kinds = new Set(rows.map((row) => (JSON.parse(row) as Outcome).quality_kind));
    expect(kinds).toEqual(new Set(['pairwise']));
  });

  it('asks nothing again when nothing has changed', async () => {
    const ran = await arb(['judge', run, ...withConfig()]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/judging: 0 calls, \d+ known from before, cost \$0/);
  });

  it('takes blinded labels from a sheet and corrects the judges by them', async () => {
    const sheet = join(folder, 'sheet.csv');
    const wrote = await arb(['label', run, ...withConfig(), '--count', '12', '--sheet', sheet]);
    expect(wrote.stdout).toMatch(/wrote \d+ answers/);
    const text = readFileSync(sheet, 'utf8');
    expect(text).not.toMatch(/good|bad/);
    const filled = text.replaceAll(/,\n/g, ',tie\n');
    writeFileSync(sheet, filled);
    const read = await arb(['label', run, ...withConfig(), '--read', sheet, '--by', 'jo']);
    expect(read.stdout).toMatch(/kept \d+ labels/);
    const again = await arb(['judge', run, ...withConfig()]);
    expect(again.stdout).toContain('corrected by people (pairwise)');
  });

  it('refuses a judge that is not among the targets, and a workload that is another one', async () => {
    const unknown = await arb(['judge', run, ...withConfig(), '--judges', 'nobody']);
    expect(unknown.stderr).toMatch(/no target is named "nobody"/);
    expect(unknown.code).toBe(2);
    const other = join(folderWith({ 'o.jsonl': '{"prompt":"x"}' }), 'o.jsonl');
    const wrong = await arb(['judge', run, ...withConfig(), '--workload', other]);
    expect(wrong.stderr).toMatch(/is not the workload this run was made with/);
    expect(wrong.code).toBe(2);
  });

  it('stops after the probes of a judge that cannot be read, and keeps what the bench measured', async () => {
    const config = readFileSync(join(folder, 'arb.yaml'), 'utf8');
    const other = join(folder, 'mumbler.yaml');
    writeFileSync(other, config.replace('[judge-a, judge-b]', '[mumbler]'));
    const dir = join(folder, 'mumbled');
    const ran = await arb(['bench', join(folder, 'w.jsonl'), '--config', other, '--out', dir]);
    expect(ran.code).toBe(2);
    expect(ran.stdout).toMatch(/^good +24 /m);
    expect(ran.stdout).toMatch(
      /NOT JUDGED: judge "mumbler" is refused: \d+ of \d+ probe replies could not be read/,
    );
    expect(ran.stdout).toContain(`next: arb judge ${dir}`);
    const { state } = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    expect(state).toBe('complete');
    const votes = readFileSync(join(dir, 'votes.jsonl'), 'utf8').trim().split('\n').length - 1;
    expect(votes).toBeLessThan(100);
    const judged = await arb(['judge', dir, ...withConfig()]);
    expect(judged.code).toBe(0);
  });

  it('refuses judges of the makers they would judge before anything is sent', async () => {
    const ran = await arb(['judge', run, ...withConfig(), '--judges', 'kin', '--baseline', 'good']);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/judges kin \(x\): a judge does not judge .* Nothing was sent/);
  });

  it('says that a judge is missing where none is named', async () => {
    const bare = join(folder, 'bare.yaml');
    const config = readFileSync(join(folder, 'arb.yaml'), 'utf8');
    writeFileSync(bare, config.replace(', judges: [judge-a, judge-b]', ''));
    const ran = await arb(['judge', run, '--config', bare]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/no judge is named\. Add targets with role: judge/);
  });
});
