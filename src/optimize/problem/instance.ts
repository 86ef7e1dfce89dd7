/**
 * The optimiser's problem in numbers: who measured them, and what they mean, is not its business.
 * Minimise the sum of `cost` over rows subject to `constraints`, by giving every piece of every
 * cell one target.
 */
export interface Instance {
  /** Names, in the order of every per-target array; ties are broken by name, not by position. */
  readonly targets: readonly string[];
  /** Names of the cells, e.g. `task=summarize`. */
  readonly cells: readonly string[];
  /** Cell of each row. */
  readonly cell: Int32Array;
  /** `input_tokens` of each row, the only thing thresholds cut by; -1 = absent. */
  readonly tokens: Int32Array;
  /** [target][row], integer nano-dollars (times the row's weight). */
  readonly cost: readonly Float64Array[];
  readonly constraints: readonly Constraint[];
  /** [cell][target], 1 = may be used. */
  readonly eligible: readonly Uint8Array[];
  /** B: thresholds per cell. */
  readonly maxThresholds: number;
  /** R: rules; a rule is a group of pieces with equal target and equal token range. */
  readonly maxRules?: number;
  /** M: distinct targets. */
  readonly maxTargets?: number;
}

/**
 * Sum over rows of `amount[target][row]` compared with `bound`. Quality floors are `at-least`; slow
 * counts, capacity and shares are `at-most`. Amounts are integers wherever gap 0 is claimed: 0/1
 * quality as counts, fractional quality on a 1e-6 grid with one-sided rounding.
 */
export interface Constraint {
  readonly name: string;
  readonly sense: 'at-least' | 'at-most';
  readonly amount: readonly Float64Array[];
  readonly bound: number;
  /** Rows outside have amount 0 for every target. */
  readonly integer: boolean;
}

export type Solution =
  | {
      readonly state: 'solved';
      readonly pieces: readonly Piece[];
      /** Nano-dollars over all rows. */
      readonly cost: number;
      /** Nothing in the class is cheaper. */
      readonly lower: number;
      /** (cost - lower) / cost; 0 = optimal. */
      readonly gap: number;
      /** Achieved sums, in the order of the constraints. */
      readonly sums: readonly number[];
    }
  | {
      /** Proven: no solution of the class keeps every constraint. */
      readonly state: 'infeasible';
      /** Name of the constraint that is in the way. */
      readonly tightest: string;
      /** The best sum of it that was reached beside the others; absent where none was. */
      readonly reachable?: number;
      /** Whether no better sum can be reached. */
      readonly isNearest: boolean;
    }
  | {
      /** Neither a solution nor a proof that there is none: the effort or the time ran out. */
      readonly state: 'not-found';
      /** Nano-dollars: no solution is cheaper. */
      readonly lower: number;
    };

/** A part of a cell: rows with `from <= tokens < below`. */
export interface Piece {
  readonly cell: number;
  readonly target: number;
  /** -Infinity for the first piece. */
  readonly from: number;
  /** Infinity for the last piece. */
  readonly below: number;
}
