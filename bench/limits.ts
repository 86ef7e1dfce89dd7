import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attempt, AuditRow } from '../src/index.ts';
import { arb, isMeasured } from './command.ts';
import { serve } from './process.ts';

/**
 * Rate limits in real time, against the simulator: a provider that allows fewer requests a minute
 * than it was said to and answers 429 with Retry-After: 30, and one whose remaining quota arb has to
 * watch. The control lets arb use the whole quota, and must see the 429 that the rule avoids.
 */
const folder = mkdtempSync(join(tmpdir(), 'arb-limits-'));
const requests = 75;
const market = {
  seed: 1,
  targets: {
    strict: targetWith({ rpm: 50, retry_after_s: 30, headers: false }),
    watched: targetWith({ rpm: 100, headers: true }),
    control: targetWith({ rpm: 60, headers: true }),
  },
};

function targetWith(rate_limit: object) {
  const timing = { ttft: { p50_ms: 40, p99_ms: 90 }, gap: 1, output_tokens: { default: 8 } };
  return {
    model: 'm',
    price: { input: 1, output: 2 },
    ...timing,
    accuracy: { default: 1 },
    rate_limit,
  };
}

const workload = join(folder, 'workload.jsonl');
const lines = Array.from({ length: requests }, (_, index) =>
  JSON.stringify({ id: `q-${index}`, prompt: `question ${index}` }),
);
writeFileSync(workload, `${lines.join('\n')}\n`);
const sim = await serve('sim.ts', [JSON.stringify(market)]);

/** Runs the workload against the targets named and reads what was attempted. */
async function bench(
  name: string,
  { targets, load }: { targets: Record<string, object>; load: object },
): Promise<Attempt[]> {
  const config = join(folder, `${name}.yaml`);
  const out = join(folder, name);
  const route = (target: string) => ({
    provider: 'openai-compatible',
    base_url: `${sim.url}/${target}/v1`,
    model: 'm',
    price: { input: 1, output: 2 },
  });
  const routes = Object.entries(targets).map(([target, more]) => [
    target,
    { ...route(target), ...more },
  ]);
  writeFileSync(config, JSON.stringify({ targets: Object.fromEntries(routes), load }));
  const { code } = await arb('bench', workload, '--config', config, '--out', out, '--json');
  if (!isMeasured(code)) throw new Error(`arb bench ended with exit code ${code}`);
  const rows = readFileSync(join(out, 'attempts.jsonl'), 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => JSON.parse(row) as Attempt);
}

const load = { mode: 'closed', concurrency: 4 };
const attempts = await bench('limits', {
  targets: { strict: { limits: { rpm: 60 } }, watched: {} },
  load,
});
const control = await bench('control', {
  targets: { control: {} },
  load: { ...load, spare_share: 0 },
});
const audit = (await sim.end()).map((line) => JSON.parse(line) as AuditRow);
rmSync(folder, { recursive: true });

const refusals = (target: string) =>
  audit.filter((row) => row.target === target && row.http_status === 429).length;
const of = (target: string) => attempts.filter((attempt) => attempt.target === target);
const answered = (rows: readonly Attempt[]) =>
  new Set(rows.filter(({ status }) => status === 'ok').map(({ request_id }) => request_id)).size;
const seconds = (rows: readonly Attempt[], wait: 'limit_ms' | 'backoff_ms') =>
  Math.max(...rows.map((row) => row[wait])) / 1_000;
const lag = Math.max(...attempts.map(({ lag_ms }) => lag_ms));

console.table(
  ['strict', 'watched'].map((target) => ({
    target,
    answered: `${answered(of(target))} of ${requests}`,
    '429 from the provider': refusals(target),
    'longest limit_ms, s': seconds(of(target), 'limit_ms'),
    'longest backoff_ms, s': seconds(of(target), 'backoff_ms'),
  })),
);
console.log(
  `control, whole quota used: ${refusals('control')} times 429, ${answered(control)} answered`,
);

const waits = of('strict').map((row) => row.limit_ms + row.backoff_ms);
const checks = {
  'a target that answers 429 with Retry-After: 30 loses no request':
    answered(of('strict')) === requests && refusals('strict') > 0,
  'its waits of 30 s are waits, not lag or latency':
    Math.max(...waits) >= 29_000 && Math.max(...of('strict').map((r) => r.latency_ms)) < 5_000,
  'a watched quota never answers 429': refusals('watched') === 0,
  'and it loses no request either': answered(of('watched')) === requests,
  'the control sees 429': refusals('control') > 0,
};
console.log(`arb's own lag at most ${lag.toFixed(1)} ms`);
for (const [what, holds] of Object.entries(checks))
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
process.exitCode = Object.values(checks).every(Boolean) ? 0 : 1;
