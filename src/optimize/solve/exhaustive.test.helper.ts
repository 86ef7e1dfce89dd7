import type { Instance, Piece } from '../problem/instance.ts';

/**
 * The optimiser's rival for small problems: every policy of the class, one after the other, with
 * nothing shared with the solver but the statement of the problem.
 */
export interface EnumeratedPolicy {
  readonly pieces: readonly Piece[];
  readonly cost: number;
  readonly sums: readonly number[];
}

/** The first policy in the order of ties that keeps all constraints, if there is one. */
export function exhaustive(instance: Instance): EnumeratedPolicy | undefined {
  let best: EnumeratedPolicy | undefined;
  for (const policy of policies(instance)) {
    if (best && policy.cost > best.cost) continue;
    if (!keeps(instance, policy, () => true)) continue;
    if (!best || before(instance, policy, best)) best = policy;
  }
  return best;
}

/** The best sum of constraint `k` among the policies that keep the others. */
export function bestSum(instance: Instance, k: number): number | undefined {
  const sign = instance.constraints[k]?.sense === 'at-most' ? 1 : -1;
  let best: number | undefined;
  for (const policy of policies(instance)) {
    if (!keeps(instance, policy, (other) => other !== k)) continue;
    const sum = policy.sums[k] ?? 0;
    if (best === undefined || sign * sum < sign * best) best = sum;
  }
  return best;
}

export function countPieceRules(pieces: readonly Piece[]): number {
  return new Set(pieces.map(({ target, from, below }) => `${target} ${from} ${below}`)).size;
}

const slip = 1e-9;

function keeps(
  instance: Instance,
  policy: EnumeratedPolicy,
  asked: (k: number) => boolean,
): boolean {
  return instance.constraints.every(({ sense, bound }, k) => {
    const sum = policy.sums[k] ?? 0;
    return !asked(k) || (sense === 'at-most' ? sum <= bound + slip : sum >= bound - slip);
  });
}

function* policies(instance: Instance): Generator<EnumeratedPolicy> {
  const cells = instance.cells.map((_, c) => [...optionsOf(instance, c)]);
  const order = [...cells.keys()].sort((a, b) => text(instance.cells[a], instance.cells[b]));
  const { maxRules = Infinity, maxTargets = Infinity } = instance;
  const combine = function* (
    at: number,
    chosen: readonly EnumeratedPolicy[],
  ): Generator<EnumeratedPolicy> {
    if (at === order.length) {
      const pieces = chosen.flatMap((option) => option.pieces);
      if (new Set(pieces.map(({ target }) => target)).size > maxTargets) return;
      if (countPieceRules(pieces) > maxRules) return;
      const cost = chosen.reduce((sum, option) => sum + option.cost, 0);
      const sums = instance.constraints.map((_, k) =>
        chosen.reduce((sum, option) => sum + (option.sums[k] ?? 0), 0),
      );
      yield { pieces, cost, sums };
      return;
    }
    for (const option of cells[order[at] ?? 0] ?? []) yield* combine(at + 1, [...chosen, option]);
  };
  yield* combine(0, []);
}

function* optionsOf(instance: Instance, cell: number): Generator<EnumeratedPolicy> {
  const rows = [...instance.cell.keys()].filter((row) => instance.cell[row] === cell);
  const values = [...new Set(rows.map((row) => instance.tokens[row] ?? -1))].sort((a, b) => a - b);
  for (const cuts of subsetsUpTo(values.slice(1), instance.maxThresholds)) {
    const edges = [-Infinity, ...cuts, Infinity];
    for (const targets of assignments(instance, cell, cuts.length + 1)) {
      const pieces = targets.map((target, i) => ({
        cell,
        target,
        from: edges[i] ?? -Infinity,
        below: edges[i + 1] ?? Infinity,
      }));
      const total = (columns: readonly Float64Array[]) =>
        rows.reduce((sum, row) => {
          const tokens = instance.tokens[row] ?? -1;
          const piece = pieces.find(({ from, below }) => from <= tokens && tokens < below);
          return sum + (columns[piece?.target ?? -1]?.[row] ?? 0);
        }, 0);
      const sums = instance.constraints.map(({ amount }) => total(amount));
      yield { pieces, cost: total(instance.cost), sums };
    }
  }
}

function* subsetsUpTo(items: readonly number[], size: number): Generator<number[]> {
  yield [];
  if (size === 0) return;
  for (const [i, item] of items.entries()) {
    for (const rest of subsetsUpTo(items.slice(i + 1), size - 1)) yield [item, ...rest];
  }
}

function* assignments(instance: Instance, cell: number, size: number): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const head of instance.targets.keys()) {
    if (instance.eligible[cell]?.[head] !== 1) continue;
    for (const rest of assignments(instance, cell, size - 1)) {
      if (rest[0] !== head) yield [head, ...rest];
    }
  }
}

function before(instance: Instance, a: EnumeratedPolicy, b: EnumeratedPolicy): boolean {
  const differences = [
    a.cost - b.cost,
    countPieceRules(a.pieces) - countPieceRules(b.pieces),
    distinct(a) - distinct(b),
    compareLists(namesByCell(instance, a), namesByCell(instance, b)),
    compareLists(cutsByCell(instance, a), cutsByCell(instance, b)),
  ];
  return (differences.find((difference) => difference !== 0) ?? 0) < 0;
}

const distinct = ({ pieces }: EnumeratedPolicy) => new Set(pieces.map(({ target }) => target)).size;

/** Each cell's names in the order of the cells' names, a cell's end before any name. */
function namesByCell(instance: Instance, { pieces }: EnumeratedPolicy): string[] {
  return byCell(instance, pieces, ({ target }) => `\u0001${instance.targets[target]}`);
}

function cutsByCell(instance: Instance, { pieces }: EnumeratedPolicy): string[] {
  return byCell(instance, pieces, ({ below }) =>
    below === Infinity ? '' : `\u0001${String(below).padStart(12, '0')}`,
  );
}

function byCell(
  instance: Instance,
  pieces: readonly Piece[],
  show: (piece: Piece) => string,
): string[] {
  const groups = Map.groupBy(pieces, ({ cell }) => instance.cells[cell] ?? '');
  return [...groups.keys()].sort(text).map((name) => groups.get(name)?.map(show).join('') ?? '');
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  return a.map((item, i) => text(item, b[i])).find((difference) => difference !== 0) ?? 0;
}

function text(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
