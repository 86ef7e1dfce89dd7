import { mixed } from '../../src/outcome/intern.ts';
import { type Category, micro, type OutcomeTable, statuses } from '../../src/outcome/table.ts';
import { dice } from '../../src/statistics/random.test.helper.ts';

/** What one target did, by row; everything but the quality has a default. */
export interface TargetPopulation {
  readonly name: string;
  /** USD per request. */
  readonly cost: number;
  /** 0 to 1; NaN = not judged. */
  readonly quality: (row: number) => number;
  readonly status?: (row: number) => keyof typeof statuses;
  readonly latency?: (row: number) => number;
}

/** A table drawn from a population that is known. */
export interface TableDraw {
  readonly rows: number;
  readonly seed: number;
  readonly columns: readonly TargetPopulation[];
  readonly task?: (row: number) => string;
  /** Number of the session of a row. */
  readonly session?: Int32Array;
  readonly weight?: (row: number) => number;
  /** When each row was sent, ms. */
  readonly sent?: (row: number) => number;
}

/** Makes the columns that reading a file would make. */
export function createTable(drawn: TableDraw): OutcomeTable {
  const { rows, seed, columns, task, session, weight, sent } = drawn;
  const floats = (of: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, i) => of(i));
  const name = (row: number) => `${seed}-${row}`;
  return {
    rows,
    targets: columns.map((column) => column.name),
    columns: columns.map(({ cost, quality, status = () => 'ok', latency }) => {
      const count = (kind: string) =>
        floats((row) => (status(row) === kind ? 1 : 0)).reduce(add, 0);
      const scores = Int32Array.from({ length: rows }, (_, row) => {
        if (status(row) !== 'ok') return 0;
        const value = quality(row);
        return Number.isNaN(value) ? -1 : Math.floor(value * micro + 1e-6);
      });
      return {
        status: Uint8Array.from({ length: rows }, (_, row) => statuses[status(row)]),
        cost: new Float64Array(rows).fill(Math.round(cost * 1e9)),
        quality: scores,
        rounded: 0,
        latency: latency ? [Float32Array.from({ length: rows }, (_, row) => latency(row))] : [],
        ttft: [],
        ...(sent && { sent: floats(sent) }),
        counts: {
          measured: rows,
          passes: rows - count('skipped'),
          failedPasses: count('failed'),
          skipped: count('skipped'),
          unjudged: scores.filter((score) => score < 0).length,
          unpriced: 0,
          empty: 0,
          emptyPraised: 0,
        },
      };
    }),
    inputTokens: new Int32Array(rows).fill(-1),
    ...(weight && { weight: floats(weight) }),
    features: new Map(task ? [['task', categorise(rows, task)]] : []),
    ...(session && { session: categorise(rows, (row) => `${seed}-s${session[row]}`) }),
    requests: { name, hash: (row) => mixed(Math.imul(row + 1, 0x9e3779b1) ^ mixed(seed)) | 0 },
    fingerprint: mixed(seed).toString(16).padStart(16, '0'),
    faults: [],
  };
}

function categorise(rows: number, of: (row: number) => string): Category {
  const names = Array.from({ length: rows }, (_, row) => of(row));
  const values = [...new Set(names)].sort();
  const code = new Map(values.map((value, i) => [value, i]));
  return { values, code: Int32Array.from(names, (value) => code.get(value) ?? -1) };
}

const add = (a: number, b: number) => a + b;

/** A seeded number between 0 and 1. */
export type Uniform = () => number;

export function uniform(seed: number): Uniform {
  const roll = dice(mixed(seed) | 0);
  return () => (roll(2 ** 30) + 0.5) / 2 ** 30;
}

/** Sessions of a size drawn from `least` to `most`, until the rows are used up. */
export function drawSessions(
  rows: number,
  [least, most]: readonly [number, number],
  u: Uniform,
): Int32Array {
  const session = new Int32Array(rows);
  let [at, number] = [0, 0];
  while (at < rows) {
    const size = least + Math.floor(u() * (most - least + 1));
    session.fill(number, at, Math.min(rows, at + size));
    at += size;
    number++;
  }
  return session;
}

/**
 * Values by row whose intraclass correlation is `icc`: each row takes its session's draw with chance
 * sqrt(icc), else one of its own.
 */
export function correlated<T>(
  session: Int32Array,
  icc: number,
  { u, draw }: { u: Uniform; draw: () => T },
): T[] {
  const shared = new Map<number, T>();
  return Array.from(session, (code) => {
    if (!shared.has(code)) shared.set(code, draw());
    return u() < Math.sqrt(icc) ? (shared.get(code) as T) : draw();
  });
}
