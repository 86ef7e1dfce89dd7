import { UsageError } from '../errors.ts';
import type { Target } from '../provider/target/target.ts';
import { eligibleJudges } from './panel/panel.ts';
import type { Probed } from './panel/probing.ts';
import { prompts } from './panel/prompts.ts';
import type { Material, OpenRow } from './rulings.ts';

/** Why judging cannot go on, and what it cost so far. */
export function refusalText(
  { unusable, bills }: Probed,
  {
    refusals,
    needed,
    accepted,
  }: {
    readonly refusals: Probed['results'];
    readonly needed: number;
    readonly accepted: number;
  },
): string {
  const lines = [
    ...refusals.map(
      ({ judge, probe, prompt, score = 0, pairs }) =>
        `judge "${judge}" is refused: the probe "${probe}" must lose and scored ${score.toFixed(2)} in ${pairs} pairs (prompt ${prompts[prompt].version}).`,
    ),
    ...[...unusable].map(([judge, why]) => `judge "${judge}" is refused: ${why}.`),
  ];
  const spent = bills.reduce((sum, { cost_usd = 0 }) => sum + cost_usd, 0);
  const next = `${accepted} of the ${needed} needed ${needed === 1 ? 'judge' : 'judges'} remain; the probes cost $${spent.toFixed(4)}, and no answer was judged. Name other models in quality.judges.`;
  return [...lines, next].join('\n');
}

interface Judges {
  readonly judges: readonly Target[];
  readonly makerOf: (target: string) => string;
  readonly referenceOf: Material['referenceOf'];
  readonly needed: number;
}

/**
 * Before anything is spent.
 *
 * @throws UsageError where answers need judges and none could judge any of them.
 */
export function refuseWithoutJudges(
  open: readonly OpenRow[],
  { judges, makerOf, referenceOf, needed }: Judges,
): void {
  if (open.length === 0) return;
  if (judges.length === 0) {
    throw new UsageError(
      `${open.length} answers have no check that decides them, and no judge is named. Add targets with role: judge and name them in quality.judges, or --judges.`,
    );
  }
  const free = ({ row, comparison }: OpenRow) =>
    eligibleJudges(row, comparison, { judges, makerOf, reference: referenceOf(row.request_id) });
  if (open.some((each) => free(each).length >= needed)) return;
  const names = judges.map(({ name, maker }) => `${name} (${maker})`).join(', ');
  throw new UsageError(
    `judges ${names}: a judge does not judge answers of its own maker's models, and none of the ${open.length} answers would get the ${needed} ${needed === 1 ? 'vote' : 'votes'} that a verdict needs. Name judges of other makers in quality.judges, or lower --votes-needed. Nothing was sent.`,
  );
}
