import { at, intAt } from '../../rows/at.ts';
import type { Cell, Problem } from '../bound/cells.ts';
import { amountOf, type Options } from './choices.ts';

/** A solution in the solver's own terms: the pieces of every cell of the problem. */
export interface CellPlan {
  readonly cost: number;
  /** As `Problem.bounds`: `at-least` constraints with their sign turned. */
  readonly sums: readonly number[];
  readonly cells: readonly Pieces[];
}

export type Pieces = readonly PlanPiece[];

/** Rows with `from <= tokens < below`; the target by its rank. */
export interface PlanPiece {
  readonly target: number;
  readonly from: number;
  readonly below: number;
}

export function toPlan(
  problem: Problem,
  options: readonly Options[],
  { cost, picks }: { readonly cost: number; readonly picks: readonly number[] },
): CellPlan {
  const sums = Array.from(problem.bounds, (_, k) =>
    options.reduce((sum, columns, c) => sum + amountOf(columns, k, at(picks, c)), 0),
  );
  const cells = options.map((columns, c) => toPieces(at(problem.cells, c), columns, at(picks, c)));
  return { cost, sums, cells };
}

/** The pieces of one option of a cell. */
export function toPieces(
  { targets, values }: Cell,
  { code, stride }: Options,
  option: number,
): Pieces {
  const pieces: PlanPiece[] = [];
  let from = -Infinity;
  for (let i = option * stride; i < (option + 1) * stride; i += 2) {
    const cut = i + 1 < (option + 1) * stride ? intAt(code, i + 1) : -1;
    const below = cut < 0 ? Infinity : intAt(values, cut);
    pieces.push({ target: intAt(targets, intAt(code, i)), from, below });
    if (cut < 0) break;
    from = below;
  }
  return pieces;
}

/** The order of ties: cost, rules, targets, target names cell by cell, lower thresholds. */
export function comparePlans(a: CellPlan, b: CellPlan): number {
  return (
    a.cost - b.cost ||
    countPlanRules(a) - countPlanRules(b) ||
    collectTargets(a).size - collectTargets(b).size ||
    firstDifference(a.cells, b.cells, compareTargets) ||
    firstDifference(a.cells, b.cells, compareCuts)
  );
}

/** Rules: distinct pairs of target and token range over all cells. */
export function countPlanRules({ cells }: CellPlan): number {
  return new Set(cells.flat().map(ruleKey)).size;
}

export function collectTargets({ cells }: CellPlan): Set<number> {
  return new Set(cells.flat().map(({ target }) => target));
}

/** What pieces of one rule have in common. */
export function ruleKey({ target, from, below }: PlanPiece): string {
  return `${target}:${from}:${below}`;
}

export function compareTargets(a: Pieces, b: Pieces): number {
  for (const [i, { target }] of a.entries()) {
    const other = b[i];
    if (!other) return 1;
    if (target !== other.target) return target - other.target;
  }
  return a.length - b.length;
}

export function compareCuts(a: Pieces, b: Pieces): number {
  for (const [i, { below }] of a.entries()) {
    const other = b[i];
    if (!other) return 1;
    if (below !== other.below) return below < other.below ? -1 : 1;
  }
  return a.length - b.length;
}

function firstDifference(
  a: readonly Pieces[],
  b: readonly Pieces[],
  compare: (a: Pieces, b: Pieces) => number,
): number {
  for (const [c, pieces] of a.entries()) {
    const difference = compare(pieces, at(b, c));
    if (difference !== 0) return difference;
  }
  return 0;
}
