import { check } from '../../src/optimize/check.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { correlated, createTable, drawSessions, uniform } from './table.ts';

/** Least share of intervals at 95 % that must hold the truth. */
const least = 0.94;

/**
 * The limits that `arb check` prints, on sessions of 5 to 20 whose answers agree (ICC 0.5): how often
 * the change of quality and the saving lie between them, and how wide they are.
 *
 * @returns what was missed, in words
 */
export function runCoverage({
  draws,
  seed,
}: {
  readonly draws: number;
  readonly seed: number;
}): string[] {
  const policy = makePolicy({
    status: 'uncertified',
    features: {},
    targets: { weak: {} },
    rules: [{ name: 'otherwise', use: 'weak' }],
  });
  const [loss, gain] = [0.08, 0.04];
  const misses: string[] = [];
  for (const rows of [300, 1_000]) {
    const held = { change: 0, saving: 0 };
    let width = 0;
    for (let i = 0; i < draws; i++) {
      const drawSeed = seed * 1_000_003 + i;
      const u = uniform(drawSeed);
      const session = drawSessions(rows, [5, 20], u);
      const draw = () => {
        const x = u();
        return x < loss ? -1 : x < loss + gain ? 1 : 0;
      };
      const changes = correlated(session, 0.5, { u, draw });
      const table = createTable({
        rows,
        seed: drawSeed,
        session,
        columns: [
          { name: 'strong', cost: 0.01, quality: (row) => ((changes[row] ?? 0) > 0 ? 0 : 1) },
          { name: 'weak', cost: 0.003, quality: (row) => ((changes[row] ?? 0) < 0 ? 0 : 1) },
        ],
      });
      const { change, saving } = check(
        table,
        { name: 'weak', policy },
        { by: [], baseline: 'strong' },
      );
      const truth = gain - loss;
      if (change.low <= truth && truth <= change.high) held.change++;
      if (saving.low <= 0.7 + 1e-9 && 0.7 - 1e-9 <= saving.high) held.saving++;
      width += change.high - change.low;
    }
    const share = (count: number) => `${((100 * count) / draws).toFixed(1)} %`;
    console.log(
      `${rows} rows: change held in ${share(held.change)}, saving in ${share(held.saving)} of ${draws}; mean width ${((100 * width) / draws).toFixed(1)} points`,
    );
    for (const [what, count] of Object.entries(held)) {
      if (count < least * draws)
        misses.push(`limits of ${what} on ${rows} rows hold in ${share(count)} only`);
    }
  }
  return misses;
}
