import type { Effort } from '../../problem/budget.ts';
import { at, floatAt } from '../../rows/at.ts';
import { amountOf } from './choices.ts';
import { type Label, labels, type Sets } from './labels.ts';
import { type Candidates, hurried, type MergeResult, mergeOrder, restsAfter } from './merge.ts';

/**
 * A merge that also knows rules and targets: of all combinations within the width it finds the
 * first by cost, then fewer rules, fewer targets, target names cell by cell, lower thresholds,
 * among those with at most the allowed rules.
 */
export function mergeByRules(candidates: Candidates): MergeResult {
  const { problem, options, width, isOver, effort } = candidates;
  if (options.some(({ size }) => size === 0)) return { found: undefined, complete: true };
  effort.left -= labelEffort * options.reduce((sum, { size }) => sum + size, 0);
  if (effort.left <= 0) return { found: undefined, complete: false };
  const known = labels(problem, options);
  const order = mergeOrder(
    problem,
    options.map(({ size }) => size),
  );
  const rests = restsAfter(candidates, order);
  const rivalry = { sets: known.sets, rules: problem.maxRules, cells: order.length, effort };
  let complete = true;
  let states: State[] = [
    { cost: 0, excess: 0, sums: problem.bounds.map(() => 0), own: 0, shared: 0, targets: 0 },
  ];
  for (const [stage, c] of order.entries()) {
    const option = options[c];
    const rest = rests[stage];
    if (!option || !rest) continue;
    const own = at(known.labels, c);
    const picks = Array.from({ length: option.size }, (_, o) => o).sort(
      (a, b) => floatAt(option.excess, a) - floatAt(option.excess, b),
    );
    const next: State[] = [];
    for (const state of states) {
      for (const pick of picks) {
        if (--effort.left <= 0) return { found: undefined, complete: false };
        const excess = state.excess + floatAt(option.excess, pick);
        if (excess > width) break;
        const label = own[pick];
        if (!label) continue;
        const made = joined(state, label, known.sets);
        if (made.own + known.sets.size(made.shared) > problem.maxRules) continue;
        const sums = problem.bounds.map(
          (_, k) => floatAt(state.sums, k) + amountOf(option, k, pick),
        );
        if (problem.bounds.some((bound, k) => floatAt(sums, k) + floatAt(rest.least, k) > bound)) {
          continue;
        }
        const clamped = problem.bounds.map((bound, k) =>
          Math.max(floatAt(sums, k), bound - floatAt(rest.most, k)),
        );
        const cost = state.cost + floatAt(option.cost, pick);
        next.push({ ...made, cost, excess, sums: clamped, parent: state, cell: c, pick, label });
      }
    }
    const kept = thin(next, rivalry);
    if (effort.left <= 0) return { found: undefined, complete: false };
    const most = isOver() ? hurried : candidates.most;
    if (kept.length > most) {
      complete = false;
      kept.sort((a, b) => a.excess - b.excess);
      kept.length = most;
    }
    states = kept;
  }
  return { found: pickFirst(states, known.sets, order.length), complete };
}

/** What the label of an option costs, in comparisons of two states. */
const labelEffort = 20;

interface State {
  readonly cost: number;
  readonly excess: number;
  readonly sums: Float64Array;
  readonly own: number;
  readonly shared: number;
  readonly targets: number;
  readonly parent?: State;
  readonly cell?: number;
  readonly pick?: number;
  readonly label?: Label;
}

function joined(state: State, label: Label, sets: Sets): Pick<State, 'own' | 'shared' | 'targets'> {
  return {
    own: state.own + label.own,
    shared: sets.union(state.shared, label.shared),
    targets: sets.union(state.targets, label.targets),
  };
}

interface Rivalry {
  readonly sets: Sets;
  readonly rules: number;
  readonly cells: number;
  readonly effort: Effort;
}

/** Rivals looked at per state: the sieve may keep too many, never too few. */
const rivals = 2_000;

function thin(states: State[], rivalry: Rivalry): State[] {
  states.sort((a, b) => a.cost - b.cost || compareSums(a.sums, b.sums));
  const kept: State[] = [];
  for (const state of states) {
    let beaten = false;
    const stop = Math.max(0, kept.length - rivals);
    for (let r = kept.length - 1; r >= stop && !beaten; r--) {
      const rival = kept[r];
      beaten = rival !== undefined && beats(rival, state, rivalry);
      rivalry.effort.left--;
    }
    if (rivalry.effort.left <= 0) return kept;
    if (beaten) continue;
    // A later one of equal cost and sums may be the better one.
    for (let r = kept.length - 1; r >= stop; r--) {
      const rival = kept[r];
      if (!rival || rival.cost !== state.cost) break;
      if (beats(state, rival, rivalry)) kept.splice(r, 1);
    }
    kept.push(state);
  }
  return kept;
}

function compareSums(a: Float64Array, b: Float64Array): number {
  for (let k = 0; k < a.length; k++) {
    const difference = floatAt(a, k) - floatAt(b, k);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `a` is at least as good as `b` whatever the remaining cells do. */
function beats(a: State, b: State, { sets, rules, cells }: Rivalry): boolean {
  if (a.cost > b.cost) return false;
  for (let k = 0; k < a.sums.length; k++) if (floatAt(a.sums, k) > floatAt(b.sums, k)) return false;
  if (a.cost < b.cost && rules === Infinity) return true;
  // The remaining cells may use every shared rule of b: then these are what a has over b.
  const over = a.own + sets.extra(a.shared, b.shared) - b.own;
  if (over > 0) return false;
  if (a.cost < b.cost || over < 0) return true;
  if (sets.extra(a.targets, b.targets) > 0) return false;
  return compareNames(a, b, cells) <= 0;
}

/** Target names of all cells first, then thresholds of all cells. */
function compareNames(a: State, b: State, cells: number): number {
  const places = (state: State) => {
    const found = new Float64Array(2 * cells).fill(-1);
    for (let step: State | undefined = state; step; step = step.parent) {
      if (step.cell === undefined) continue;
      found[step.cell] = step.label?.names ?? -1;
      found[cells + step.cell] = step.label?.cuts ?? -1;
    }
    return found;
  };
  return compareSums(places(a), places(b));
}

function pickFirst(states: readonly State[], sets: Sets, cells: number): MergeResult['found'] {
  const [first] = states.toSorted(
    (a, b) =>
      a.cost - b.cost ||
      a.own + sets.size(a.shared) - b.own - sets.size(b.shared) ||
      sets.size(a.targets) - sets.size(b.targets) ||
      compareNames(a, b, cells),
  );
  if (!first) return undefined;
  const picks = new Array<number>(cells).fill(0);
  for (let step: State | undefined = first; step; step = step.parent) {
    if (step.cell !== undefined && step.pick !== undefined) picks[step.cell] = step.pick;
  }
  return { cost: first.cost, picks };
}
