import { hashBytes, mixed } from '../outcome/intern.ts';
import type { OutcomeTable } from '../outcome/table.ts';

/**
 * Cuts the rows into parts of the given shares (which sum to 1) by group: requests of a session, or
 * near-duplicates, stay together. Depends on the names and the seed alone, not on the order of rows.
 */
export function splitRows(
  table: OutcomeTable,
  shares: readonly number[],
  seed: number,
  of?: Int32Array,
): readonly Int32Array[] {
  const { unit, names } = unitsOf(table);
  const all = of ?? Int32Array.from(unit.keys());
  const size = new Int32Array(names.count);
  for (const row of all) {
    const code = unit[row] as number;
    size[code] = (size[code] as number) + 1;
  }
  const drawn = Float64Array.from(size, (_, code) => mixed(names.hash(code) ^ mixed(seed)));
  const order = Int32Array.from(drawn.keys()).sort(
    (a, b) => (drawn[a] as number) - (drawn[b] as number) || a - b,
  );
  const part = new Uint8Array(names.count);
  let [at, filled, limit] = [0, 0, (shares[0] ?? 1) * all.length];
  for (const code of order) {
    // A group goes where the greater part of it fits.
    while (at < shares.length - 1 && filled + (size[code] as number) / 2 > limit) {
      at++;
      limit += (shares[at] ?? 0) * all.length;
    }
    part[code] = at;
    filled += size[code] as number;
  }
  return shares.map((_, index) => all.filter((row) => part[unit[row] as number] === index));
}

/** The seed a table has by itself: its requests' names. */
export function seedOf(table: OutcomeTable): number {
  return Number.parseInt(table.fingerprint.slice(-8), 16) | 0;
}

interface Units {
  /** Which group each row is in. */
  readonly unit: Int32Array;
  readonly names: { readonly count: number; readonly hash: (code: number) => number };
  /** False where every row stands alone. */
  readonly clustered: boolean;
}

/** The groups that stand or fall together: session, else near-duplicates, else the request. */
export function unitsOf(table: OutcomeTable): Units {
  const { session, group, rows } = table;
  if (!session && !group) {
    const names = { count: rows, hash: (row: number) => table.requests.hash(row) };
    return { unit: Int32Array.from({ length: rows }, (_, row) => row), names, clustered: false };
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
