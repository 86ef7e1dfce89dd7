import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatPolicy, makePolicy, parsePolicy } from '../../index.ts';
import { arb, folderWith } from '../harness.test.helper.ts';

/** A strong target, and a cheap one that is as good on short requests and bad on long ones. */
function table(requests: number): string {
  const rows = Array.from({ length: requests }, (_, i) => {
    const long = i % 4 === 0;
    const common = {
      request_id: `r-${i}`,
      task: i % 2 ? 'chat' : 'code',
      input_tokens: long ? 5_000 + i : 100 + i,
    };
    const strong = { ...common, target: 'strong', cost_usd: 0.01, quality: i % 10 === 3 ? 0 : 1 };
    const cheap = {
      ...common,
      target: 'cheap',
      cost_usd: 0.001,
      quality: long || i % 10 === 3 ? 0 : 1,
    };
    return [strong, cheap];
  });
  return rows
    .flat()
    .map((row) => JSON.stringify(row))
    .join('\n');
}

const decide = (folder: string, ...args: string[]) =>
  arb(['recommend', '--outcomes', join(folder, 't.jsonl'), ...args]);

it('prints a valid certified policy on stdout and its case on stderr', async () => {
  const folder = folderWith({ 't.jsonl': table(800) });
  const summary = join(folder, 'summary.json');
  const ran = await decide(
    folder,
    '--by',
    'input_tokens',
    '--floor',
    'best-0.02',
    '--no-shares',
    '--summary',
    summary,
  );
  expect(ran.code).toBe(0);
  const policy = parsePolicy(ran.stdout, 'stdout');
  expect(policy.status).toBe('certified');
  expect(policy.rules.map((rule) => rule.use)).toEqual(['strong', 'cheap']);
  expect(ran.stderr).toMatch(/certificate: PASS: quality within 0\.02 of strong/);
  const figures = JSON.parse(readFileSync(summary, 'utf8'));
  expect(figures).toMatchObject({
    best_single: { target: 'strong', cost_usd: 0.01 },
    // A quarter is long; 16 of the long 200 may be wrong at two points of 800.
    in_sample: { saving: expect.closeTo(1 - 0.00307 / 0.01, 6) },
    bound: { gap: 0 },
    optimal: true,
    class: expect.stringContaining('1 threshold'),
  });
  expect(figures.rules).toEqual(policy.rules);
});

it('keeps a target out of a task where its costs are not known, and says the field everywhere', async () => {
  const rows = table(800)
    .split('\n')
    .map((line, at) => {
      const row = JSON.parse(line);
      const isOpen = row.target === 'cheap' && row.task === 'chat' && at % 20 === 3;
      return JSON.stringify(isOpen ? { ...row, cost_unknown: 'server_tool_use.images' } : row);
    });
  const folder = folderWith({ 't.jsonl': rows.join('\n') });
  const summary = join(folder, 'summary.json');
  const asked = ['--by', 'task,input_tokens', '--floor', 'best-0.02', '--no-shares'];
  const ran = await decide(folder, ...asked, '--summary', summary);
  const said =
    /the cost of cheap is not known on \d+ of 400 requests of task=chat \(server_tool_use\.images\): above 2 %, so it is not eligible there/;
  expect(ran.stderr).toMatch(said);
  const policy = parsePolicy(ran.stdout, 'stdout');
  expect(policy.rules.map(({ when, use }) => [when?.task, use])).not.toContainEqual([
    ['chat'],
    'cheap',
  ]);
  expect(policy.evidence?.cost_unknown).toEqual([expect.stringMatching(said)]);
  const { findings } = JSON.parse(readFileSync(summary, 'utf8'));
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: 'cost-unknown', about: 'cheap' }),
  );
  const json = await decide(folder, ...asked, '--json');
  expect(JSON.parse(json.stdout).evidence.cost_unknown).toHaveLength(1);
});

it('keeps what is there where too few requests decide, with exit code 4 and a policy all the same', async () => {
  const folder = folderWith({ 't.jsonl': table(30) });
  const ran = await decide(folder, '--by', 'task', '--floor', 'best-0.02');
  expect(ran.code).toBe(4);
  expect(parsePolicy(ran.stdout, 'stdout').status).toBe('keep-current');
  expect(ran.stderr).toMatch(/\d+ requests .*would settle it/);
});

it('says no with exit code 1 where no policy meets the floor, and names the nearest', async () => {
  const folder = folderWith({ 't.jsonl': table(200) });
  const ran = await decide(folder, '--floor', '0.99');
  expect(ran.code).toBe(1);
  expect(parsePolicy(ran.stdout, 'stdout').status).toBe('keep-current');
  expect(ran.stderr).toMatch(/infeasible: .*0\.9/);
});

it('writes with --out atomically and leaves stdout alone; --json is the policy as JSON', async () => {
  const folder = folderWith({ 't.jsonl': table(800) });
  const out = join(folder, 'routes.yaml');
  const ran = await decide(folder, '--by', 'input_tokens', '--out', out);
  expect(ran.stdout).toBe('');
  expect(existsSync(out)).toBe(true);
  const json = await decide(folder, '--by', 'input_tokens', '--json');
  expect(JSON.parse(json.stdout)).toEqual(parsePolicy(readFileSync(out, 'utf8'), out));
});

it('prints nothing on stdout for bad rows, and names their line', async () => {
  const folder = folderWith({ 't.jsonl': `${table(3)}\n{"request_id":"x"}` });
  const ran = await decide(folder);
  expect(ran.code).toBe(2);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toMatch(/t\.jsonl:7: .*target/);
});

it('checks any policy on any table: holds, breaks, or too few requests to say', async () => {
  const rule = (lt: number) => [
    { name: 'short', when: { input_tokens: { lt } }, use: 'cheap' },
    { name: 'otherwise', use: 'strong' },
  ];
  const policy = (lt: number) =>
    formatPolicy(
      makePolicy({
        status: 'uncertified',
        features: {},
        targets: { cheap: {}, strong: {} },
        rules: rule(lt),
      }),
    );
  const folder = folderWith({
    'good.yaml': policy(4_000),
    'bad.yaml': policy(9_000),
    't.jsonl': table(800),
    'few.jsonl': table(40),
  });
  const check = (routes: string, outcomes: string) =>
    arb([
      'check',
      join(folder, routes),
      '--outcomes',
      join(folder, outcomes),
      '--floor',
      'best-0.02',
    ]);
  expect((await check('good.yaml', 't.jsonl')).code).toBe(0);
  expect((await check('bad.yaml', 't.jsonl')).code).toBe(1);
  expect((await check('good.yaml', 'few.jsonl')).code).toBe(4);
});

it('exports what it recommends only with what a gateway needs of each target', async () => {
  const folder = folderWith({ 't.jsonl': table(800) });
  const out = join(folder, 'routes.yaml');
  await decide(folder, '--by', 'input_tokens', '--out', out);
  const ran = await arb(['export', out, '--to', 'portkey']);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/cheap|strong/);
});

it('routes a request and says why', async () => {
  const ran = await arb([
    'route',
    'fixtures/contract/routes.yaml',
    '{"task":"chat","prompt":"Hi"}',
  ]);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('target    sonnet');
  expect(ran.stdout).toContain('no      short-summaries: task is summarize: no, it is chat');
});
