import type { Problem } from './cells.ts';

/** A rule by its parts: a target for whole cells, or on one side of a token value. */
export interface RuleParts {
  readonly target: number;
  /** Index among all token values. */
  readonly place: number;
  readonly side: 'whole' | 'left' | 'right';
}

/** Numbers for all rules that the pieces of a problem with at most one threshold can have. */
export class RuleIds {
  readonly targets: number;
  /** Token values that some cell can be cut at, ascending. */
  readonly values: Int32Array;
  /** [cell][index of its own value] -> index among all values; -1 where nothing is left of it. */
  readonly places: readonly Int32Array[];

  constructor({ cells, targets, thresholds }: Problem) {
    this.targets = targets.length;
    const cuttable = thresholds > 0 ? cells : [];
    const all = new Set(cuttable.flatMap(({ values }) => Array.from(values.subarray(1))));
    this.values = Int32Array.from(all).sort();
    const placeOf = new Map(Array.from(this.values, (value, place) => [value, place]));
    this.places = cells.map(({ values }) =>
      values.map((value, v) => (v > 0 ? (placeOf.get(value) ?? -1) : -1)),
    );
  }

  get size(): number {
    return this.targets * (1 + 2 * this.values.length);
  }

  id({ target, place, side }: RuleParts): number {
    if (side === 'whole') return target;
    return this.targets * (1 + 2 * place + (side === 'right' ? 1 : 0)) + target;
  }

  targetsOf(rules: readonly number[]): Set<number> {
    return new Set(rules.map((id) => id % this.targets));
  }

  rule(id: number): RuleParts {
    const target = id % this.targets;
    const block = Math.floor(id / this.targets) - 1;
    if (block < 0) return { target, place: -1, side: 'whole' };
    return { target, place: block >> 1, side: block & 1 ? 'right' : 'left' };
  }
}
