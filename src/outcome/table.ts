/**
 * Everything that was measured, as columns: one row per request, one column set per target. All
 * that the deciding wing sees. Rows and targets stand in an order that depends on their names
 * alone, and amounts are whole numbers, so that no figure computed from a table can depend on the
 * order in which its lines were read.
 */
export interface OutcomeTable {
  readonly rows: number;
  /** Sorted by name. */
  readonly targets: readonly string[];
  /** In the order of `targets`. */
  readonly columns: readonly TargetColumn[];
  /** The feature `input_tokens` by row; -1 = absent. */
  readonly inputTokens: Int32Array;
  /** By row; absent = every request weighs 1. */
  readonly weight?: Float64Array;
  /** `task`, `app`, `metadata.<key>`, `tools`, `json`, `vision`, `turns`: present where any row has it. */
  readonly features: ReadonlyMap<string, Category>;
  /** Requests of one session stand or fall together. */
  readonly session?: Category;
  /** Near-duplicates, where whoever made the table knew them. */
  readonly group?: Category;
  readonly qualityKind?: Category;
  readonly requests: RowNames;
  /** 16 hex digits over the names of the requests, whatever their order. */
  readonly fingerprint: string;
  readonly faults: readonly TableFault[];
}

/** What one target did, by row; passes over the same request are averaged. */
export interface TargetColumn {
  /** One of `statuses`. */
  readonly status: Uint8Array;
  /** Whole nano-dollars, all attempts together; NaN = not known. */
  readonly cost: Float64Array;
  /**
   * Why the cost of a row is not known, though `cost` may hold a reservation: the field of the usage.
   * Absent where no row says so.
   */
  readonly unknown?: Category;
  /** Millionths, rounded down; failed, skipped and missing are 0; -1 = not judged. */
  readonly quality: Int32Array;
  /** How many qualities were rounded; the true sum is less than this many millionths above. */
  readonly rounded: number;
  /** One array per pass; NaN = not known, Infinity = failed. Empty where no row has it. */
  readonly latency: readonly Float32Array[];
  readonly ttft: readonly Float32Array[];
  /** When the first pass was sent, ms from the start of the run; NaN = not known. Absent where no row says. */
  readonly sent?: Float64Array;
  readonly counts: ColumnCounts;
}

export interface ColumnCounts {
  /** Requests with any row. */
  readonly measured: number;
  /** Passes that were sent. */
  readonly passes: number;
  readonly failedPasses: number;
  readonly skipped: number;
  /** Answered, but with no quality. */
  readonly unjudged: number;
  readonly unpriced: number;
  /** Answers of no token at all, and those among them that were given a quality above 0. */
  readonly empty: number;
  readonly emptyPraised: number;
}

export const statuses = { missing: 0, ok: 1, failed: 2, skipped: 3, notPlanned: 4 } as const;

/** One millionth: the grid on which qualities and shares are whole numbers. */
export const micro = 1_000_000;

/** A feature with few values: `values[code[row]]`; code -1 = absent. Values are sorted. */
export interface Category {
  readonly values: readonly string[];
  readonly code: Int32Array;
}

export interface RowNames {
  name(row: number): string;
  /** 32 bits that depend on the name alone. */
  hash(row: number): number;
}

/** Something about the input that the user should know before believing a result. */
export type TableFault =
  | ({ readonly kind: 'duplicate' | 'contradiction'; readonly target: string } & Where)
  | ({ readonly kind: 'feature-conflict'; readonly feature: string } & Where)
  | ({ readonly kind: 'invalid-line'; readonly file: string } & Where);

interface Where {
  readonly count: number;
  /** Name of one request, or the message of one line. */
  readonly example: string;
}

/** The rows `chosen` (repeats allowed) as a table of its own, its requests named by `name`. */
export function pickRows(
  table: OutcomeTable,
  chosen: Int32Array,
  requests: RowNames = {
    name: (row) => table.requests.name(chosen[row] ?? 0),
    hash: (row) => table.requests.hash(chosen[row] ?? 0),
  },
): OutcomeTable {
  const category = (of: Category): Category => ({ ...of, code: picked(of.code, chosen) });
  return {
    rows: chosen.length,
    targets: table.targets,
    columns: table.columns.map((column) => ({
      ...column,
      status: picked(column.status, chosen),
      cost: picked(column.cost, chosen),
      ...(column.unknown && { unknown: category(column.unknown) }),
      quality: picked(column.quality, chosen),
      rounded: Math.min(column.rounded, chosen.length),
      latency: column.latency.map((pass) => picked(pass, chosen)),
      ttft: column.ttft.map((pass) => picked(pass, chosen)),
      ...(column.sent && { sent: picked(column.sent, chosen) }),
    })),
    inputTokens: picked(table.inputTokens, chosen),
    ...(table.weight && { weight: picked(table.weight, chosen) }),
    features: new Map([...table.features].map(([key, of]) => [key, category(of)])),
    ...(table.session && { session: category(table.session) }),
    ...(table.group && { group: category(table.group) }),
    ...(table.qualityKind && { qualityKind: category(table.qualityKind) }),
    requests,
    fingerprint: table.fingerprint,
    faults: table.faults,
  };
}

type Numbers = Uint8Array | Int32Array | Float32Array | Float64Array;

/** `array[order[i]]` for every i. */
export function picked<A extends Numbers>(array: A, order: Int32Array): A {
  const Kind = array.constructor as new (length: number) => A;
  const result = new Kind(order.length);
  for (let i = 0; i < order.length; i++) result[i] = array[order[i] as number] as number;
  return result;
}
