import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { UsageError, WorkloadError } from '../errors.ts';
import type { Expectation } from '../workload/expectation.ts';
import { answerRow } from './answer-row.ts';
import { checkCommands, checkConfigSchema } from './check/command.ts';
import { toQualityKind } from './panel/pairwise.ts';
import { findReferences } from './references.ts';
import { chat } from './replay.test.helper.ts';
import { type Material, rule } from './rulings.ts';

const row = (answer: string) => ({ request_id: 'r-0', target: 't', pass: 1, answer });

function material(expect: readonly Expectation[], change: Partial<Material> = {}): Material {
  const requests = new Map([['r-0', chat(0, { expect })]]);
  return { requests, referenceOf: () => undefined, ...change };
}

describe('what is ruled before a judge is asked', () => {
  it.each<[Expectation[], string]>([
    [[], 'pairwise'],
    [[{ reference: 'x' }], 'pairwise'],
    [[{ exact: 'x' }], 'check'],
    [[{ check: 'compiles' }], 'check'],
    [[{ number: 1 }, { reference: 'x' }], 'check'],
    [[{ rubric: 'x' }], 'rubric'],
    [[{ contains: 'x' }, { rubric: 'x' }, { reference: 'x' }], 'rubric'],
  ])('%j has quality of the kind %s', (expectations, kind) => {
    expect(toQualityKind(expectations)).toBe(kind);
  });

  it('runs a command only where commands are allowed, and knows its name', async () => {
    const script = 'process.exit(require("fs").readFileSync(0, "utf8").includes("good") ? 0 : 1)';
    const config = checkConfigSchema.parse({ command: [process.execPath, '-e', script] });
    const commands = checkCommands({ mine: config }, tmpdir());
    const expectations: Expectation[] = [{ check: 'mine' }];
    const allowed = material(expectations, { commands });
    expect((await rule(row('good'), allowed)).ruling).toMatchObject({
      quality: 1,
      by: 'check mine',
    });
    expect((await rule(row('bad'), allowed)).ruling).toMatchObject({
      state: 'settled',
      quality: 0,
      kind: 'check',
    });
    expect((await rule(row('good'), material(expectations))).ruling).toMatchObject({
      state: 'missing',
      why: 'its check is a command, and commands were not run',
    });
    const other = material([{ check: 'toString' }], { commands });
    await expect(rule(row('x'), other)).rejects.toThrow(UsageError);
    await expect(rule(row('x'), other)).rejects.toThrow(/"toString" is not a command .*mine/);
  });

  it('scores by words in common where asked to, and by the best of several solutions', async () => {
    const measured = material([{ reference: 'a b' }, { reference: 'c d' }], {
      measure: 'token_f1',
    });
    expect((await rule(row('c e'), measured)).ruling).toEqual({
      state: 'settled',
      kind: 'check',
      quality: 0.5,
      by: 'token_f1',
    });
  });

  it('has no quality for an answer to a request that the workload lacks', async () => {
    const lost = { ...row('x'), request_id: 'r-9' };
    expect((await rule(lost, material([]))).ruling).toMatchObject({ state: 'missing' });
  });

  it('takes a baseline that failed as beaten', async () => {
    const failed = material([], { referenceOf: () => 'failed' });
    expect((await rule(row('x'), failed)).ruling).toMatchObject({
      quality: 1,
      by: 'opponent-failed',
    });
    expect((await rule(row(' '), failed)).ruling).toMatchObject({ quality: 0, by: 'empty' });
  });
});

describe('the fixed answers', () => {
  const requests = new Map([0, 1].map((index) => [`r-${index}`, chat(index)]));
  const makerOf = (target: string) => `maker of ${target}`;

  it('are the log’s, with the maker of what answered then', () => {
    const referenceOf = findReferences({ requests, rows: [], baseline: 'recorded', makerOf });
    expect(referenceOf('r-1')).toMatchObject({ target: 'logged', maker: 'maker of logged' });
    expect(referenceOf('r-2')).toBeUndefined();
  });

  it('are the baseline’s first, or known to have failed', () => {
    const rows = [3, 1, 2].map((pass) => ({ ...row(`pass ${pass}`), target: 'base', pass }));
    const sources = { requests, rows, baseline: 'base', makerOf, failed: new Set(['r-1']) };
    const referenceOf = findReferences(sources);
    expect(referenceOf('r-0')).toMatchObject({ answer: 'pass 1', pass: 1, maker: 'maker of base' });
    expect(referenceOf('r-1')).toBe('failed');
  });
});

describe('answers of other tools', () => {
  const place = { file: 'answers.jsonl', line: 2 };

  it('need a request, a target and a text', () => {
    const foreign = { request_id: 'r', target: 't', answer: 'x', published_quality: 1, pass: null };
    expect(answerRow(foreign, place)).toEqual({
      request_id: 'r',
      target: 't',
      pass: 1,
      answer: 'x',
    });
    expect(answerRow({ kind: 'answers', version: 1 }, { ...place, line: 1 })).toBeUndefined();
    expect(() => answerRow({ request_id: 'r', target: 't' }, place)).toThrow(WorkloadError);
    expect(() => answerRow({ request_id: 'r' }, place)).toThrow(/^answers.jsonl:2: target/);
  });
});
