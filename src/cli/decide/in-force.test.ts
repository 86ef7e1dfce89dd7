import { closeSync, cpSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../policy/write.ts';
import { arb, folderWith } from '../harness.test.helper.ts';
import { writesInto } from '../terminal/shell.ts';

const released = join(import.meta.dirname, '../../../fixtures/released/0.1');

/** A copy of a released run, policy and arb.yaml that a test may change. */
function copied(): (name: string) => string {
  const folder = folderWith({});
  cpSync(released, folder, { recursive: true });
  return (name) => join(folder, name);
}

describe('the policy in force', () => {
  it('stays byte for byte where nothing passes, its status included', async () => {
    const file = copied();
    const before = readFileSync(file('routes.yaml'));
    const ran = await arb([
      ...['recommend', file('run'), '--floor', 'baseline-0.001'],
      ...['--current', file('routes.yaml'), '--out', file('routes.yaml')],
      ...['--summary', file('summary.json')],
    ]);
    expect(ran.code).toBe(4);
    expect(readFileSync(file('routes.yaml')).equals(before)).toBe(true);
    expect(ran.stderr).toMatch(/^Keep the policy in force: too few requests/);
    const summary = JSON.parse(readFileSync(file('summary.json'), 'utf8'));
    expect(summary).toMatchObject({ status: 'keep-current', in_force: 'same' });
    expect(summary.certificate.verdict).toBe('INCONCLUSIVE');
  });

  it('stays byte for byte where it is what was found', async () => {
    const file = copied();
    const before = readFileSync(file('routes.yaml'), 'utf8');
    const ran = await arb(['recommend', file('run'), '--current', file('routes.yaml')]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toBe(before);
    expect(ran.stderr).toMatch(/^Nothing to deploy/);
  });

  it('is refused where it is empty, as a shell leaves it behind ">"', async () => {
    const file = copied();
    writeFileSync(file('routes.yaml'), '');
    const ran = await arb(['recommend', file('run'), '--current', file('routes.yaml')]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/the file is empty.*--out/);
  });

  it('is known where stdout is it, and only there', () => {
    const file = copied();
    const fd = openSync(file('routes.yaml'), 'a');
    const stdout = Object.assign(new PassThrough(), { fd });
    expect(writesInto(stdout, file('routes.yaml'))).toBe(true);
    expect(writesInto(stdout, file('arb.yaml'))).toBe(false);
    expect(writesInto(new PassThrough(), file('routes.yaml'))).toBe(false);
    closeSync(fd);
  });
});

describe('a policy whose targets are not all those of the run', () => {
  const changed = (file: (name: string) => string, by: (text: string) => string) => {
    const text = readFileSync(file('routes.yaml'), 'utf8');
    writeFileSync(file('changed.yaml'), by(text));
    return file('changed.yaml');
  };

  it('is not checked by the figures of another model of the same name', async () => {
    const file = copied();
    const policy = changed(file, (text) => text.replaceAll(/model: \S+$/gm, 'model: unknown-9'));
    const ran = await arb(['check', policy, file('run')]);
    expect([ran.code, ran.stderr]).toEqual([
      2,
      expect.stringMatching(/"\w+ \(unknown-9\)", which/),
    ]);
  });

  it('in force does not keep a decision from being made, and is said to be compared with nothing', async () => {
    const file = copied();
    const policy = changed(file, (text) => text.replaceAll(/model: \S+$/gm, 'model: unknown-9'));
    const ran = await arb(['recommend', file('run'), '--current', policy]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/warning: \S+changed\.yaml sends .* compared with nothing/);
    expect(ran.stdout).not.toContain('unknown-9');
  });

  it('may be the baseline by other names, and edited by hand', async () => {
    const file = copied();
    const policy = changed(file, (text) =>
      text.replaceAll(/(^ {2}|use: |- )cheap\b/gm, '$1eu-cheap'),
    );
    const ran = await arb([
      ...['recommend', file('run'), '--baseline', policy, '--floor', 'baseline-0.0001'],
    ]);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('"eu-cheap" is taken for')]);
    expect(parsePolicy(ran.stdout, 'stdout').rules.length).toBeGreaterThan(0);
  });
});

describe('a decision', () => {
  it('is written for review: a line above each rule, and the schema beside the file', async () => {
    const file = copied();
    const ran = await arb(['recommend', file('run'), '--out', file('new.yaml')]);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    const text = readFileSync(file('new.yaml'), 'utf8');
    expect(text).toMatch(/# 50\.0 % of requests; saves \$0\.06097 per 1,000 requests; quality/);
    expect(text).toContain('task: [code]');
    expect(parsePolicy(text, 'new.yaml').rules).toHaveLength(2);
    const schema = JSON.parse(readFileSync(file('routes.v1.schema.json'), 'utf8'));
    expect(schema.title).toBe('arb routing policy, version 1');
  });

  it('says first what to do, with money, and last how to go on', async () => {
    const file = copied();
    const ran = await arb(['recommend', file('run'), '--volume', '1000000']);
    const lines = ran.stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^Route 50\.0 % of the requests to cheap \(2 rules\): saves 43\.2 % .* about \$58\.\d\d a month; shown on 82 requests that it was not chosen on: quality within 0\.1 \(10 points\) of strong/,
    );
    expect(lines[1]).toMatch(
      /^measured on this machine, .*: all of it; routes\.yaml has that address/,
    );
    expect(lines[2]).toMatch(/^a month: \$\d+ today, 1,000,000 requests at \$0\.\d+ each$/);
    expect(lines.at(-1)).toBe(
      `next: arb export routes.yaml --to GATEWAY --run ${file('run')} --out gateway/`,
    );
  });

  it('takes its floor from the command, else from arb.yaml, else from the run, and says so', async () => {
    const file = copied();
    const floor = async (...more: string[]) => {
      const { stderr } = await arb(['recommend', file('run'), ...more]);
      return /floor (\S+ \([^)]*\))/.exec(stderr)?.[1];
    };
    expect(await floor()).toBe("baseline-0.1 (the run's own)");
    const text = readFileSync(file('arb.yaml'), 'utf8');
    writeFileSync(file('arb.yaml'), text.replace('floor: baseline-0.1', 'floor: baseline-0.2'));
    expect(await floor('--config', file('arb.yaml'))).toBe('baseline-0.2 (arb.yaml)');
    expect(await floor('--config', file('arb.yaml'), '--floor', 'best-0.3')).toBe(
      'best-0.3 (as you said)',
    );
  });

  it('names the rule that may cost a task more than twice the margin, and what forbids it', async () => {
    const file = copied();
    const ran = await arb(['recommend', file('run'), '--floor', 'baseline-0.02', '--no-certify']);
    expect(ran.stderr).toMatch(
      /risk: the requests of rule \S+ may lose up to \d+\.\d points .*(quality\.per_task|policy\.forbid)/,
    );
  });

  it('names a small task that collapses within a rule over many, and what forbids it', async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => {
      const isRare = i % 25 === 0;
      const answered = isRare && i % 50 === 0 ? 0 : 1;
      const row = (target: string, cost: number, quality: number) =>
        `r-${i},${target},${cost},${quality},${isRare ? 'rare' : 'usual'}`;
      return `${row('big', 0.01, 1)}\n${row('small', 0.001, answered)}`;
    });
    const file = join(folderWith({}), 'o.csv');
    writeFileSync(file, `request_id,target,cost_usd,quality,task\n${rows.join('\n')}\n`);
    const ran = await arb(['recommend', '--outcomes', file, '--floor', 'best-0.05']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(
      /risk: task rare may lose up to \d+\.\d points .* write quality\.per_task: \{rare: best-0\.05\} into arb\.yaml/,
    );
  });

  it('keeps to what arb.yaml pins and forbids, by target and by rule, and says so', async () => {
    const file = copied();
    const text = readFileSync(file('arb.yaml'), 'utf8');
    const run = async (policy: string) => {
      writeFileSync(file('arb.yaml'), `${text.replace(/^policy:.*\n/m, '')}\npolicy: ${policy}\n`);
      const { stderr, stdout } = await arb([
        ...['recommend', file('run'), '--no-certify', '--by', 'task', '--floor', '0.1'],
        ...['--config', file('arb.yaml')],
      ]);
      return { stderr, rules: stdout === '' ? [] : parsePolicy(stdout, 'stdout').rules };
    };
    const free = await run('{}');
    expect(free.rules.map(({ use }) => use)).toEqual(['cheap']);
    const pinned = await run('{pin: [{when: {task: [code]}, use: strong}]}');
    expect(pinned.rules.map(({ use }) => use).sort()).toEqual(['cheap', 'strong']);
    expect(pinned.stderr).toContain('pinned task code to strong (arb.yaml)');
    const forbidden = await run('{forbid: [{when: {task: [code]}, use: cheap}]}');
    expect(forbidden.rules.find(({ use }) => use === 'strong')?.fallback).toEqual([]);
    const unknown = await run('{pin: [{when: {task: [code]}, use: strng}]}');
    expect(unknown.stderr).toContain('policy.pin.0.use: no target is named "strng"; did you mean');
    const length = await run('{pin: [{when: {input_tokens: ["12"]}, use: strong}]}');
    expect(length.stderr).toContain('"input_tokens" is no feature with values');
  });

  it('uses no target that arb.yaml forbids, and knows one that is misspelt', async () => {
    const file = copied();
    const text = readFileSync(file('arb.yaml'), 'utf8');
    const forbid = async (name: string) => {
      const changed = text.replace('policy: {', `policy: {forbid: [${name}], `);
      writeFileSync(file('forbid.yaml'), changed);
      return arb(['recommend', file('run'), '--config', file('forbid.yaml'), '--no-certify']);
    };
    const kept = await forbid('cheap');
    expect(parsePolicy(kept.stdout, 'stdout').targets).not.toHaveProperty('cheap');
    const misspelt = await forbid('cheep');
    expect(misspelt).toMatchObject({ code: 2, stdout: '' });
    expect(misspelt.stderr).toContain('no target is named "cheep"');
  });

  it('of a run that did not end compares what all targets were asked, and says how to go on', async () => {
    const file = copied();
    const ran = await arb(['recommend', file('interrupted')]);
    expect(ran.stderr).toContain('decided on the 12 of 120 requests that every target was asked');
    expect(ran.stderr).toMatch(/next: arb bench workload\.jsonl --out .*interrupted --resume\n$/);
  });

  it('names what is missing where no answer has a quality', async () => {
    const rows = ['a', 'b'].flatMap((target) =>
      [1, 2, 3].map((i) => ({ request_id: `r-${i}`, target, cost_usd: 0.1, status: 'ok' })),
    );
    const folder = folderWith({ 't.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
    const ran = await arb(['recommend', '--outcomes', join(folder, 't.jsonl')]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/no answer has a quality: none of the 3 requests .*Add expect/);
  });

  it('reads a table as CSV, and names the file that is no policy', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      [`${i},strong,chat,0.1,1`, `${i},cheap,chat,0.01,1`].join('\n'),
    );
    const folder = folderWith({
      't.csv': `request_id,target,task,cost_usd,quality\n${rows.join('\n')}\n`,
      'arb.yaml': 'targets: {}\n',
    });
    const table = join(folder, 't.csv');
    const ran = await arb(['recommend', '--outcomes', table, '--no-certify', '--peak-rpm', '9']);
    expect(ran.code).toBe(0);
    expect(parsePolicy(ran.stdout, 'stdout').rules[0]?.use).toBe('cheap');
    expect(ran.stderr).toContain('--peak-rpm limits nothing');
    const other = await arb(['check', join(folder, 'arb.yaml'), '--outcomes', table]);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/this is no routes\.yaml/);
  });

  it('names the line of a table whose field is of another kind, in both forms', async () => {
    const folder = folderWith({
      't.csv': 'request_id,target,cost_usd,quality\nr1,small,0.1,1\nr2,small,much,1\n',
      't.jsonl': '{"request_id":"r1","target":3,"cost_usd":0.1,"quality":1}\n',
    });
    const csv = await arb(['recommend', '--outcomes', join(folder, 't.csv')]);
    expect(csv).toMatchObject({ code: 2, stdout: '' });
    expect(csv.stderr).toMatch(/t\.csv:3: cost_usd: must be a number/);
    const lines = await arb(['recommend', '--outcomes', join(folder, 't.jsonl')]);
    expect(lines).toMatchObject({ code: 2, stdout: '' });
    expect(lines.stderr).toMatch(/t\.jsonl:1: target: must be text/);
  });

  it('holds each kind of score to the floor where checks and judges both scored, and says so', async () => {
    const rows = Array.from({ length: 400 }, (_, i) =>
      ['big', 'small'].map((target) => ({
        ...{ request_id: `r-${i}`, target, task: i % 2 ? 'chat' : 'facts', quality: 1 },
        ...{ cost_usd: target === 'big' ? 0.1 : 0.01, quality_kind: i % 2 ? 'pairwise' : 'check' },
      })),
    ).flat();
    const folder = folderWith({ 't.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
    const ask = [
      'recommend',
      '--outcomes',
      join(folder, 't.jsonl'),
      '--floor',
      'baseline-0.05',
      '--baseline',
      'big',
    ];
    const ran = await arb(ask);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('floor by kind of score (check, pairwise) (default)');
    const all = await arb([...ask, '--floor-by', 'all']);
    expect(all).toMatchObject({ code: 2, stdout: '' });
    expect(all.stderr).toContain('--floor-by kind');
  });

  it('without a policy that can be named writes nothing', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      { request_id: `r-${i}`, target: 'recorded', cost_usd: 0.1, quality: 1 },
      { request_id: `r-${i}`, target: 'small', cost_usd: 0.01, quality: i % 2 },
    ]).flat();
    const folder = folderWith({ 't.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
    const table = join(folder, 't.jsonl');
    const ran = await arb(['recommend', '--outcomes', table, '--baseline', 'recorded']);
    expect(ran.stdout).toBe('');
    expect([1, 4]).toContain(ran.code);
    expect(ran.stderr).toMatch(/nothing is written: what the log used is no target/);
  });
});

describe('a check', () => {
  it('is held to the floor and baseline of the policy itself', async () => {
    const file = copied();
    const routes = readFileSync(file('routes.yaml'), 'utf8');
    writeFileSync(
      file('routes.yaml'),
      routes.replace('floor: baseline-0.1', 'floor: baseline-0.15'),
    );
    const { stdout } = await arb(['check', file('routes.yaml'), file('run')]);
    expect(stdout).toMatch(/quality within 0\.15 of strong/);
    expect(stdout).toMatch(/floor baseline-0\.15 \(the policy's own\)/);
  });

  it('on runs of which one chose the policy proves nothing, however they are read', async () => {
    const file = copied();
    cpSync(file('run'), file('later'), { recursive: true });
    const manifest = readFileSync(file('later/manifest.json'), 'utf8');
    const later = manifest.replace(/"started_at": ?"[^"]*"/, '"started_at":"2030-01-01T00:00:00Z"');
    writeFileSync(file('later/manifest.json'), later);
    const rows = readFileSync(file('later/outcomes.jsonl'), 'utf8');
    const renamed = rows.replaceAll(/"request_id":"/g, '"request_id":"later-');
    writeFileSync(file('later/outcomes.jsonl'), renamed);
    const [one, both] = [file('one.yaml'), file('both.yaml')];
    const runs = [file('run'), file('later')];
    await arb(['recommend', file('run'), '--out', one]);
    await arb(['recommend', ...runs, '--out', both]);
    const pooled = await arb(['check', one, ...runs]);
    expect(pooled.code).toBe(4);
    expect(pooled.stdout).toContain('check it on the others alone');
    const half = await arb(['check', both, file('later'), '--json']);
    expect(half.code).toBe(4);
    expect(JSON.parse(half.stdout)).toMatchObject({
      rows_are: 'in-sample',
      verdict: 'INCONCLUSIVE',
    });
    const fresh = await arb(['check', one, file('later')]);
    expect(fresh.stdout).not.toContain('IN-SAMPLE');
  });

  it('of answers without a score leads to a judge', async () => {
    const file = copied();
    const rows = readFileSync(file('run/outcomes.jsonl'), 'utf8');
    const unscored = rows.replaceAll(/^(\{"request_id":"[^"]*[05]",.*?),"quality":[^,}]*/gm, '$1');
    writeFileSync(file('run/outcomes.jsonl'), unscored);
    const ran = await arb(['check', file('routes.yaml'), file('run')]);
    expect(ran.code).toBe(4);
    expect(ran.stderr.trimEnd().split('\n').at(-1)).toBe(`next: arb judge ${file('run')}`);
  });

  it('says where the baseline of the policy is not there, and what it is held against', async () => {
    const file = copied();
    const text = readFileSync(file('routes.yaml'), 'utf8');
    writeFileSync(file('p.yaml'), text.replace(/^ {2}baseline: .*$/m, '  baseline: gone.yaml'));
    const ran = await arb(['check', file('p.yaml'), file('run')]);
    expect(ran.stderr).toContain('warning: the policy was shown against gone.yaml');
  });

  it('knows a target under another name by its model and route', async () => {
    const file = copied();
    const routes = readFileSync(file('routes.yaml'), 'utf8');
    const renamed = routes
      .replaceAll('strong:', 'prod/strong:')
      .replaceAll('use: strong', 'use: prod/strong')
      .replaceAll('- strong', '- prod/strong')
      .replace(/^id: .*$/m, 'id: none');
    writeFileSync(file('routes.yaml'), renamed);
    const ran = await arb(['check', file('routes.yaml'), file('run')]);
    expect(ran.stderr).toContain('"prod/strong" is taken for strong');
    expect(ran.stdout).toMatch(/saving 45\.2 %/);
  });

  it('speaks to machines in the names of the files', async () => {
    const file = copied();
    const ran = await arb(['check', file('routes.yaml'), file('run'), '--json']);
    const report = JSON.parse(ran.stdout);
    expect(report).toMatchObject({ best_single: { name: 'strong' }, unjudged_share: 0 });
    expect(ran.stdout).not.toMatch(/"[a-z]+[A-Z]\w*":/);
  });
});
