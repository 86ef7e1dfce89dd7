import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatPolicy, makePolicy, parsePolicy } from '../index.ts';
import { arb, folderWith, type Ran } from './harness.test.helper.ts';

/** `both` is as good as `home` and costs a tenth, but may be served in the US too. */
const names = ['home', 'both'] as const;
const rows = Array.from({ length: 600 }, (_, at) =>
  names.map((target) => ({
    request_id: `r-${at}`,
    target,
    cost_usd: target === 'home' ? 0.01 : 0.001,
    quality: at % 10 === 3 ? 0 : 1,
    features: { 'metadata.region': 'eu', input_tokens: 10 },
  })),
);
const regions = { home: ['eu'], both: ['eu', 'us'] } as const;
const config = [
  'defaults: {retries: {max: 0}}',
  'targets:',
  ...names.map(
    (name) =>
      `  ${name}: {provider: openai-compatible, base_url: "http://127.0.0.1:1/${name}/v1", model: ${name}, region: [${regions[name]}], price: {input: 1, output: 1}}`,
  ),
  'constraints: {residency: [{when: {metadata.region: [eu]}, regions: [eu]}]}',
];
const bound = makePolicy({
  status: 'uncertified',
  features: {},
  targets: Object.fromEntries(
    names.map((name) => [
      name,
      {
        provider: 'openai-compatible',
        model: name,
        base_url: `http://127.0.0.1:1/${name}/v1`,
        regions: [...regions[name]],
      },
    ]),
  ),
  rules: [
    {
      name: 'eu',
      when: { 'metadata.region': ['eu'] },
      require: { regions: ['eu'] },
      use: 'home',
      fallback: ['both'],
    },
    { name: 'otherwise', use: 'home' },
  ],
});

let folder: string;
const at = (name: string) => join(folder, name);
const bring = (...args: string[]): Promise<Ran> => arb([...args]);

beforeAll(() => {
  folder = folderWith({
    'arb.yaml': config.join('\n'),
    'rows.jsonl': rows
      .flat()
      .map((row) => JSON.stringify(row))
      .join('\n'),
    'w.jsonl': JSON.stringify({ prompt: 'Hi', metadata: { region: 'eu' } }),
    'routes.yaml': formatPolicy(bound),
  });
});

describe('a target that may be served in the EU and in the US is refused for data of the EU', () => {
  it('by bench, which sends it nothing', async () => {
    await bring('bench', at('w.jsonl'), '--config', at('arb.yaml'), '--out', at('run'));
    const outcomes = readFileSync(join(at('run'), 'outcomes.jsonl'), 'utf8');
    const both = outcomes.split('\n').filter((line) => line.includes('"target":"both"'));
    expect(both).toHaveLength(1);
    expect(JSON.parse(both[0] ?? '')).toMatchObject({
      status: 'skipped',
      reason: 'it may be served in us, and must be in eu',
    });
  });

  it('by recommend, which leaves it out of the rule however cheap it is', async () => {
    const args = ['--config', at('arb.yaml'), '--outcomes', at('rows.jsonl')];
    const ran = await bring('recommend', ...args, '--by', 'input_tokens', '--no-certify');
    const policy = parsePolicy(ran.stdout, 'stdout');
    const [eu] = policy.rules;
    expect(eu).toMatchObject({ require: { regions: ['eu'] }, use: 'home', fallback: [] });
  });

  it('by check, which counts the requests that may reach it', async () => {
    const args = ['--config', at('arb.yaml'), '--outcomes', at('rows.jsonl')];
    const ran = await bring('check', at('routes.yaml'), ...args);
    expect(`${ran.stdout}${ran.stderr}`).toContain(
      '600 requests: rule eu may send them to both, outside their regions',
    );
  });

  const refusal = /rule eu requires eu, but both is not said to be only there/;

  it('by export', async () => {
    const ran = await bring('export', at('routes.yaml'), '--to', 'portkey');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(refusal) });
  });

  it.each([
    ['by verify', []],
    ['by the drill', ['--drill', 'http://127.0.0.1:1']],
  ])('%s', async (_, more) => {
    const args = ['--gateway', 'http://127.0.0.1:1', '--kind', 'portkey'];
    const ran = await bring(
      'verify',
      at('routes.yaml'),
      ...args,
      '--workload',
      at('w.jsonl'),
      ...more,
    );
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(refusal) });
  });
});
