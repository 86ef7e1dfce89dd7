import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatPolicy, makePolicy, parsePolicy } from '../../index.ts';
import { arb, folderWith } from '../harness.test.helper.ts';
import { startGateway, type TinyGateway } from './gateway.test.helper.ts';

const target = (name: string) => ({
  provider: 'openai-compatible',
  model: `m-${name}`,
  base_url: `http://127.0.0.1:1/${name}/v1`,
});
const named = formatPolicy(
  makePolicy({
    status: 'certified',
    features: {},
    targets: { small: target('small'), large: target('large') },
    rules: [{ name: 'otherwise', use: 'small', fallback: ['large'] }],
    evidence: { verdict: 'PASS', claim: 'quality within 0.02 of recorded' },
  }),
);
const edited = named.replace('use: small', 'use: large');
const rows = Array.from({ length: 40 }, (_, at) =>
  ['small', 'large'].map((name) => ({
    request_id: `r-${at}`,
    target: name,
    cost_usd: name === 'small' ? 0.001 : 0.01,
    quality: 1,
  })),
);

let folder: string;
let gateway: TinyGateway;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = folderWith({
    'edited.yaml': edited,
    'none.yaml': named
      .replace(/id: sha256-.*/, 'id: none  # by hand')
      .replace('status: certified', 'status: uncertified')
      .replace(/^evidence:\n(?: .*\n)*/m, ''),
    'rows.jsonl': rows
      .flat()
      .map((row) => JSON.stringify(row))
      .join('\n'),
    'w.jsonl': '{"prompt":"Hi"}',
  });
  gateway = await startGateway({ chains: {}, upstream: 'http://127.0.0.1:1' });
});
afterAll(() => gateway.close());

describe('a policy that was edited after it was named is said to be', () => {
  it.each([
    ['route', () => ['route', at('edited.yaml'), '{"prompt":"Hi"}']],
    ['export', () => ['export', at('edited.yaml'), '--to', 'litellm', '--out', at('out')]],
    ['check', () => ['check', at('edited.yaml'), '--outcomes', at('rows.jsonl')]],
    [
      'recommend',
      () => [
        ...['recommend', '--outcomes', at('rows.jsonl'), '--no-certify'],
        ...['--by', 'input_tokens', '--current', at('edited.yaml')],
      ],
    ],
    [
      'verify',
      () => [
        ...['verify', at('edited.yaml'), '--gateway', gateway.url, '--kind', 'litellm'],
        ...['--workload', at('w.jsonl')],
      ],
    ],
  ])('by arb %s', async (_, args) => {
    const { stderr } = await arb(args());
    expect(stderr).toMatch(/the policy was edited after it was named sha256-/);
  });

  it('and its export carries the id of what it decides', () => {
    const hook = readFileSync(join(at('out'), 'arb_hook.py'), 'utf8');
    expect(hook).toContain(parsePolicy(edited, 'edited.yaml').id);
    expect(hook).not.toContain(parsePolicy(named, 'named.yaml').id);
  });
});

describe('arb policy id', () => {
  it('names a hand-written policy in its file, every other byte as it was', async () => {
    const before = readFileSync(at('none.yaml'), 'utf8');
    const ran = await arb(['policy', 'id', at('none.yaml'), '--write']);
    const id = parsePolicy(named, 'named.yaml').id;
    expect(ran).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(readFileSync(at('none.yaml'), 'utf8')).toBe(before.replace('id: none ', `id: ${id} `));
    expect(parsePolicy(readFileSync(at('none.yaml'), 'utf8'), 'none.yaml').edited).toBeUndefined();
  });

  it('says what a file claims and writes nothing unless told', async () => {
    const ran = await arb(['policy', 'id', at('edited.yaml')]);
    expect(ran.stderr).toMatch(/the file says sha256-/);
    expect(readFileSync(at('edited.yaml'), 'utf8')).toBe(edited);
  });
});
