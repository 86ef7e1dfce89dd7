import type { OutcomeTable } from '../../outcome/table.ts';
import { intAt } from './at.ts';

/**
 * The rows of a table in the smallest groups a policy of the class can treat differently: equal
 * values of the split keys and, where thresholds are allowed, equal `input_tokens`. Sums over groups
 * are all that the optimiser needs, however many rows there are.
 */
export interface RowGroups {
  readonly keys: readonly string[];
  readonly thresholds: number;
  readonly cells: readonly CellKey[];
  /** By group. */
  readonly cell: Int32Array;
  /** By group; -1 = absent, or not looked at. */
  readonly tokens: Int32Array;
  /** Group of each row. */
  readonly of: Int32Array;
}

/** The values that make a cell: undefined where its rows lack the feature. */
export interface CellKey {
  /** `task=chat, app=web`; `task=none` where absent. */
  readonly name: string;
  readonly values: readonly (string | undefined)[];
  /** `absent`: thresholds are allowed, but these rows have no `input_tokens`. */
  readonly tokens: 'any' | 'present' | 'absent';
}

/** The value of a feature that all requests of a cell have; undefined where they have none, or it is no key. */
export type CellFeatures = (key: string) => string | undefined;

export const readCell =
  ({ values }: CellKey, keys: readonly string[]): CellFeatures =>
  (key) =>
    values[keys.indexOf(key)];

/** How rows are split. */
export interface RowSplit {
  /** `input_tokens` among the keys allows `maxThresholds` per cell. */
  readonly by: readonly string[];
  readonly maxThresholds: number;
  /** The row that decides for each: the first of its session. @default each for itself */
  readonly first?: Int32Array | undefined;
}

/** The rows of a table, so split. */
export function groupRows(table: OutcomeTable, { by, maxThresholds, first }: RowSplit): RowGroups {
  const keys = by.filter((key) => key !== 'input_tokens');
  const thresholds = by.includes('input_tokens') ? maxThresholds : 0;
  const { cell, cells } = joinCells(table, { keys, thresholds, first });
  if (thresholds === 0) {
    const tokens = new Int32Array(cells.length).fill(-1);
    return { keys, thresholds, cells, cell: Int32Array.from(cells.keys()), tokens, of: cell };
  }
  const ids = new Map<number, number>();
  const of = new Int32Array(table.rows);
  const found: { cell: number; tokens: number }[] = [];
  for (let row = 0; row < table.rows; row++) {
    const tokens = intAt(table.inputTokens, first ? intAt(first, row) : row);
    const key = (tokens + 1) * cells.length + intAt(cell, row);
    let id = ids.get(key);
    if (id === undefined) {
      id = found.length;
      ids.set(key, id);
      found.push({ cell: intAt(cell, row), tokens });
    }
    of[row] = id;
  }
  return {
    keys,
    thresholds,
    cells,
    of,
    cell: Int32Array.from(found, (group) => group.cell),
    tokens: Int32Array.from(found, (group) => group.tokens),
  };
}

/**
 * With sticky sessions a request is decided by the first of its session. The table has no clock:
 * the first is the one of fewest turns, then of the least name, digits compared as numbers.
 */
export function firstOfSession(table: OutcomeTable): Int32Array | undefined {
  const { session } = table;
  if (!session) return undefined;
  const turns = table.features.get('turns');
  const turnsOf = (row: number) => Number(turns?.values[turns.code[row] ?? -1] ?? 0);
  const names = new Intl.Collator('en', { numeric: true });
  const first = new Int32Array(session.values.length).fill(-1);
  for (let row = 0; row < table.rows; row++) {
    const code = intAt(session.code, row);
    if (code < 0) continue;
    const best = intAt(first, code);
    if (best < 0) first[code] = row;
    else {
      const fewer = turnsOf(row) - turnsOf(best);
      const before = fewer || names.compare(table.requests.name(row), table.requests.name(best));
      if (before < 0) first[code] = row;
    }
  }
  return session.code.map((code, row) => (code < 0 ? row : intAt(first, code)));
}

interface CellOptions extends Pick<RowGroups, 'keys' | 'thresholds'> {
  /** The row by which each row is decided; absent = each by itself. */
  readonly first: Int32Array | undefined;
}

function joinCells(
  table: OutcomeTable,
  { keys, thresholds, first }: CellOptions,
): { cell: Int32Array; cells: CellKey[] } {
  const cut = thresholds > 0;
  const categories = keys.map((key) => table.features.get(key));
  const cell = new Int32Array(table.rows);
  const ids = new Map<number, number>();
  const joint: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const seen = first ? intAt(first, row) : row;
    let key = 0;
    for (const category of categories) {
      const values = category ? category.values.length + 1 : 1;
      key = key * values + (category ? intAt(category.code, seen) + 1 : 0);
    }
    if (cut) key = key * 2 + (intAt(table.inputTokens, seen) < 0 ? 1 : 0);
    let id = ids.get(key);
    if (id === undefined) {
      id = joint.length;
      ids.set(key, id);
      joint.push(seen);
    }
    cell[row] = id;
  }
  const found = joint.map((row): CellKey => {
    const values = categories.map((category) => category?.values[category.code[row] ?? -1]);
    const absent = intAt(table.inputTokens, row) < 0;
    const tokens = cut ? (absent ? 'absent' : 'present') : 'any';
    return { values, tokens, name: cellName(keys, values, tokens) };
  });
  const order = found.map((_, id) => id).sort((a, b) => compare(found[a]?.name, found[b]?.name));
  const rank = new Int32Array(found.length);
  order.forEach((id, place) => {
    rank[id] = place;
  });
  return {
    cells: order.map((id) => found[id] as CellKey),
    cell: cell.map((id) => intAt(rank, id)),
  };
}

function cellName(
  keys: readonly string[],
  values: readonly (string | undefined)[],
  tokens: CellKey['tokens'],
): string {
  const parts = keys.map((key, i) => `${key}=${values[i] ?? 'none'}`);
  if (tokens === 'absent') parts.push('input_tokens=none');
  return parts.join(', ') || 'all';
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
