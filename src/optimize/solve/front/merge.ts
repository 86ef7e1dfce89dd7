import type { Effort } from '../../problem/budget.ts';
import { at, floatAt, intAt } from '../../rows/at.ts';
import type { Problem } from '../bound/cells.ts';
import { amountOf, type Options } from './choices.ts';
import { type Points, unbeaten, undominated } from './pareto.ts';

/** What is left to choose in each cell, and how much of the gap all choices may use up together. */
export interface Candidates {
  readonly problem: Problem;
  /** In the order of the problem's cells. */
  readonly options: readonly Options[];
  /** Total excess over the Lagrange bound that is of interest. */
  readonly width: number;
  /** States kept at once; beyond it the merge is a beam search and proves nothing. */
  readonly most: number;
  readonly isOver: () => boolean;
  readonly effort: Effort;
}

/** States kept once the time is up: enough to come to some end. */
export const hurried = 256;

/** An option of each cell of the problem. */
export interface Combination {
  readonly cost: number;
  readonly picks: readonly number[];
}

export interface MergeResult {
  /** The cheapest feasible combination seen, if any. */
  readonly found: Combination | undefined;
  /** Every combination within the width was looked at. */
  readonly complete: boolean;
}

/** Combines the cells one by one, keeping the undominated states within the width. */
export function merge(candidates: Candidates): MergeResult {
  const { fronts, order, complete } = combineAll(candidates, undominated);
  const [found] = pickCheapest(fronts, order);
  return { found, complete };
}

/** All of the cheapest combinations; undefined where there may be more than were looked at. */
export function mergeTied(candidates: Candidates): readonly Combination[] | undefined {
  const { fronts, order, complete } = combineAll(candidates, unbeaten);
  return complete ? pickCheapest(fronts, order) : undefined;
}

type Filter = (points: Points) => Int32Array;

interface Combined {
  readonly fronts: readonly Front[];
  /** Cells in the order of the fronts. */
  readonly order: readonly number[];
  readonly complete: boolean;
}

function combineAll(candidates: Candidates, filter: Filter): Combined {
  const { problem, options } = candidates;
  if (options.some(({ size }) => size === 0)) return { fronts: [], order: [], complete: true };
  const sieved = options.map(({ size, cost, sums }) =>
    filter({ size, cost, sums: sums.filter((column) => column !== undefined) }),
  );
  const order = mergeOrder(
    problem,
    sieved.map((kept) => kept.length),
  );
  const fronts: Front[] = [];
  let front = emptyFront(problem.bounds.length);
  front.add(0, 0, -1, -1);
  let complete = true;
  const rests = restsAfter(candidates, order);
  for (const [stage, c] of order.entries()) {
    const option = options[c];
    const rest = rests[stage];
    if (!option || !rest) continue;
    const step = { option, kept: at(sieved, c), rest, filter };
    const next = combine(front, step, candidates);
    complete &&= next.complete;
    // Some ties decide nothing; some good plan is better than none.
    if (!complete && filter === unbeaten) break;
    fronts.push(next.front);
    front = next.front;
  }
  return { fronts, order, complete };
}

/** Grows by one state at a time; `sums` has a column per constraint. */
class Front {
  size = 0;
  cost: number[] = [];
  excess: number[] = [];
  parent: number[] = [];
  pick: number[] = [];
  sums: number[][];

  constructor(constraints: number) {
    this.sums = Array.from({ length: constraints }, () => []);
  }

  add(cost: number, excess: number, parent: number, pick: number): void {
    this.cost.push(cost);
    this.excess.push(excess);
    this.parent.push(parent);
    this.pick.push(pick);
    if (parent < 0) for (const column of this.sums) column.push(0);
    this.size++;
  }

  keep(indices: Int32Array): void {
    const of = (column: number[]) => Array.from(indices, (i) => at(column, i));
    this.cost = of(this.cost);
    this.excess = of(this.excess);
    this.parent = of(this.parent);
    this.pick = of(this.pick);
    this.sums = this.sums.map(of);
    this.size = indices.length;
  }
}

const emptyFront = (constraints: number) => new Front(constraints);

/** Least and most that the cells after a stage can add to each constraint. */
export interface Rest {
  readonly least: Float64Array;
  readonly most: Float64Array;
}

export function restsAfter({ problem, options }: Candidates, order: readonly number[]): Rest[] {
  const constraints = problem.bounds.length;
  let rest: Rest = { least: new Float64Array(constraints), most: new Float64Array(constraints) };
  return order
    .toReversed()
    .map((c) => {
      const after = rest;
      const add = (from: Float64Array, pick: (column: Float64Array) => number) =>
        from.map((value, k) => {
          const column = options[c]?.sums[k];
          return column ? value + pick(column) : value;
        });
      rest = {
        least: add(after.least, (column) => column.reduce((a, b) => Math.min(a, b), Infinity)),
        most: add(after.most, (column) => column.reduce((a, b) => Math.max(a, b), -Infinity)),
      };
      return after;
    })
    .reverse();
}

/** Cells that share a constraint of their own go together, so that it is settled early. */
export function mergeOrder({ cells }: Problem, sizes: readonly number[]): number[] {
  const touching = new Map<number, number>();
  for (const { dims } of cells) {
    for (const k of dims) touching.set(k, (touching.get(k) ?? 0) + 1);
  }
  const local = cells.map(({ dims }) =>
    Array.from(dims)
      .filter((k) => (touching.get(k) ?? 0) < cells.length)
      .join(),
  );
  return cells
    .map((_, c) => c)
    .sort((a, b) => compare(at(local, a), at(local, b)) || at(sizes, a) - at(sizes, b) || a - b);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

interface Step {
  readonly option: Options;
  readonly kept: Int32Array;
  readonly rest: Rest;
  readonly filter: Filter;
}

/** States held before the sieve runs between times. */
const chunk = 1 << 20;

function combine(
  front: Front,
  { option, kept, rest, filter }: Step,
  { problem, width, most, isOver }: Candidates,
): { front: Front; complete: boolean } {
  const { bounds } = problem;
  const next = emptyFront(bounds.length);
  const states = byExcess(front.size, front.excess);
  const picks = byExcess(
    kept.length,
    Array.from(kept, (o) => floatAt(option.excess, o)),
  ).map((i) => intAt(kept, i));
  let complete = true;
  const values = new Float64Array(bounds.length);
  for (const s of states) {
    const room = width - at(front.excess, s);
    for (const o of picks) {
      const excess = floatAt(option.excess, o);
      if (excess > room) break;
      let feasible = true;
      for (let k = 0; k < values.length && feasible; k++) {
        const sum = at(at(front.sums, k), s) + amountOf(option, k, o);
        const bound = floatAt(bounds, k);
        feasible = sum + floatAt(rest.least, k) <= bound;
        // Below this every completion keeps the bound, and how far below does not matter.
        values[k] = Math.max(sum, bound - floatAt(rest.most, k));
      }
      if (!feasible) continue;
      next.add(at(front.cost, s) + floatAt(option.cost, o), excess + at(front.excess, s), s, o);
      for (let k = 0; k < values.length; k++) next.sums[k]?.push(floatAt(values, k));
    }
    if (next.size > chunk) complete = sieve(next, most, filter) && complete;
  }
  complete = sieve(next, isOver() ? hurried : most, filter) && complete;
  return { front: next, complete };
}

function byExcess(size: number, excess: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i).sort(
    (a, b) => at(excess, a) - at(excess, b) || a - b,
  );
}

/** Drops dominated states; false where good ones had to go as well. */
function sieve(front: Front, most: number, filter: Filter): boolean {
  const varying = front.sums.filter((column) => column.some((value) => value !== column[0]));
  const kept = filter({ size: front.size, cost: front.cost, sums: varying });
  if (kept.length <= most) {
    front.keep(kept);
    return true;
  }
  const excess = Array.from(kept, (i) => at(front.excess, i));
  front.keep(
    byExcess(kept.length, excess)
      .slice(0, most)
      .map((i) => intAt(kept, i)),
  );
  return false;
}

function pickCheapest(fronts: readonly Front[], order: readonly number[]): Combination[] {
  const last = fronts.at(-1);
  if (!last || last.size === 0) return [];
  const cost = last.cost.reduce((a, b) => Math.min(a, b), Infinity);
  const found: Combination[] = [];
  for (let end = 0; end < last.size; end++) {
    if (last.cost[end] !== cost) continue;
    const picks = new Array<number>(order.length).fill(0);
    let state = end;
    for (let stage = order.length - 1; stage >= 0; stage--) {
      const { pick, parent } = at(fronts, stage);
      picks[at(order, stage)] = at(pick, state);
      state = at(parent, state);
    }
    found.push({ cost, picks });
  }
  return found;
}
