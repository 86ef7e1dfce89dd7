import { recommend } from '../../src/optimize/recommend.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { draw } from '../population.ts';

/** Draws of the advised number of requests of which at least this share must pass. */
const least = 0.8;
/** More than this is not drawn: no use to anybody. */
const most = 20_000;

/**
 * The number of requests that an inconclusive certificate names, drawn anew: how often it is enough.
 *
 * @returns what was missed, in words
 */
export function runAdvice(
  populations: readonly { readonly name: string; readonly table: OutcomeTable }[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): string[] {
  const misses: string[] = [];
  for (const { name, table } of populations) {
    for (const [rows, margin] of [
      [100, 0.02],
      [200, 0.02],
      [200, 0.05],
      [400, 0.02],
    ] as const) {
      const options = { by: ['task'], floor: `best-${margin}`, arms: 'none' } as const;
      let [named, enough] = [0, 0];
      for (let i = 0; i < draws; i++) {
        const first = recommend(draw(table, rows, seed * 7_919 + i), options);
        const { inAll = 0 } = first.certificate?.needed ?? {};
        if (first.certificate?.verdict !== 'INCONCLUSIVE' || inAll === 0 || inAll > most) continue;
        named++;
        const again = recommend(draw(table, inAll, seed * 104_729 + i), options);
        if (again.certificate?.verdict === 'PASS') enough++;
      }
      const share = named > 0 ? enough / named : 1;
      console.log(
        `${name.padEnd(22)} ${String(rows).padStart(4)} rows, margin ${margin}: named in ${named} of ${draws}, enough in ${enough} = ${(100 * share).toFixed(0)} %`,
      );
      if (named >= 10 && share < least) {
        misses.push(
          `${name}, ${rows} rows, margin ${margin}: the number named is enough in ${(100 * share).toFixed(0)} %`,
        );
      }
    }
  }
  return misses;
}
