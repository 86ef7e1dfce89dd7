import highsLoader, { type Highs } from 'highs';
import type { Instance } from '../problem/instance.ts';

/**
 * The optimiser's problem as HiGHS takes it: a binary column for every (threshold, target, target)
 * of every cell, one row per cell and per constraint. Targets and rules, where limited, have binary
 * columns of their own, open where some cell uses them.
 */
export interface Programme {
  readonly columns: readonly Column[];
  readonly numRows: number;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
}

interface Column {
  /** Nano-dollars. */
  readonly cost: number;
  readonly rows: readonly number[];
  readonly values: readonly number[];
}

/** For at most one threshold per cell. */
export function programmeOf(instance: Instance): Programme {
  const { cells, constraints } = instance;
  const lower = [...cells.map(() => 1), ...constraints.map(lowerOf)];
  const upper = [...cells.map(() => 1), ...constraints.map(upperOf)];
  const columns: Column[] = [];
  const links = new Links(lower, upper);
  for (const c of cells.keys()) {
    for (const { cost, sums, pieces } of optionsOf(instance, c)) {
      const rows = [c];
      const values = [1];
      for (const [k, sum] of sums.entries()) {
        if (sum === 0) continue;
        rows.push(cells.length + k);
        values.push(sum);
      }
      for (const row of links.rowsOf(instance, c, pieces)) {
        rows.push(row);
        values.push(1);
      }
      columns.push({ cost, rows, values });
    }
  }
  columns.push(...links.openings(instance));
  return {
    columns,
    numRows: lower.length,
    rowLower: Float64Array.from(lower),
    rowUpper: Float64Array.from(upper),
  };
}

/** Columns from which presolve costs more than it saves. */
const pairwise = 5_000;

/** The least cost in nano-dollars, exact from the chosen columns; undefined where infeasible. */
export function runHighs(
  highs: Highs,
  { columns, numRows, rowLower, rowUpper }: Programme,
  seconds: number,
): { readonly cost: number; readonly proven: boolean } | undefined {
  const numCols = columns.length;
  const starts = new Int32Array(numCols + 1);
  for (const [j, { rows }] of columns.entries()) starts[j + 1] = (starts[j] ?? 0) + rows.length;
  const dearest = columns.reduce((most, { cost }) => Math.max(most, cost), 1);
  return highs.withModel(
    {
      numCols,
      numRows,
      // Costs of a few million nano-dollars would meet tolerances made for numbers near 1.
      colCost: Float64Array.from(columns, ({ cost }) => (1e4 * cost) / dearest),
      colLower: new Float64Array(numCols),
      colUpper: new Float64Array(numCols).fill(1),
      rowLower,
      rowUpper,
      integrality: new Int32Array(numCols).fill(1),
      matrix: {
        format: 'csc',
        numRows,
        numCols,
        starts,
        indices: Int32Array.from(columns.flatMap(({ rows }) => rows)),
        values: Float64Array.from(columns.flatMap(({ values }) => values)),
      },
    },
    (model) => {
      // Presolve compares columns pairwise: 22 s of 23 s at 41,503 columns, and nothing gained.
      const presolve = numCols > pairwise ? 'off' : 'choose';
      model.options.set({ output_flag: false, time_limit: seconds, presolve });
      model.options.set({ mip_rel_gap: 0, mip_abs_gap: 1e-9, mip_feasibility_tolerance: 1e-9 });
      model.run();
      const status = model.getModelStatus();
      const { optimal, infeasible } = highs.constants.modelStatus;
      if (status === infeasible) return undefined;
      const chosen = model.getSolution().colValue;
      const cost = columns.reduce(
        (sum, column, j) => sum + Math.round(chosen[j] ?? 0) * column.cost,
        0,
      );
      return { cost, proven: status === optimal };
    },
  );
}

/** The package declares CommonJS types for its ES module: the loader itself is the default. */
export const loadHighs = highsLoader as unknown as typeof highsLoader.default;

interface PieceOfOption {
  readonly target: number;
  readonly from: number;
  readonly below: number;
}

interface Option {
  readonly cost: number;
  readonly sums: readonly number[];
  readonly pieces: readonly PieceOfOption[];
}

function* optionsOf(instance: Instance, c: number): Generator<Option> {
  const rows = [...instance.cell.keys()]
    .filter((row) => instance.cell[row] === c)
    .sort((a, b) => (instance.tokens[a] ?? 0) - (instance.tokens[b] ?? 0));
  const targets = [...instance.targets.keys()].filter((t) => instance.eligible[c]?.[t] === 1);
  const measures = [instance.cost, ...instance.constraints.map(({ amount }) => amount)];
  const prefix = (columns: readonly Float64Array[]) =>
    targets.map((t) => {
      let sum = 0;
      return Float64Array.from([0, ...rows.map((row) => (sum += columns[t]?.[row] ?? 0))]);
    });
  const sums = measures.map(prefix);
  const part = (m: number, t: number, from: number, to: number) =>
    (sums[m]?.[t]?.[to] ?? 0) - (sums[m]?.[t]?.[from] ?? 0);
  for (const [t, target] of targets.entries()) {
    const [cost = 0, ...rest] = measures.map((_, m) => part(m, t, 0, rows.length));
    yield { cost, sums: rest, pieces: [{ target, from: -Infinity, below: Infinity }] };
  }
  for (let i = 1; instance.maxThresholds > 0 && i < rows.length; i++) {
    const cut = instance.tokens[rows[i] ?? 0] ?? 0;
    if (cut === instance.tokens[rows[i - 1] ?? 0]) continue;
    for (const [l, left] of targets.entries()) {
      for (const [r, right] of targets.entries()) {
        if (l === r) continue;
        const [cost = 0, ...rest] = measures.map(
          (_, m) => part(m, l, 0, i) + part(m, r, i, rows.length),
        );
        const pieces = [
          { target: left, from: -Infinity, below: cut },
          { target: right, from: cut, below: Infinity },
        ];
        yield { cost, sums: rest, pieces };
      }
    }
  }
}

/** Rows that tie the use of a target or of a rule in a cell to its being open. */
class Links {
  readonly #lower: number[];
  readonly #upper: number[];
  readonly #rows = new Map<string, number>();
  readonly #opened = new Map<string, number[]>();

  constructor(lower: number[], upper: number[]) {
    this.#lower = lower;
    this.#upper = upper;
  }

  rowsOf(instance: Instance, c: number, pieces: readonly PieceOfOption[]): number[] {
    const keys = new Set<string>();
    for (const { target, from, below } of pieces) {
      if (instance.maxTargets !== undefined) keys.add(`target ${target}`);
      if (instance.maxRules !== undefined) keys.add(`rule ${target} ${from} ${below}`);
    }
    return [...keys].map((key) => this.#row(c, key));
  }

  /** A column per target or rule, and the rows that count them. */
  openings({ maxTargets, maxRules }: Instance): Column[] {
    const counts = [
      ['target', maxTargets],
      ['rule', maxRules],
    ] as const;
    return counts.flatMap(([kind, most]) => {
      if (most === undefined) return [];
      const count = this.#add(-Infinity, most);
      return [...this.#opened]
        .filter(([key]) => key.startsWith(kind))
        .map(([, rows]) => ({
          cost: 0,
          rows: [...rows, count],
          values: [...rows.map(() => -1), 1],
        }));
    });
  }

  #row(c: number, key: string): number {
    const known = this.#rows.get(`${c} ${key}`);
    if (known !== undefined) return known;
    const row = this.#add(-Infinity, 0);
    this.#rows.set(`${c} ${key}`, row);
    this.#opened.set(key, [...(this.#opened.get(key) ?? []), row]);
    return row;
  }

  #add(lower: number, upper: number): number {
    this.#lower.push(lower);
    this.#upper.push(upper);
    return this.#lower.length - 1;
  }
}

type Bounded = Instance['constraints'][number];
const lowerOf = ({ sense, bound }: Bounded) => (sense === 'at-least' ? bound : -Infinity);
const upperOf = ({ sense, bound }: Bounded) => (sense === 'at-most' ? bound : Infinity);
