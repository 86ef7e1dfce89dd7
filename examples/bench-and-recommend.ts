import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bench, recommend, simulate } from '../src/index.ts';

// A simulated market stands for the providers, so that this needs no keys and costs nothing.
const fixture = (name: string) => join(import.meta.dirname, '../fixtures', `practice.${name}`);
const workload = fixture('workload.jsonl');
const market = await simulate({ market: fixture('market.yaml'), port: 4141, workload });
const out = join(mkdtempSync(join(tmpdir(), 'arb-example-')), 'run');

const context = {
  env: {},
  now: () => new Date(),
  onInterrupt: () => () => {},
  process: 'shared',
} as const;
for await (const event of bench(
  workload,
  { config: fixture('arb.yaml'), out, requests: 400 },
  context,
)) {
  if (event.kind === 'finished') console.log(`measured in ${event.result.dir}`);
}
const { inForce } = await recommend({ runs: [out], by: ['task'], floor: 'best-0.1' });
if (inForce.kind !== 'none') console.log(inForce.text);
await market.close();
