import { at, floatAt } from '../../rows/at.ts';
import type { Cell, Problem } from '../bound/cells.ts';
import type { Dual } from '../bound/multipliers.ts';
import { restrictCell } from '../bound/pairs.ts';
import { reduce } from '../bound/relax.ts';
import { type CellPlan, collectTargets, comparePlans, countPlanRules } from '../front/plan.ts';

/**
 * A plan with at most R rules and M targets, good but not proven: some cells are cut and have rules
 * of their own, all others stay whole and share one rule per target. For each number of shared rules
 * the targets are added one by one, and the cells that gain most by a cut are cut, both at the
 * multipliers of the bound; what is left is a problem without a limit on rules.
 */
export function searchLayouts(
  problem: Problem,
  { dual, upper }: { readonly dual: Dual; readonly upper: number },
  searchPlain: (part: Problem, upper: number) => { readonly best: CellPlan | undefined },
): CellPlan | undefined {
  const shapes = problem.cells.map((cell, c) => ({
    cell,
    whole: wholeCosts(cell, dual.multipliers),
    cut: at(dual.relaxed.choices, c).reduced,
  }));
  let best: CellPlan | undefined;
  for (const layout of layouts(problem, shapes)) {
    const cells = shapes.map(({ cell }, c) =>
      layout.cut.has(c) ? cell : uncut(restrictCell(cell, layout.shared)),
    );
    const found = searchPlain(
      { ...problem, cells, maxRules: Infinity },
      Math.min(upper, best?.cost ?? Infinity),
    );
    const plan = found.best;
    if (!plan || countPlanRules(plan) > problem.maxRules) continue;
    if (collectTargets(plan).size > problem.maxTargets) continue;
    if (!best || comparePlans(plan, best) < 0) best = plan;
  }
  return best;
}

interface Shape {
  readonly cell: Cell;
  /** Reduced cost of the uncut cell by rank of its target. */
  readonly whole: ReadonlyMap<number, number>;
  /** Least reduced cost of the cell, cut or not. */
  readonly cut: number;
}

function wholeCosts(cell: Cell, multipliers: Float64Array): Map<number, number> {
  const reduced = reduce(cell, multipliers);
  const end = cell.values.length * cell.targets.length;
  return new Map(Array.from(cell.targets, (rank, t) => [rank, floatAt(reduced, end + t)]));
}

/** Which targets the whole cells share, and which cells are cut. */
interface Layout {
  readonly shared: readonly number[];
  readonly cut: ReadonlySet<number>;
}

function* layouts(problem: Problem, shapes: readonly Shape[]): Generator<Layout> {
  const { maxRules, thresholds } = problem;
  const ranks = [...new Set(shapes.flatMap(({ whole }) => [...whole.keys()]))];
  const shared: number[] = [];
  while (shared.length < Math.min(maxRules, ranks.length)) {
    const room = Math.floor((maxRules - shared.length - 1) / (thresholds + 1));
    const tried = ranks
      .filter((rank) => !shared.includes(rank))
      .map((rank) => ({ rank, ...cheapestCuts(shapes, [...shared, rank], room) }));
    const next = tried.reduce((a, b) => (b.cost < a.cost ? b : a));
    shared.push(next.rank);
    yield { shared: [...shared], cut: next.cut };
  }
}

/** The cells that gain most by being cut, when all others share these targets. */
function cheapestCuts(shapes: readonly Shape[], shared: readonly number[], room: number) {
  const gains = shapes.map(({ whole, cut }, c) => {
    const least = Math.min(...shared.map((rank) => whole.get(rank) ?? Infinity));
    return { c, least, gain: least - cut };
  });
  const chosen = gains
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain || a.c - b.c)
    .slice(0, room);
  const cut = new Set(chosen.map(({ c }) => c));
  const cost = gains.reduce(
    (sum, { c, least }) => sum + (cut.has(c) ? at(shapes, c).cut : least),
    0,
  );
  return { cost, cut };
}

/** The problem with no cell cut: there rules are targets. */
export function withoutCuts(problem: Problem): Problem {
  const { maxRules, maxTargets } = problem;
  return {
    ...problem,
    cells: problem.cells.map(uncut),
    thresholds: 0,
    maxRules: Infinity,
    maxTargets: Math.min(maxRules, maxTargets),
  };
}

/** The cell as one piece: its first token value stands for all of them. */
function uncut(cell: Cell): Cell {
  const width = cell.targets.length;
  const end = cell.values.length * width;
  const prefix = cell.prefix.map((sums) => {
    const whole = new Float64Array(2 * width);
    whole.set(sums.subarray(end, end + width), width);
    return whole;
  });
  return { ...cell, values: cell.values.slice(0, 1), prefix };
}
