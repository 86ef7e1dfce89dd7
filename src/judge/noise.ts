import { shareEstimate } from '../statistics/clustered.ts';
import type { IntervalEstimate } from '../statistics/score-limits.ts';
import type { Verdict, VerdictKind } from './check/verdict.ts';
import type { ReferenceState } from './panel/comparison.ts';

/** How much the baseline differs from itself: no smaller difference of a target means anything. */
export interface NoiseFloor {
  readonly kind: VerdictKind;
  /** Requests the baseline answered twice. */
  readonly requests: number;
  /** Mean quality of the second sample less the first: 0 but for noise. */
  readonly difference: IntervalEstimate;
  /** Share of the requests on which the two samples score apart. */
  readonly differing: IntervalEstimate;
}

/**
 * The noise floor from the verdicts on two samples of `baseline`, one row per kind of quality.
 * Pairwise, the first sample is the reference itself, which ties with itself at .5.
 */
export function noiseFloor(
  verdicts: readonly Verdict[],
  baseline: string,
  referenceOf: (requestId: string) => ReferenceState,
): readonly NoiseFloor[] {
  const own = verdicts.filter(({ target }) => target === baseline);
  const differences = [...Map.groupBy(own, ({ request_id }) => request_id)].flatMap(
    ([request, rows]) => differenceOn(rows, referenceOf(request)),
  );
  return [...Map.groupBy(differences, ({ kind }) => kind)].flatMap(([kind, rows]) => {
    // A difference lies between -1 and 1, a share between 0 and 1.
    const halves = shareEstimate(rows.map(({ group, by }) => ({ group, value: (by + 1) / 2 })));
    const differing = shareEstimate(
      rows.map(({ group, by }) => ({ group, value: by === 0 ? 0 : 1 })),
    );
    if (!halves || !differing) return [];
    const [estimate, low, high] = [halves.estimate, halves.low, halves.high].map((x) => 2 * x - 1);
    const difference = { estimate: estimate ?? 0, low: low ?? -1, high: high ?? 1, n: halves.n };
    return [{ kind, requests: rows.length, difference, differing }];
  });
}

interface Difference {
  readonly group: string;
  readonly kind: VerdictKind;
  readonly by: number;
}

function differenceOn(rows: readonly Verdict[], reference: ReferenceState): Difference[] {
  const [one, ...others] = rows.toSorted((a, b) => a.pass - b.pass);
  if (!one) return [];
  const kind = one.quality_kind;
  const difference = (by: number) => [{ group: one.request_id, kind, by }];
  if (kind !== 'pairwise') {
    const second = others[0];
    return second ? difference(second.quality - one.quality) : [];
  }
  const known = typeof reference === 'object' ? reference : undefined;
  const itself = ({ target, pass }: Verdict) => target === known?.target && pass === known.pass;
  const second = rows.find((row) => !itself(row));
  return second ? difference(second.quality - 0.5) : [];
}
