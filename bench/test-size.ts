/**
 * The size of the certificate's test by exact enumeration: the largest probability, over everything
 * 0/1 answers may be like at the margin, that a margin which is true is refuted.
 *
 *   npm run bench:test-size [-- --step 20]
 *
 * Exits 1 where it is above 5 %.
 */
import { parseArgs } from 'node:util';
import { scoreTestSize } from '../src/statistics/enumerate.test.helper.ts';

const { values: flags } = parseArgs({ options: { step: { type: 'string', default: '20' } } });
const margins = [0.01, 0.02, 0.03, 0.05];
const levels = [0.04, 0.05];

let worst = 0;
const started = performance.now();
for (const level of levels) {
  for (const margin of margins) {
    let most = { size: 0, losses: 0, n: 0 };
    for (let n = 60; n <= 1_000; n += Number(flags.step)) {
      const found = scoreTestSize({ n, margin, level });
      if (found.size > most.size) most = { ...found, n };
    }
    const size = (100 * most.size).toFixed(2);
    const where = `n ${most.n}, ${(100 * most.losses).toFixed(1)} % losses`;
    console.log(`level ${level}, margin ${margin}: worst size ${size} % at ${where}`);
    if (level === 0.04) worst = Math.max(worst, most.size);
  }
}
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
if (worst > 0.05) {
  console.error('MISSED: the test refutes more true margins than it may');
  process.exitCode = 1;
}
