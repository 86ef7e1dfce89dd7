import type { Constraint, Instance, Piece } from '../problem/instance.ts';

/** Random problems for the optimiser, the same for the same seed on every machine. */
interface Size {
  readonly rows: number;
  readonly cells: number;
  readonly targets: number;
  /** Distinct token values. */
  readonly values: number;
  readonly thresholds: number;
}

export type NextRandom = () => number;

/** Mulberry32: 32 bits of state are plenty for test data. */
export function randomFrom(seed: number): NextRandom {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Few enough policies to look at each, with numbers so small that ties abound. */
export function tinyProblem(seed: number): Instance {
  return randomProblem(seed, (pick) => {
    const thresholds = pick(2);
    return {
      rows: 1 + pick(15),
      cells: 1 + pick(2),
      targets: 2 + pick(thresholds === 2 ? 1 : 2),
      values: 1 + pick(thresholds === 2 ? 3 : 5),
      thresholds,
    };
  });
}

/** Millions of policies. */
export function mediumProblem(seed: number): Instance {
  return randomProblem(seed, (pick) => ({
    rows: 20 + pick(40),
    cells: 3 + pick(2),
    targets: 3 + pick(2),
    values: 4 + pick(8),
    thresholds: pick(1),
  }));
}

/** Each kind of constraint comes and goes. */
function randomProblem(seed: number, sizeOf: (pick: (most: number) => number) => Size): Instance {
  const random = randomFrom(seed);
  const pick = (most: number) => Math.floor(random() * (most + 1));
  const size = sizeOf(pick);
  const base = skeleton(size, random);
  const dearest = [1, 3, 20, 0][pick(3)] ?? 3;
  const table = (value: () => number) =>
    base.targets.map(() => Float64Array.from(base.cell, () => value()));
  const cost = table(() => pick(dearest));
  const weights = Array.from(base.cell, () => 1 + pick(random() < 0.3 ? 2 : 0));
  const weighted = (columns: Float64Array[]) =>
    columns.map((column) => column.map((value, row) => value * (weights[row] ?? 1)));
  const fractional = random() < 0.4;
  const quality = weighted(
    table(() => (fractional ? ([0, 0.25, 0.333333, 0.5, 0.9, 1][pick(5)] ?? 0) : pick(1))),
  );
  const slow = weighted(table(() => (random() < 0.3 ? 1 : 0)));
  const instance: Instance = {
    ...base,
    cost: weighted(cost),
    constraints: [],
    ...(random() < 0.3 ? { maxRules: 1 + pick(4) } : {}),
    ...(random() < 0.3 ? { maxTargets: 1 + pick(2) } : {}),
  };
  const constraints = [...kinds(instance, { quality, slow, integer: !fractional, random })].filter(
    () => random() < 0.6,
  );
  return { ...instance, constraints };
}

interface Measured {
  readonly quality: readonly Float64Array[];
  readonly slow: readonly Float64Array[];
  readonly integer: boolean;
  readonly random: NextRandom;
}

/** One of each kind, its bound at what some random assignment reaches or a little beyond. */
function* kinds(instance: Instance, { quality, slow, integer, random }: Measured) {
  const target = Array.from(instance.eligible, (row) => {
    const able = [...row.keys()].filter((t) => row[t] === 1);
    return able[Math.floor(random() * able.length)] ?? 0;
  });
  const reached = (amount: readonly Float64Array[]) =>
    instance.cell.reduce((sum, cell, row) => sum + (amount[target[cell] ?? 0]?.[row] ?? 0), 0);
  const bounded = (name: string, amount: readonly Float64Array[], whole: boolean): Constraint => {
    const sense = name.startsWith('floor') ? 'at-least' : 'at-most';
    const slack = random() < 0.1 ? 1 : 0;
    const bound = reached(amount) + (sense === 'at-least' ? slack : -slack);
    return { name, sense, amount, bound, integer: whole };
  };
  const within = (cell: number, amount: readonly Float64Array[]) =>
    amount.map((column) => column.map((value, row) => (instance.cell[row] === cell ? value : 0)));
  const calls = (targets: readonly number[]) =>
    instance.targets.map((_, t) =>
      Float64Array.from(instance.cell, () => (targets.includes(t) ? 1 : 0)),
    );
  yield bounded('floor', quality, integer);
  for (const [c, name] of instance.cells.entries()) {
    if (random() < 0.4) yield bounded(`floor of ${name}`, within(c, quality), integer);
  }
  yield bounded('slo', slow, true);
  if (random() < 0.3) yield bounded('slo of one', within(0, slow), true);
  yield bounded('capacity', calls([0]), true);
  if (random() < 0.3) yield bounded('share', calls([0, 1]), true);
}

type Skeleton = Omit<Instance, 'cost' | 'constraints'>;

/** Rows in cells with tokens; some targets are not eligible, and one cell may have no tokens. */
function skeleton(
  { rows, cells, targets, values, thresholds }: Size,
  random: NextRandom,
): Skeleton {
  const pick = (most: number) => Math.floor(random() * (most + 1));
  const blank = random() < 0.2 ? pick(cells - 1) : -1;
  const cell = Int32Array.from({ length: rows }, () => pick(cells - 1));
  const names = Array.from({ length: targets }, (_, t) => `target-${String.fromCharCode(97 + t)}`);
  return {
    targets: names.toSorted(() => random() - 0.5),
    cells: Array.from({ length: cells }, (_, c) => `task=${String.fromCharCode(122 - c)}`),
    cell,
    tokens: cell.map((c) => (c === blank ? -1 : 10 * (1 + pick(values - 1)))),
    eligible: Array.from({ length: cells }, () =>
      Uint8Array.from({ length: targets }, () => (random() < 0.9 ? 1 : 0)),
    ),
    maxThresholds: thresholds,
  };
}

export interface MarketSize {
  readonly rows: number;
  readonly targets: number;
  readonly tasks: number;
  /** Share of slow requests allowed; absent = no SLO. */
  readonly slowShare?: number;
}

/**
 * A market as they are: dearer targets are better, most of all on long prompts and hard tasks, and
 * slower at length; own thresholds per task, an overall floor at the best single target less 0.01.
 */
export function marketProblem(
  { rows, targets, tasks, slowShare }: MarketSize,
  seed: number,
): Instance {
  const random = randomFrom(seed);
  const names = Array.from({ length: targets }, (_, t) => `model-${String(t).padStart(2, '0')}`);
  const cell = Int32Array.from({ length: rows }, () => Math.floor(random() * tasks));
  // Log-normal by the sum of uniforms: median 400 tokens, one in a hundred beyond 6,000.
  const tokens = cell.map(() => {
    const normal = random() + random() + random() + random() + random() + random() - 3;
    return Math.max(1, Math.round(400 * Math.exp(1.6 * normal)));
  });
  const hard = Array.from({ length: tasks }, () => random());
  const cost: Float64Array[] = [];
  const quality: Float64Array[] = [];
  const slow: Float64Array[] = [];
  for (const t of names.keys()) {
    const strength = (t + 0.5) / targets + 0.15 * (random() - 0.5);
    const price = 20 * 100 ** (strength + 0.2 * (random() - 0.5));
    const taste = hard.map(() => 0.25 * (random() - 0.5));
    const pace = 0.3 + random();
    cost.push(Float64Array.from(tokens, (size) => Math.round(price * (size + 600 * random()))));
    quality.push(
      Float64Array.from(cell, (task, row) => {
        const load = 0.4 * (hard[task] ?? 0) + 0.06 * Math.log2((tokens[row] ?? 1) / 400);
        const chance =
          0.75 + 0.3 * strength + (taste[task] ?? 0) * (1 - strength) - load * (1.3 - strength);
        return random() < chance ? 1 : 0;
      }),
    );
    slow.push(
      Float64Array.from(tokens, (size) => (random() < 0.03 * pace * (1 + size / 2_000) ? 1 : 0)),
    );
  }
  const means = quality.map((column) => column.reduce((a, b) => a + b, 0) / rows);
  const constraints: Constraint[] = [
    {
      name: 'floor',
      sense: 'at-least',
      amount: quality,
      bound: Math.ceil((Math.max(...means) - 0.01) * rows),
      integer: true,
    },
  ];
  if (slowShare !== undefined) {
    const bound = Math.floor(slowShare * rows);
    constraints.push({ name: 'slo', sense: 'at-most', amount: slow, bound, integer: true });
  }
  const eligible = hard.map(() => new Uint8Array(targets).fill(1));
  const cells = hard.map((_, task) => `task=${task}`);
  return { targets: names, cells, cell, tokens, cost, constraints, eligible, maxThresholds: 1 };
}

/** The same problem with its rows, targets and cells in another order. */
export function shuffled(instance: Instance, random: NextRandom): Instance {
  const orderOf = (size: number) => {
    const keyed = Array.from({ length: size }, (_, index) => ({ index, key: random() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ index }) => index);
  };
  const rows = orderOf(instance.cell.length);
  const targets = orderOf(instance.targets.length);
  const cells = orderOf(instance.cells.length);
  const columns = (table: readonly Float64Array[]) =>
    targets.map((t) => Float64Array.from(rows, (row) => table[t]?.[row] ?? 0));
  return {
    ...instance,
    targets: targets.map((t) => instance.targets[t] ?? ''),
    cells: cells.map((c) => instance.cells[c] ?? ''),
    cell: Int32Array.from(rows, (row) => cells.indexOf(instance.cell[row] ?? 0)),
    tokens: Int32Array.from(rows, (row) => instance.tokens[row] ?? -1),
    cost: columns(instance.cost),
    constraints: instance.constraints.map((c) => ({ ...c, amount: columns(c.amount) })),
    eligible: cells.map((c) => Uint8Array.from(targets, (t) => instance.eligible[c]?.[t] ?? 0)),
  };
}

/**
 * A policy is planted: its target answers every row right for 10, the others are wrong and cost 1,
 * or right by luck and cost 30. With every row to be right, it is the optimum.
 */
export function plantedProblem(seed: number): { instance: Instance; pieces: readonly Piece[] } {
  const random = randomFrom(seed);
  const pick = (most: number) => Math.floor(random() * (most + 1));
  const targets = ['a', 'b', 'c', 'd'];
  const cells = ['one', 'two', 'three'].toSorted();
  const rows = 600;
  const cell = Int32Array.from({ length: rows }, (_, row) => row % cells.length);
  const tokens = Int32Array.from({ length: rows }, (_, row) => 1 + Math.floor(row / cells.length));
  const pieces = cells.flatMap((_, c): Piece[] => {
    const cut = 20 + pick(160);
    const left = pick(3);
    const right = (left + 1 + pick(2)) % targets.length;
    return [
      { cell: c, target: left, from: -Infinity, below: cut },
      { cell: c, target: right, from: cut, below: Infinity },
    ];
  });
  const best = tokens.map((size, row) => {
    const own = pieces.filter((piece) => piece.cell === cell[row]);
    return own.find(({ from, below }) => from <= size && size < below)?.target ?? -1;
  });
  const lucky = targets.map(() => cell.map(() => (random() < 0.3 ? 1 : 0)));
  const right = (t: number, row: number) => t === best[row] || lucky[t]?.[row] === 1;
  const table = (value: (t: number, row: number) => number) =>
    targets.map((_, t) => Float64Array.from(cell, (_c, row) => value(t, row)));
  const quality = table((t, row) => (right(t, row) ? 1 : 0));
  const cost = table((t, row) => (t === best[row] ? 10 : right(t, row) ? 30 : 1));
  const floor = { name: 'floor', sense: 'at-least', amount: quality, bound: rows } as const;
  const instance: Instance = {
    targets,
    cells,
    cell,
    tokens,
    cost,
    constraints: [{ ...floor, integer: true }],
    eligible: cells.map(() => new Uint8Array(targets.length).fill(1)),
    maxThresholds: 1,
  };
  return { instance, pieces };
}
