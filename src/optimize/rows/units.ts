import { hashBytes } from '../../outcome/intern.ts';
import { type OutcomeVector, sourceAt } from '../../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../../outcome/table.ts';
import { at, intAt } from './at.ts';

/** What stands or falls together: a session, else a group of near-duplicates, else a request. */
export interface Units {
  /** Unit of each row. */
  readonly unit: Int32Array;
  readonly names: UnitNames;
  /** False where every row stands alone. */
  readonly clustered: boolean;
}

export interface UnitNames {
  readonly count: number;
  /** The session, the group or the request, as the table names it. */
  name(code: number): string;
  /** 32 bits that depend on the name alone. */
  hash(code: number): number;
}

export function findUnits(table: OutcomeTable): Units {
  const { session, group, rows, requests } = table;
  if (!session && !group) {
    const names: UnitNames = {
      count: rows,
      name: (row) => requests.name(row),
      hash: (row) => requests.hash(row),
    };
    return { unit: everyRow(rows), names, clustered: false };
  }
  const texts = [...(session?.values ?? []), ...(group?.values ?? [])];
  const sessions = session?.values.length ?? 0;
  const unit = new Int32Array(rows);
  const alone: number[] = [];
  let clustered = false;
  const taken = new Uint8Array(texts.length);
  for (let row = 0; row < rows; row++) {
    const [inSession, inGroup] = [session?.code[row] ?? -1, group?.code[row] ?? -1];
    const code = inSession >= 0 ? inSession : inGroup >= 0 ? sessions + inGroup : -1;
    if (code < 0) unit[row] = texts.length + alone.push(row) - 1;
    else {
      unit[row] = code;
      if (taken[code]) clustered = true;
      taken[code] = 1;
    }
  }
  const hashes = texts.map(hashText);
  const rowOf = (code: number) => at(alone, code - texts.length);
  const names: UnitNames = {
    count: texts.length + alone.length,
    name: (code) => texts[code] ?? requests.name(rowOf(code)),
    hash: (code) => hashes[code] ?? requests.hash(rowOf(code)),
  };
  return { unit, names, clustered };
}

/** 0 to n - 1. */
export function everyRow(n: number): Int32Array {
  const rows = new Int32Array(n);
  for (let row = 0; row < n; row++) rows[row] = row;
  return rows;
}

function hashText(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return hashBytes(bytes, 0, bytes.length);
}

/**
 * The unit of each row when bursts of failed or slow attempts count as one, too: units of the table
 * joined where a target that serves one of `vectors` had a burst over them. Absent where every row
 * stands alone.
 */
export function joinBursts(
  { units, bursts }: { readonly units: Units; readonly bursts: readonly Int32Array[] },
  vectors: readonly OutcomeVector[],
): Int32Array | undefined {
  const { unit, clustered, names } = units;
  if (bursts.length === 0) return clustered ? unit : undefined;
  const parent = Int32Array.from({ length: names.count }, (_, code) => code);
  const findRoot = (code: number): number => {
    let at = code;
    while (parent[at] !== at) {
      parent[at] = intAt(parent, intAt(parent, at));
      at = intAt(parent, at);
    }
    return at;
  };
  let joined = false;
  for (const vector of vectors) {
    const firstOf = new Map<number, number>();
    for (let row = 0; row < unit.length; row++) {
      const source = sourceAt(vector, row);
      const burst = bursts[source]?.[row] ?? -1;
      if (burst < 0) continue;
      const key = source * unit.length + burst;
      const first = firstOf.get(key);
      const root = findRoot(intAt(unit, row));
      if (first === undefined) firstOf.set(key, root);
      else if (findRoot(first) !== root) {
        parent[root] = findRoot(first);
        joined = true;
      }
    }
  }
  if (!joined) return clustered ? unit : undefined;
  return unit.map(findRoot);
}
