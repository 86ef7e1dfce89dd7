import { recommendTable } from '../../src/optimize/recommend.ts';
import { createTable, uniform } from './table.ts';

/**
 * Targets that a share of the traffic could hide: one that fails every request, one that loses 40 %,
 * one that is good on 60 % of a task only. None may be certified at any share beyond its claim.
 *
 * @returns what was missed, in words
 */
export function runTraps({
  draws,
  seed,
}: {
  readonly draws: number;
  readonly seed: number;
}): string[] {
  const traps = [
    { name: 'fails every request', loss: 1, failed: true },
    { name: 'loses 40 %', loss: 0.4, failed: false },
    { name: 'good on 60 % of a task', loss: 0.4, failed: false, hardPart: true },
  ];
  const misses: string[] = [];
  for (const { name, loss, failed, hardPart } of traps) {
    for (const margin of [0.02, 0.05]) {
      for (const rows of [200, 1_000]) {
        let certified = 0;
        for (let i = 0; i < draws; i++) {
          const u = uniform(seed * 1_000_003 + i);
          const hard = Array.from({ length: rows }, () => u() < 0.4);
          const lost = hard.map((is) => (hardPart ? is : u() < loss));
          const table = createTable({
            rows,
            seed: seed * 1_000_003 + i,
            task: () => 'chat',
            columns: [
              { name: 'strong', cost: 0.01, quality: () => 1 },
              {
                name: 'weak',
                cost: 0.001,
                quality: (row) => (lost[row] ? 0 : 1),
                ...(failed && { status: () => 'failed' as const }),
              },
            ],
          });
          const found = recommendTable(table, { by: ['task'], floor: `best-${margin}` });
          if (found.status === 'certified') certified++;
        }
        console.log(
          `${name.padEnd(24)} margin ${margin}  ${String(rows).padStart(5)} rows  certified ${certified} of ${draws}`,
        );
        if (certified > 0)
          misses.push(`${name}, margin ${margin}, ${rows} rows: ${certified} certified`);
      }
    }
  }
  return misses;
}
