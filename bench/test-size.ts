/**
 * The size of the certificate's test by exact enumeration: the largest probability, over everything
 * 0/1 answers may be like at the margin, that a margin which is true is refuted.
 *
 *   npm run bench:test-size [-- --step 1] [-- --from 60] [-- --to 1000]
 *
 * Exits 1 where it is above 5 %.
 */
import { parseArgs } from 'node:util';
import { scoreTestSize } from '../src/statistics/enumerate.test.helper.ts';
import { scoreLevel } from '../src/statistics/tango.ts';

const { values: flags } = parseArgs({
  options: {
    step: { type: 'string', default: '1' },
    from: { type: 'string', default: '60' },
    to: { type: 'string', default: '1000' },
  },
});
const margins = [0.01, 0.02, 0.03, 0.05];
const alpha = 0.05;

let worst = 0;
const started = performance.now();
for (const margin of margins) {
  let most = { size: 0, losses: 0, n: 0 };
  for (let n = Number(flags.from); n <= Number(flags.to); n += Number(flags.step)) {
    const found = scoreTestSize({ n, margin, level: scoreLevel(n, alpha) });
    if (found.size > most.size) most = { ...found, n };
  }
  const size = (100 * most.size).toFixed(2);
  const where = `n ${most.n}, ${(100 * most.losses).toFixed(1)} % losses`;
  console.log(`margin ${margin}: worst size ${size} % at ${where}`);
  worst = Math.max(worst, most.size);
}
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
if (worst > alpha) {
  console.error('MISSED: the test refutes more true margins than it may');
  process.exitCode = 1;
}
