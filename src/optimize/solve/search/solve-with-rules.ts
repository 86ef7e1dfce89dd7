import { floatAt } from '../../rows/at.ts';
import type { Cell, Problem } from '../bound/cells.ts';
import type { RuleIds, RuleParts } from '../bound/rule-ids.ts';
import type { Options } from '../front/choices.ts';
import { merge } from '../front/merge.ts';
import { type CellPlan, toPlan } from '../front/plan.ts';

/** States kept while a set of rules is tried: such fronts are short. */
const mostStates = 4_096;

/** The cheapest feasible plan that uses no other rules than these. */
export function solveWithRules(
  problem: Problem,
  ids: RuleIds,
  rules: readonly number[],
): CellPlan | undefined {
  const parts = rules.map((id) => ids.rule(id));
  const options = problem.cells.map((cell, c) =>
    optionsBy(problem, cell, listServices(cell, parts, ids.places[c])),
  );
  const { found } = merge({
    problem,
    options,
    width: Infinity,
    most: mostStates,
    isOver: () => false,
    effort: { left: Infinity },
  });
  return found && toPlan(problem, options, found);
}

/** `target, cut, target` of every service of a cell by these rules; cut -1 = whole. */
function listServices(
  cell: Cell,
  parts: readonly RuleParts[],
  places: Int32Array | undefined,
): number[][] {
  return parts.flatMap(({ target, place, side }) => {
    const t = cell.targets.indexOf(target);
    if (t < 0 || side === 'right') return [];
    if (side === 'whole') return [[t, -1, -1]];
    const at = places?.indexOf(place) ?? -1;
    if (at < 1) return [];
    return parts.flatMap((other) => {
      const right = cell.targets.indexOf(other.target);
      const fits = other.side === 'right' && other.place === place && right >= 0 && right !== t;
      return fits ? [[t, at, right]] : [];
    });
  });
}

function optionsBy(problem: Problem, cell: Cell, codes: readonly number[][]): Options {
  const width = cell.targets.length;
  const end = cell.values.length * width;
  const sum = (prefix: Float64Array, [left = 0, at = -1, right = -1]: readonly number[]) => {
    if (at < 0) return floatAt(prefix, end + left);
    const cut = at * width;
    return (
      floatAt(prefix, cut + left) + floatAt(prefix, end + right) - floatAt(prefix, cut + right)
    );
  };
  const [cost = new Float64Array(), ...amounts] = cell.prefix.map((prefix) =>
    Float64Array.from(codes, (code) => sum(prefix, code)),
  );
  const sums: (Float64Array | undefined)[] = Array.from(problem.bounds, () => undefined);
  for (const [d, k] of cell.dims.entries()) sums[k] = amounts[d];
  const excess = new Float64Array(codes.length);
  const code = Int32Array.from(codes.flat());
  return { size: codes.length, excess, cost, sums, code, stride: 3, complete: true };
}
