import type { Interner } from './intern.ts';
import { type Category, picked } from './table.ts';

/** The codes of a dictionary in `order`, renumbered by the names that occur, sorted. */
export function toCategory(values: Interner, codes: Int32Array, order: Int32Array): Category {
  const code = picked(codes, order);
  const used = new Set(code);
  used.delete(-1);
  const sorted = [...used].sort((a, b) => (values.text(a) < values.text(b) ? -1 : 1));
  const rank = new Int32Array(values.size);
  sorted.forEach((old, now) => {
    rank[old] = now;
  });
  for (let i = 0; i < code.length; i++) {
    if ((code[i] as number) >= 0) code[i] = rank[code[i] as number] as number;
  }
  return { values: sorted.map((old) => values.text(old)), code };
}
