import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseMarket } from '../sim/market/market.ts';
import { startMarket } from '../sim/server/server.ts';
import { arb, folderWith, type Ran } from './harness.test.helper.ts';

const good =
  '{"id":"a","prompt":"Say yes","expect":{"exact":"yes"}}\n{"id":"b","prompt":"Say no"}\n';

const configFor = (url: string, more = '') =>
  `targets:\n  t: {provider: openai-compatible, base_url: "${url}", model: m, price: {input: 1, output: 1}${more}}\n`;

const nowhere = configFor('http://127.0.0.1:9/v1');

async function bench(workload: string | undefined, config: string, ...args: string[]) {
  const folder = folderWith({
    'arb.yaml': config,
    ...(workload !== undefined && { 'w.jsonl': workload }),
  });
  const run = join(folder, 'run');
  const ran = await arb([
    ...['bench', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml'), '--out', run],
    ...args,
  ]);
  return { ...ran, folder, run };
}

const nothingWritten = (run: string) => expect(existsSync(run)).toBe(false);

describe('bad input is named with its place and next step, and nothing is written', () => {
  it.each([
    ['a workload that is not there', undefined, /w\.jsonl: there is no such file\. Check the path/],
    ['an empty workload', '', /w\.jsonl: there is no request in it\. Give a workload/],
    ['broken JSON at line 3', `${good}{"id": oops`, /w\.jsonl:3: not valid JSON .* --skip-invalid/],
    [
      'a duplicate id',
      `${good}{"id":"a","prompt":"x"}`,
      /w\.jsonl:3: the id "a" is already used at line 1/,
    ],
    ['a request without messages', '{"request":{"max_tokens":5}}', /w\.jsonl:1: request\.messages/],
  ])('%s', async (_, workload, message) => {
    const ran = await bench(workload, nowhere);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(2);
    nothingWritten(ran.run);
  });

  it.each([
    [
      'an unknown key',
      'targets:\n  t: {provider: openai, modle: gpt-4o}\n',
      /arb\.yaml:2: .*"targets\.t\.modle"; did you mean "model"\?/,
    ],
    ['an unknown section', 'targts: {}\n', /arb\.yaml:1: .*did you mean "targets"\?/],
    ['an unknown provider', 'targets:\n  t: {provider: opnai, model: m}\n', /targets\.t.*openai/],
    ['broken YAML', 'targets: [\n', /arb\.yaml:\d: not valid YAML/],
    [
      'a missing key variable',
      'targets:\n  t: {provider: openai, model: gpt-4o}\n',
      /targets\.t: the variable OPENAI_API_KEY is not set\. Export it/,
    ],
  ])('%s in arb.yaml', async (_, config, message) => {
    const ran = await bench(good, config);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(2);
    nothingWritten(ran.run);
  });

  it.each([
    [['bench'], /missing required argument/],
    [['bnch'], /Did you mean bench/],
    [['bench', 'w', '--concurrency', '0'], /whole number from 1/],
    [['recommend', '--by', 'task,,x'], /must be a list/],
    [['recommend', '--outcomes', 'nowhere.jsonl'], /nowhere\.jsonl/],
    [['recommend', 'r', '--peak-rpm', 'x'], /number above 0/],
    [['recommend', 'r', '--time-limit', '30s'], /number above 0/],
    [['recommend', 'r', '--max-provider-share', '50'], /a share such as 1% or 0\.01/],
    [['check', 'r.yaml', '--arm-loss', 'x'], /a share such as 1% or 0\.01/],
    [['sample', 'w.jsonl', '--for-margin', '5'], /a share such as 1% or 0\.01/],
    [['bench', 'w.jsonl', '--name', '../x'], /a name without a folder/],
    [['sim', 'market.yaml', '--port', '99999'], /a port from 0 to 65535/],
    [
      ['label', 'nowhere', '--config', 'fixtures/practice.arb.yaml'],
      /nowhere\/manifest\.json: no run here/,
    ],
    [['route', 'nowhere.yaml', '{}'], /nowhere\.yaml: there is no such file/],
  ])('arb %j', async (args, message) => {
    const ran = await arb(args);
    expect(ran.stderr).toMatch(message);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBe(2);
  });

  it.each(['file', 'file/run'])('--out %s, where a file is in the way', async (out) => {
    const folder = folderWith({ file: '', 'w.jsonl': good, 'arb.yaml': nowhere });
    const config = ['--config', join(folder, 'arb.yaml'), '--out', join(folder, out)];
    const ran = await arb(['bench', join(folder, 'w.jsonl'), ...config]);
    expect(ran.stderr).toMatch(/no run can be written there \(a file is in its way\)/);
    expect(ran.code).toBe(2);
  });

  it('a file that is no YAML by its first faults alone', async () => {
    const folder = folderWith({ 'w.jsonl': '{"a": 1}\n'.repeat(50) });
    const { code, stderr } = await arb(['check', join(folder, 'w.jsonl')]);
    expect(stderr).toMatch(/\d+ more faults\. Is it the file you mean\?/);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 4]);
  });

  it('never writes over a run or a config that is there', async () => {
    const { folder, run } = await bench(good, nowhere);
    const before = readFileSync(join(run, 'manifest.json'), 'utf8');
    const args = [join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml'), '--out', run];
    const again = await arb(['bench', ...args]);
    expect(again.stderr).toMatch(/there is a run already.*--resume/);
    expect(again.code).toBe(2);
    expect(readFileSync(join(run, 'manifest.json'), 'utf8')).toBe(before);
    const init = await arb(['init', '--out', join(folder, 'arb.yaml')]);
    expect(init.stderr).toMatch(/is there already/);
    expect(init.code).toBe(2);
  });
});

/** One target of a simulated market that always fails in one way. */
async function failing(kind: string, timeouts = ''): Promise<Ran & { run: string }> {
  const market = parseMarket(
    `targets: {t: {model: m, price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 3}, accuracy: {default: 1}, failures: [{kind: ${kind}}]}}`,
    'market.yaml',
  );
  const sim = await startMarket({ market, port: 0 });
  try {
    const config = `defaults: {retries: {max: 0}${timeouts}}\n${configFor(`${sim.url}/t/v1`)}`;
    return await bench(good, config);
  } finally {
    await sim.close();
  }
}

describe('a target that fails is data with its reason, and exit code 5 where no target is left', () => {
  it.each([
    ['unauthorized', 'auth'],
    ['html', 'malformed'],
    ['cut-off', 'cut-off'],
    ['no-finish', 'cut-off'],
    ['server-error', 'server-error'],
  ])('%s is counted as %s', async (kind, reason) => {
    const ran = await failing(kind);
    expect(ran.stdout).toContain(`2 ${reason}`);
    expect(ran.code).toBe(5);
    expect(readFileSync(join(ran.run, 'outcomes.jsonl'), 'utf8')).toContain(`"reason":"${reason}"`);
  });

  it('an endless stream ends at its timeout', async () => {
    const ran = await failing('endless', ', timeouts: {attempt_ms: 300}');
    expect(ran.stdout).toContain('2 timeout');
    expect(ran.code).toBe(5);
  });

  it('nobody answers, so that judges have nothing to judge', async () => {
    const judge = nowhere.replace('targets:\n  t:', '  j:').replace('{', '{role: judge, ');
    const config = `defaults: {retries: {max: 0}}\n${nowhere}${judge}quality: {judges: [j]}\n`;
    const ran = await bench(good, config);
    expect(ran.stdout).not.toMatch(/NOT JUDGED|arb judge/);
    expect(ran.stdout).toMatch(/correct t in arb.yaml.*\nnext: arb bench .* --resume\n$/);
    expect(ran.code).toBe(5);
  });

  it('a constant 429 is told while it lasts and at the end, with what to set', async () => {
    const server = createServer((_, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': '1' });
      response.end('{"error": {"message": "Rate limit reached.", "code": "rate_limit_exceeded"}}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ran = await bench(good, configFor(`http://127.0.0.1:${port}/v1`));
    server.close();
    expect(ran.stderr).toMatch(
      /warning: t: 20 attempts were rate-limited and none was answered\. Set limits: \{rpm: \.\.\.\}/,
    );
    expect(ran.stdout).toMatch(
      /t: 22 rate-limited\n +rate-limited: HTTP 429: .*Rate limit reached/,
    );
    expect(ran.stdout).toContain('set limits: {rpm: ...} of t in arb.yaml to what its provider');
    expect(ran.code).toBe(5);
  });

  it('nobody answers at its address', async () => {
    const ran = await bench(good, `defaults: {retries: {max: 0}}\n${nowhere}`);
    expect(ran.stdout).toContain('connect');
    expect(ran.code).toBe(5);
  });
});

describe('secrets', () => {
  it('are in no output and no file, even where a provider sends the key back', async () => {
    const key = 'sk-very-secret-0123456789';
    const echo = createServer((request, response) => {
      const sent = request.headers.authorization;
      response.writeHead(request.url?.includes('bad') ? 400 : 200, {
        'content-type': 'application/json',
      });
      const message = { role: 'assistant', content: `You sent ${sent}` };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.end(
        JSON.stringify({
          model: sent,
          choices,
          usage: { prompt_tokens: 1, completion_tokens: 1, note: sent },
          error: request.url?.includes('bad') ? { message: sent } : undefined,
        }),
      );
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const address = echo.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const target = (name: string, path: string) =>
      `  ${name}: {provider: openai-compatible, base_url: "${url}/${path}", model: m, api_key_env: MY_KEY, price: {input: 1, output: 1}}\n`;
    const folder = folderWith({
      'w.jsonl': good,
      'arb.yaml': `defaults: {retries: {max: 0}}\ntargets:\n${target('echo', 'good')}${target('refuse', 'bad')}`,
    });
    const run = join(folder, 'run');
    const args = [
      'bench',
      join(folder, 'w.jsonl'),
      '--config',
      join(folder, 'arb.yaml'),
      '--out',
      run,
    ];
    const ran = await arb(args, { env: { MY_KEY: key } });
    echo.close();
    expect(ran.stdout + ran.stderr).not.toContain(key);
    const files = readdirSync(run).map((name) => readFileSync(join(run, name), 'utf8'));
    expect(files.join('')).toContain('You sent Bearer [key]');
    expect(files.join('')).not.toContain(key);
  });
});
