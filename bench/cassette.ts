import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { arb, isMeasured, shared, startSim } from './command.ts';

/**
 * Real recorded answers of 11 models to 811 requests, served by the cassette and measured by `arb
 * bench`: accuracy within 1.0 point of the published one, cost equal to the recorded sum to 6 digits.
 */
const workload = join(shared, 'workloads', 'routerbench.jsonl');
const answers = join(shared, 'workloads', 'routerbench.answers.jsonl');

interface Published {
  readonly target: string;
  readonly cost_usd: number;
  readonly published_quality: number;
}

const published = Map.groupBy(
  readFileSync(answers, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Published),
  (row) => row.target,
);

const sim = await startSim('--cassette', answers, '--workload', workload);
const folder = mkdtempSync(join(tmpdir(), 'arb-cassette-'));
const config = {
  targets: Object.fromEntries(
    [...published.keys()].map((model) => [
      model,
      { provider: 'openai-compatible', base_url: `${sim.url}/v1`, model },
    ]),
  ),
};
writeFileSync(join(folder, 'arb.yaml'), stringify(config));
const startedAt = performance.now();
const out = join(folder, 'run');
const run = await arb(
  'bench',
  workload,
  '--config',
  join(folder, 'arb.yaml'),
  '--out',
  out,
  '--json',
);
const seconds = (performance.now() - startedAt) / 1_000;
await sim.stop();
if (!isMeasured(run.code)) throw new Error(`arb bench ended with exit code ${run.code}`);

interface Summary {
  readonly targets: readonly {
    readonly target: string;
    readonly requests: number;
    readonly quality: { readonly mean: number };
    readonly cost: { readonly total_usd: number };
  }[];
}
const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;

let failed = 0;
let requests = 0;
console.log('target                             quality  published    cost        recorded');
for (const [target, rows] of published) {
  const measured = summary.targets.find((each) => each.target === target);
  const quality = rows.reduce((sum, row) => sum + row.published_quality, 0) / rows.length;
  const cost = rows.reduce((sum, row) => sum + row.cost_usd, 0);
  const good =
    measured !== undefined &&
    Math.abs(measured.quality.mean - quality) <= 0.01 &&
    measured.cost.total_usd.toPrecision(6) === cost.toPrecision(6);
  if (!good) failed += 1;
  requests += measured?.requests ?? 0;
  const cells = [
    target.padEnd(34),
    measured?.quality.mean.toFixed(4),
    quality.toFixed(4).padStart(10),
    measured?.cost.total_usd.toPrecision(6).padStart(11),
    cost.toPrecision(6).padStart(11),
  ];
  console.log(cells.join(' '), good ? '' : ' DIFFERS');
}
console.log(`${requests} requests over ${published.size} targets in ${seconds.toFixed(1)} s`);
console.log(`${published.size - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
