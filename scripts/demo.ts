import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The whole path on a simulated market, without keys: sim, bench, recommend. Leaves everything in
 * reports/demo, which is made anew each time.
 */
const root = join(import.meta.dirname, '..');
const arb = join(root, 'dist', 'cli', 'main.js');
const out = join('reports', 'demo');
const fixture = (name: string) => join('fixtures', `practice.${name}`);

process.chdir(root);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const sim = await startSim();
try {
  const config = join(out, 'arb.yaml');
  // The fixture names a fixed port; the simulator took a free one.
  const text = readFileSync(fixture('arb.yaml'), 'utf8');
  writeFileSync(config, text.replaceAll('http://127.0.0.1:4141', sim.url));
  await run('bench', fixture('workload.jsonl'), '--config', config, '--out', join(out, 'run'));
  await run(
    ...['recommend', join(out, 'run')],
    ...['--out', join(out, 'routes.yaml'), '--summary', join(out, 'summary.json')],
    ...['--rival', fixture('routes.yaml')],
  );
  console.error('\nA smaller margin needs more requests:');
  const smaller = ['recommend', join(out, 'run'), '--floor', 'baseline-0.005'];
  await run(...smaller, '--out', join(out, 'smaller-margin.yaml'));
} finally {
  sim.child.kill('SIGTERM');
}

async function startSim(): Promise<{ child: ChildProcess; url: string }> {
  const args = ['sim', fixture('market.yaml'), '--workload', fixture('workload.jsonl'), '--json'];
  const child = spawn(process.execPath, [arb, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(String(text)) as { url: string };
  console.error(`$ arb ${args.join(' ')}\nsimulated providers at ${url}`);
  const scale = /^time_scale: (\S+)/m.exec(readFileSync(fixture('market.yaml'), 'utf8'))?.[1];
  console.error(
    `their clock runs at ${scale} of real time: read every latency as ${1 / Number(scale)} times as long`,
  );
  return { child, url };
}

async function run(...args: string[]): Promise<void> {
  console.error(`\n$ arb ${args.join(' ')}`);
  const child = spawn(process.execPath, [arb, ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  // 1 and 4 are answers: not certified, too few requests to decide.
  if (code !== 0 && code !== 1 && code !== 4) throw new Error(`arb ${args[0]} ended with ${code}`);
}
