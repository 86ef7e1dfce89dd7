import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, pickArm } from './decide.ts';
import { explain } from './explain.ts';
import { formatPolicy, makePolicy, parsePolicy, policyId } from './write.ts';

const text = readFileSync('fixtures/contract/routes.yaml', 'utf8');
const contract = parsePolicy(text, 'routes.yaml');

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
    // 90 % of 2,000 with five standard deviations (13.4 each) on both sides.
    expect(small).toBeGreaterThan(1_733);
    expect(small).toBeLessThan(1_867);
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
    expect(again.id).toBe(policyId(contract));
    const other = makePolicy({ ...draft, rules: draft.rules.slice(1) });
    expect(other.id).not.toBe(again.id);
  });

  it('refuses a condition it does not know, with line and nearest name', () => {
    const message = refusal((t) =>
      t.replace('input_tokens: {lt: 4000}', 'input_tokns: {lt: 4000}'),
    );
    expect(message).toMatch(
      /^routes\.yaml:21: unknown key .*input_tokns"; did you mean "input_tokens"\?$/,
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
