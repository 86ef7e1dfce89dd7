import { hash } from 'node:crypto';
import { mixed } from '../../outcome/intern.ts';
import { at, floatAt, intAt } from './at.ts';
import type { UnitNames, Units } from './units.ts';

/**
 * Where a unit lies between 0 and 1: md5(salt + name) as a fraction of 2^128. It depends on nothing
 * else, so that a request keeps its part in every run, shard, engine and night.
 */
export function unitFraction(salt: string, name: string): number {
  // 48 bits: a limit that falls between two fractions that agree so far is met once in 10^14.
  return Number.parseInt(hash('md5', salt + name, 'hex').slice(0, 12), 16) / 2 ** 48;
}

/** The rows of the units whose fraction lies in [from, below), for each of the limits given. */
export function cutRows(
  { unit, names }: Units,
  salt: string,
  limits: readonly number[],
): readonly Int32Array[] {
  const part = new Uint8Array(names.count);
  for (let code = 0; code < names.count; code++) {
    const fraction = unitFraction(salt, names.name(code));
    part[code] = limits.filter((limit) => fraction >= limit).length;
  }
  const counts = new Int32Array(limits.length + 1);
  for (const code of unit) countUp(counts, at(part, code));
  const parts = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  unit.forEach((code, row) => {
    const index = at(part, code);
    (parts[index] as Int32Array)[countUp(counts, index)] = row;
  });
  return parts;
}

/** Adds one and returns what was there before. */
function countUp(counts: Int32Array, index: number): number {
  const count = intAt(counts, index);
  counts[index] = count + 1;
  return count;
}

/**
 * Cuts `rows` by unit into folds of nearly equal size for cross-validation. Unlike the parts of a
 * certificate, which do not move, a fold depends on which rows there are: folds of equal size make
 * the forecast steadier, and no claim rests on them.
 */
export function foldRows(
  { unit, names }: Units,
  rows: Int32Array,
  folds: number,
): readonly Int32Array[] {
  const size = new Int32Array(names.count);
  for (const row of rows) countUp(size, intAt(unit, row));
  const fold = new Uint8Array(names.count);
  const step = rows.length / folds;
  let [at, filled] = [0, 0];
  for (const code of hashOrder(names)) {
    // A unit goes where the greater part of it fits.
    while (at < folds - 1 && filled + intAt(size, code) / 2 > (at + 1) * step) at++;
    fold[code] = at;
    filled += intAt(size, code);
  }
  return Array.from({ length: folds }, (_, index) =>
    rows.filter((row) => fold[intAt(unit, row)] === index),
  );
}

/** The units by a hash of their name; those of equal hash by their number. */
function hashOrder({ count, hash: hashOf }: UnitNames): Int32Array {
  // 32 bits of hash above 21 of number fit a double, which sorts without a comparison function.
  const scale = 2 ** Math.max(1, Math.ceil(Math.log2(count + 1)));
  const shift = Math.max(1, scale / 2 ** 21);
  const keyed = new Float64Array(count);
  for (let code = 0; code < count; code++) {
    keyed[code] = Math.floor(mixed(hashOf(code)) / shift) * scale + code;
  }
  keyed.sort();
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = floatAt(keyed, i) % scale;
  return order;
}
