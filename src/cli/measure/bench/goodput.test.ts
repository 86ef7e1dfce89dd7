import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditRow, RunSummary } from '../../../index.ts';
import { parseMarket } from '../../../sim/market/market.ts';
import { startMarket } from '../../../sim/server/server.ts';
import { arb, codeOfBench, folderWith, type Ran } from '../../harness.test.helper.ts';

const market = parseMarket(
  `
targets:
  quick: &m {model: m, price: {input: 1, output: 1}, ttft: 5, output_tokens: {default: 3}, accuracy: {default: 1}}
  slow: {<<: *m, ttft: 900}
  half: {<<: *m, failures: [{kind: bad-request, rate: 0.5}]}
`,
  'market',
);

const requests = 16;
const workload = Array.from({ length: requests }, (_, i) =>
  JSON.stringify({ id: `r-${i}`, task: i % 2 === 0 ? 'chat' : 'code', prompt: `Number ${i}?` }),
).join('\n');

const audit: AuditRow[] = [];
let sim: Awaited<ReturnType<typeof startMarket>>;
let folder: string;
let first: Ran;
let second: Ran;

const command = (run: string) => [
  ...['bench', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')],
  ...['--out', join(folder, run)],
];
const summaryOf = (run: string) =>
  JSON.parse(readFileSync(join(folder, run, 'summary.json'), 'utf8')) as RunSummary;

beforeAll(async () => {
  sim = await startMarket({ market, port: 0, onAudit: (row) => audit.push(row) });
  const target = (name: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${sim.url}/${name}/v1", model: m, price: {input: 1, output: 1}}`;
  folder = folderWith({
    'w.jsonl': workload,
    'arb.yaml': `
defaults: {retries: {max: 0}}
targets:
${['quick', 'slow', 'half'].map(target).join('\n')}
load: {concurrency: 4}
constraints:
  slo:
    - {metric: ttft_ms, at_most: 450, share: 0.9, when: {task: [chat]}}
    - {metric: latency_ms, at_most: 20000, share: 0.9}
    - {metric: ttft_ms, at_most: 1, share: 0.9, when: {metadata.region: [eu]}}
`,
  });
  first = await arb(command('run'), { interruptWhen: () => audit.length >= 12 });
  second = await arb([...command('run'), '--resume']);
});
afterAll(() => sim.close());

it('counts an SLO on the requests that it concerns, failures in the denominator, across a resume', () => {
  expect(first.code).toBe(130);
  expect(codeOfBench(second)).toBe(0);
  const kept = summaryOf('run').targets.map(({ target, slos = [] }) => [
    target,
    ...slos.map(({ good, of, met }) => ({ good, of, met })),
  ]);
  const failed = (task?: string) =>
    audit.filter(
      (row) =>
        row.target === 'half' && row.http_status !== 200 && (task === undefined || isOf(row, task)),
    ).length;
  expect(failed('chat')).toBeGreaterThan(0);
  const none = { good: 0, of: 0, met: undefined };
  expect(kept).toEqual([
    ['quick', { good: 8, of: 8, met: true }, { good: 16, of: 16, met: true }, none],
    ['slow', { good: 0, of: 8, met: false }, { good: 16, of: 16, met: true }, none],
    [
      'half',
      { good: 8 - failed('chat'), of: 8, met: false },
      { good: 16 - failed(), of: 16, met: false },
      none,
    ],
  ]);
});

it('counts as goodput what kept every SLO that concerns it', () => {
  const [quick, slow, half] = summaryOf('run').targets.map(({ goodput }) => goodput);
  expect(quick).toMatchObject({ good: 16, of: 16, share: 1, interval: { high: 1 } });
  expect(quick?.interval.low).toBeCloseTo(0.794, 3);
  // Code is asked for its latency alone.
  expect(slow).toMatchObject({ good: 8, of: 16, share: 0.5 });
  expect(half?.of).toBe(16);
  expect(half?.good).toBeLessThan(16);
  expect(quick?.per_s).toBeGreaterThan(0);
});

it('says for each target whether the share was met, in words, in the table and in the CSV', () => {
  const { stdout } = second;
  expect(stdout).toMatch(/latency p50 +p99 +goodput\n/);
  expect(stdout).toMatch(/^quick .* 100\.0 %, \d+\.\d\/s$/m);
  expect(stdout).toContain(
    [
      'SLO ttft p90 <= 450 ms where task=chat',
      '  quick: met, 8 of 8 in time, 100.0 % (95 %: 63.1 % to 100.0 %); too few requests to be sure',
      '  slow: MISSED, 0 of 8 in time, 0.0 % (95 %: 0.0 % to 36.9 %)',
    ].join('\n'),
  );
  expect(stdout).toContain('  quick: concerns none of its requests');
  const [header = '', quick = ''] = readFileSync(join(folder, 'run', 'summary.csv'), 'utf8')
    .trim()
    .split('\n');
  const at = header.split(',').indexOf('goodput');
  expect(quick.split(',')[at]).toBe('1');
  expect(quick.split(',')[header.split(',').indexOf('slos_met')]).toBe('2 of 2');
});

const isOf = ({ client_request = '' }: AuditRow, task: string) =>
  (Number(/^r-(\d+)/.exec(decodeURIComponent(client_request))?.[1]) % 2 === 0) ===
  (task === 'chat');
