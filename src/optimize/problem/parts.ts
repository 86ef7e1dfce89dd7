import { hashBytes, mixed } from '../../outcome/intern.ts';
import type { OutcomeTable } from '../../outcome/table.ts';

/**
 * Cuts `rows` into parts of the given shares (which sum to 1) by group: requests of a session, or
 * near-duplicates, stay together. Depends on the names and the seed alone, not on the order of rows.
 */
export function splitRows(
  { unit, names }: Units,
  rows: Int32Array,
  { shares, seed }: { readonly shares: readonly number[]; readonly seed: number },
): readonly Int32Array[] {
  const size = new Int32Array(names.count);
  for (const row of rows) {
    const code = unit[row] as number;
    size[code] = (size[code] as number) + 1;
  }
  const part = new Uint8Array(names.count);
  let [at, filled, limit] = [0, 0, (shares[0] ?? 1) * rows.length];
  for (const code of drawnOrder(names, seed)) {
    // A group goes where the greater part of it fits.
    while (at < shares.length - 1 && filled + (size[code] as number) / 2 > limit) {
      at++;
      limit += (shares[at] ?? 0) * rows.length;
    }
    part[code] = at;
    filled += size[code] as number;
  }
  return shares.map((_, index) => rows.filter((row) => part[unit[row] as number] === index));
}

/** The groups by a hash of their name and the seed; those of equal hash by their number. */
function drawnOrder({ count, hash }: Units['names'], seed: number): Int32Array {
  const salt = mixed(seed);
  // 32 bits of hash above 21 of number fit a double, which sorts without a comparison function.
  const scale = 2 ** Math.max(1, Math.ceil(Math.log2(count + 1)));
  const shift = Math.max(1, scale / 2 ** 21);
  const keyed = new Float64Array(count);
  for (let code = 0; code < count; code++) {
    keyed[code] = Math.floor(mixed(hash(code) ^ salt) / shift) * scale + code;
  }
  keyed.sort();
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = (keyed[i] as number) % scale;
  return order;
}

/** 0 to n - 1. */
export function everyRow(n: number): Int32Array {
  const rows = new Int32Array(n);
  for (let row = 0; row < n; row++) rows[row] = row;
  return rows;
}

/** The seed a table has by itself: its requests' names. */
export function seedOf(table: OutcomeTable): number {
  return Number.parseInt(table.fingerprint.slice(-8), 16) | 0;
}

/** What stands or falls together. */
export interface Units {
  /** Which group each row is in. */
  readonly unit: Int32Array;
  readonly names: { readonly count: number; readonly hash: (code: number) => number };
  /** False where every row stands alone. */
  readonly clustered: boolean;
}

/** The groups that stand or fall together: session, else near-duplicates, else the request. */
export function findUnits(table: OutcomeTable): Units {
  const { session, group, rows } = table;
  if (!session && !group) {
    const names = { count: rows, hash: (row: number) => table.requests.hash(row) };
    return { unit: everyRow(rows), names, clustered: false };
  }
  const sessions = session?.values.length ?? 0;
  const groups = group?.values.length ?? 0;
  const unit = new Int32Array(rows);
  const alone: number[] = [];
  let together = false;
  const taken = new Uint8Array(sessions + groups);
  for (let row = 0; row < rows; row++) {
    const [inSession, inGroup] = [session?.code[row] ?? -1, group?.code[row] ?? -1];
    const code = inSession >= 0 ? inSession : inGroup >= 0 ? sessions + inGroup : -1;
    if (code < 0) unit[row] = sessions + groups + alone.push(row) - 1;
    else {
      unit[row] = code;
      if (taken[code]) together = true;
      taken[code] = 1;
    }
  }
  const texts = [...(session?.values ?? []), ...(group?.values ?? [])];
  const hashes = texts.map(hashText);
  const hash = (code: number) =>
    hashes[code] ?? table.requests.hash(alone[code - texts.length] ?? 0);
  return { unit, names: { count: texts.length + alone.length, hash }, clustered: together };
}

function hashText(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return hashBytes(bytes, 0, bytes.length);
}
