/** A seeded source of choices, so that a failing run can be run again. */
export interface Random {
  readonly next: () => number;
  /** A whole number from 0 to below `n`. */
  readonly below: (n: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  readonly chance: (p: number) => boolean;
  /** `n` different items, in random order. */
  readonly some: <T>(items: readonly T[], n: number) => T[];
}

/** mulberry32: 32 bits of state are plenty for a few thousand test cases. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    chance: (p) => next() < p,
    some: (items, n) => {
      const left = [...items];
      return Array.from({ length: Math.min(n, left.length) }, () =>
        left.splice(below(left.length), 1),
      ).flat();
    },
  };
}
