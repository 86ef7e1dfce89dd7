import fc from 'fast-check';
import { gateways } from '../../src/gateway/gateways.ts';
import {
  checkExports,
  hostilePolicies,
  startPython,
} from '../../src/gateway/hostile.test.helper.ts';

/**
 * Hostile policies, exported to every gateway; what was generated is parsed and run, in one
 * interpreter of Python and in this one: `node bench/gateways/hostile.ts [COUNT] [SEED]`.
 */
const count = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? 7);
const started = performance.now();
const python = startPython();
let escaped = 0;
let at = 0;
for (const draft of fc.sample(hostilePolicies, { numRuns: count, seed })) {
  const faults = await checkExports(draft, { gateways: Object.values(gateways), python });
  at += 1;
  if (at % 1_000 === 0) console.log(`${at} done, ${escaped} not data only`);
  if (faults.length > 0) {
    escaped += 1;
    console.log(JSON.stringify({ at, faults, draft }));
  }
}
python.close();
const seconds = Math.round((performance.now() - started) / 1_000);
console.log(
  `${count} hostile policies, ${Object.keys(gateways).length} gateways, seed ${seed}: ` +
    `${escaped} not data only; ${seconds} s`,
);
process.exitCode = escaped === 0 ? 0 : 1;
