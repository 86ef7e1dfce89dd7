import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { decide, pickArm } from './decide.ts';
import { explain } from './explain.ts';
import type { Policy } from './policy.ts';
import {
  formatPolicy,
  makePolicy,
  namePolicy,
  type PolicyDraft,
  parsePolicy,
  policyNotices,
} from './write.ts';
import { readYaml } from './yaml.ts';

const text = readFileSync('fixtures/contract/routes.yaml', 'utf8');
const contract = parsePolicy(text, 'routes.yaml');

const draftOf = ({ version: _, id: __, ...draft }: Policy): PolicyDraft => draft;

function refusal(edit: (text: string) => string): string {
  try {
    parsePolicy(edit(text), 'routes.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('the policy language', () => {
  it('reads the example of the contract and writes it back to the same policy', () => {
    expect(parsePolicy(formatPolicy(contract), 'again.yaml')).toEqual(contract);
  });

  it.each([
    [{ task: 'summarize', input_tokens: 3_999 }, 'short-summaries'],
    [{ task: 'summarize', input_tokens: 4_000 }, 'otherwise'],
    [{ task: 'summarize' }, 'otherwise'],
    [{ task: 'chat', input_tokens: 10 }, 'otherwise'],
    [{ task: 'summarize', input_tokens: 10, 'metadata.region': 'eu' }, 'eu'],
    [{}, 'otherwise'],
  ])('sends %j to the first rule that matches, %s', (features, rule) => {
    expect(decide(contract, features).rule).toBe(rule);
  });

  it('splits by weight, and always the same way for the same key', () => {
    const decision = decide(contract, { task: 'summarize', input_tokens: 10 });
    const arms = Array.from({ length: 2_000 }, (_, i) => pickArm(decision, contract.id, `s-${i}`));
    const small = arms.filter((arm) => arm === 'mistral-small').length;
    // 40 % of 2,000 with five standard deviations (21.9 each) on both sides.
    expect(small).toBeGreaterThan(690);
    expect(small).toBeLessThan(910);
    expect(pickArm(decision, contract.id, 's-1')).toBe(arms[1]);
  });

  it('explains each rule up to the one that matched', () => {
    const why = explain(contract, { task: 'summarize', input_tokens: 9_000 });
    expect(why.rules.map((rule) => rule.matched)).toEqual([false, false, true]);
    expect(why.rules[1]?.why).toBe(
      'task is summarize: yes, input_tokens below 4000: no, it is 9000',
    );
  });

  it('gives the same id to the same decisions, whatever the evidence says', () => {
    const { version: _, id: __, ...draft } = contract;
    const again = makePolicy({ ...draft, status: 'uncertified', extensions: { note: 'x' } });
    expect(again.id).toBe(makePolicy(draft).id);
    const other = makePolicy({ ...draft, rules: draft.rules.slice(1) });
    expect(other.id).not.toBe(again.id);
  });

  it('refuses a condition it does not know, with line and nearest name', () => {
    const message = refusal((t) =>
      t.replace('input_tokens: {lt: 4000}', 'input_tokns: {lt: 4000}'),
    );
    expect(message).toMatch(
      /^routes\.yaml:22: unknown key .*input_tokns"; did you mean "input_tokens"\?$/,
    );
  });

  it.each([
    [
      'a rule after the catch-all',
      (t: string) => t.replace('    when: {metadata.region: [eu]}\n', ''),
    ],
    ['a target that is not declared', (t: string) => t.replace('use: sonnet', 'use: sonet')],
    ['a newer version', (t: string) => t.replace('version: 1', 'version: 2')],
    ['both use and split', (t: string) => t.replace('    split:', '    use: sonnet\n    split:')],
    ['broken YAML', (t: string) => t.replace('rules:', 'rules: [')],
    ['two rules of one name', (t: string) => t.replace('name: otherwise', 'name: eu')],
  ])('refuses %s with its line', (_, edit) => {
    expect(refusal(edit)).toMatch(/^routes\.yaml:\d+: /);
  });

  it('takes exactly one rule for any request, and the token ranges meet without gap or overlap', () => {
    const when = (lt: number) => ({ input_tokens: { lt } });
    const policy = makePolicy({
      status: 'uncertified',
      features: {},
      targets: { a: {}, b: {}, c: {} },
      on_failure: { fallback_on: [] },
      rules: [
        { name: 'a', when: when(100), use: 'a' },
        { name: 'b', when: when(200), use: 'b' },
        { name: 'c', use: 'c' },
      ],
    });
    fc.assert(
      fc.property(fc.nat(400), (n) => {
        const expected = n < 100 ? 'a' : n < 200 ? 'b' : 'c';
        expect(decide(policy, { input_tokens: n }).rule).toBe(expected);
      }),
    );
  });
});

describe('a split with a salt', () => {
  const arms = (weight: number) => ({
    rule: 'r',
    index: 0,
    fallback: [],
    salt: 's1',
    primaries: [
      { target: 'cheap', share: weight },
      { target: 'dear', share: 1 - weight },
    ],
  });
  const keys = Array.from({ length: 2_000 }, (_, i) => `session-${i}`);

  it('keeps who is in the arm at 40 % in it at 50 %, whatever the rule and the policy', () => {
    const inAt = (weight: number, id: string, rule: string) =>
      keys.filter((key) => pickArm({ ...arms(weight), rule }, id, key) === 'cheap');
    const [less, more] = [inAt(0.4, 'a', 'one'), new Set(inAt(0.5, 'b', 'other'))];
    expect(less.length / keys.length).toBeCloseTo(0.4, 1);
    expect(less.filter((key) => !more.has(key))).toEqual([]);
  });
});

describe('the id of a policy', () => {
  const named = formatPolicy(makePolicy(draftOf(contract)));
  const read = (edit: (text: string) => string) => parsePolicy(edit(named), 'routes.yaml');

  it.each(['everything', 'recommended'])('of version 0.1.0 is kept: %s', (name) => {
    const file = `fixtures/released/${name}-0.1.0.routes.yaml`;
    const released = readFileSync(file, 'utf8');
    const policy = parsePolicy(released, file);
    expect(policy).toMatchObject({ status: 'certified' });
    expect(policy.edited).toBeUndefined();
    expect(parsePolicy(formatPolicy(policy), 'written again')).toEqual(policy);
    const edited = parsePolicy(released.replace('max: 1', 'max: 2'), file);
    expect(edited.edited).toBe(policy.id);
  });

  it('is that of what it decides, whatever price, address, key name and evidence say', () => {
    const policy = read((text) =>
      text
        .replace('input: 3,', 'input: 4,')
        .replace('https://api.mistral.ai/v1', 'https://mistral.example.eu/v1')
        .replace('MISTRAL_API_KEY', 'OTHER_KEY')
        .replace('context_tokens: 200000', 'context_tokens: 100000')
        .replace('n: 3600', 'n: 3601')
        .replace('extensions: {}', 'extensions: {team: a}'),
    );
    expect(policy.targets.sonnet?.price?.input).toBe(4);
    expect(policy.edited).toBeUndefined();
    expect(policy.id).toBe(makePolicy(draftOf(contract)).id);
  });

  it.each([
    ['a threshold', 'lt: 4000', 'lt: 4001'],
    ['a weight', 'weight: 40', 'weight: 41'],
    ['a salt', 'salt: s1', 'salt: s2'],
    ['a model', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'],
    ['a region', 'regions: [us]', 'regions: [ca]'],
    ['a retry', 'max: 1', 'max: 2'],
    ['stickiness', 'sticky: session\n', ''],
    ['where the task is read', 'metadata.task', 'metadata.kind'],
    ['a default that is written out', 'name: otherwise', 'name: otherwise\n    timeouts: {}'],
  ])('is another one where %s is edited, and the evidence is void', (_, from, to) => {
    const policy = read((text) => {
      expect(text).toContain(from);
      return text.replace('status: uncertified', 'status: certified').replace(from, to);
    });
    expect(policy.edited).toBe(makePolicy(draftOf(contract)).id);
    expect(policy.id).not.toBe(policy.edited);
    expect(policy.status).toBe('uncertified');
    expect(policy.evidence).toBeUndefined();
    expect(policyNotices(policy)[0]).toMatch(/was edited after it was named sha256-/);
  });

  it('keeps where an address is another one than was measured, which is said', () => {
    const { evidence } = contract;
    const addresses = { sonnet: 'https://api.anthropic.com' };
    const policy = makePolicy({
      ...draftOf(contract),
      ...(evidence && { evidence: { ...evidence, addresses } }),
    });
    expect(policyNotices(policy)).toEqual([]);
    const moved = formatPolicy(policy).replace(
      'base_url: https://api.anthropic.com',
      'base_url: https://proxy.example',
    );
    const read = parsePolicy(moved, 'routes.yaml');
    expect(read.id).toBe(policy.id);
    expect(policyNotices(read)).toEqual([
      'target sonnet is reached at https://proxy.example, and was measured at https://api.anthropic.com',
    ]);
  });

  it('is given anew to an edited policy without the evidence that was another', () => {
    const certified = named.replace('status: uncertified', 'status: certified');
    const again = namePolicy(certified.replace('lt: 4000', 'lt: 5000'), 'routes.yaml');
    const policy = parsePolicy(again.text, 'routes.yaml');
    expect(policy).toMatchObject({ id: again.id, status: 'uncertified' });
    expect(policy.evidence).toBeUndefined();
    expect(policy.extensions).toEqual({});
    expect(namePolicy(certified, 'routes.yaml').text).toBe(certified);
  });

  it('may be none, and then nothing is certified', () => {
    const policy = parsePolicy(text.replace('status: uncertified', 'status: certified'), 'r.yaml');
    expect(policy).toMatchObject({ id: 'none', status: 'uncertified' });
    expect(policyNotices(policy)).toEqual([]);
  });

  it.each(['sha256-x', 'x\n"""; import os', 'sha256-ABCDEF0123456789', ''])(
    'is refused as %j',
    (id) => {
      expect(refusal((t) => t.replace('id: none', `id: ${JSON.stringify(id)}`))).toMatch(
        /^routes\.yaml:3: id: is not none or sha256-/,
      );
    },
  );
});

describe('a file with too much in it', () => {
  it.each([
    ['depth', `a: ${'['.repeat(70)}${']'.repeat(70)}`, /nested more than 64 deep/],
    ['depth beyond the stack', `a: ${'['.repeat(50_000)}`, /nested more than 64|not valid YAML/],
    [
      'aliases of aliases',
      'abcdefgh'.replace(
        /./g,
        (name, at) => `${name}: &${name} [${(at ? `*${'abcdefgh'[at - 1]},` : '1,').repeat(9)}]\n`,
      ),
      /aliases stand for more than 1000000 values/,
    ],
    ['an alias without an anchor', 'a: *b', /\*b|nresolved alias/],
    ['an alias of itself', 'a: &a [*a]', /\*a stands for nothing/],
    ['__proto__ as a name', 'targets: {__proto__: {}}', /"__proto__" is no name/],
  ])('is refused: %s', (_, yaml, message) => {
    expect(() => parsePolicy(yaml, 'r.yaml')).toThrow(message);
    expect(() => parsePolicy(yaml, 'r.yaml')).toThrow(UsageError);
  });
});

it('a file whose aliases stand for little is read, however many they are', () => {
  const yaml = `a: &a {b: 1}\nc: [${'*a, '.repeat(500)}]`;
  expect(readYaml(yaml, 'r.yaml').value).toMatchObject({ c: Array(500).fill({ b: 1 }) });
});

it('keeps a name that is half of a surrogate pair, and its id, when it is written and read', () => {
  const policy = makePolicy({
    status: 'uncertified',
    features: {},
    targets: { '\ud800': {} },
    rules: [{ name: 'otherwise', use: '\ud800' }],
  });
  const again = parsePolicy(formatPolicy(policy), 'again.yaml');
  expect(again.edited).toBeUndefined();
  expect(Object.keys(again.targets)).toEqual(['\ud800']);
});
