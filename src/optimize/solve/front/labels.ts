import { at, intAt } from '../../rows/at.ts';
import type { Problem } from '../bound/cells.ts';
import type { Options } from './choices.ts';
import { compareCuts, compareTargets, type Pieces, ruleKey, toPieces } from './plan.ts';

/**
 * What an option means beyond its sums: the rules and targets it uses. A rule is a group of pieces
 * with equal target and equal token range; one that no other cell can share is only counted.
 */
export interface Label {
  /** Rules that are this cell's own. */
  readonly own: number;
  /** Ids of rules that other cells may share. */
  readonly shared: number;
  /** Ids of the targets used. */
  readonly targets: number;
  /** Place among the cell's options by target names; equal names have equal places. */
  readonly names: number;
  /** Place by thresholds. */
  readonly cuts: number;
}

/** Sets of small integers, each held once and known by a number; 0 is the empty set. */
export class Sets {
  readonly #ids = new Map<string, number>([['', 0]]);
  readonly #lists: (readonly number[])[] = [[]];
  readonly #unions = new Map<number, number>();

  of(members: Iterable<number>): number {
    const list = [...new Set(members)].sort((a, b) => a - b);
    const key = list.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#lists.push(list);
    this.#ids.set(key, this.#lists.length - 1);
    return this.#lists.length - 1;
  }

  size(id: number): number {
    return at(this.#lists, id).length;
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    const key = a * pairing + b;
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const union = this.of([...at(this.#lists, a), ...at(this.#lists, b)]);
    this.#unions.set(key, union);
    return union;
  }

  /** How many members of `a` are not in `b`. */
  extra(a: number, b: number): number {
    if (a === b || a === 0) return 0;
    const list = at(this.#lists, a);
    const held = at(this.#lists, b);
    let extra = 0;
    let h = 0;
    for (const member of list) {
      while (h < held.length && at(held, h) < member) h++;
      if (held[h] !== member) extra++;
    }
    return extra;
  }
}

/** Pairs of ids as one key; 2^26 sets are more than memory holds. */
const pairing = 2 ** 26;

/** Labels for all options of all cells, over one family of sets. */
export function labels(
  problem: Problem,
  options: readonly Options[],
): { sets: Sets; labels: Label[][] } {
  const sets = new Sets();
  const pieces = options.map((columns, c) => {
    const cell = at(problem.cells, c);
    return Array.from({ length: columns.size }, (_, o) => toPieces(cell, columns, o));
  });
  const cellsOf = new Map<string, { id: number; cell: number; shared: boolean }>();
  for (const [c, cell] of pieces.entries()) {
    for (const piece of cell.flat()) {
      const key = ruleKey(piece);
      const known = cellsOf.get(key);
      if (!known) cellsOf.set(key, { id: cellsOf.size, cell: c, shared: false });
      else if (known.cell !== c) known.shared = true;
    }
  }
  return {
    sets,
    labels: pieces.map((cell) => {
      const names = places(cell, compareTargets);
      const cuts = places(cell, compareCuts);
      return cell.map((option, o) => {
        const rules = option.map((piece) => cellsOf.get(ruleKey(piece)));
        const shared = rules.flatMap((rule) => (rule?.shared ? [rule.id] : []));
        return {
          own: rules.length - shared.length,
          shared: sets.of(shared),
          targets: sets.of(option.map(({ target }) => target)),
          names: intAt(names, o),
          cuts: intAt(cuts, o),
        };
      });
    }),
  };
}

/** Place of each option in the order, from 0; options that compare equal share theirs. */
function places(cell: readonly Pieces[], compare: (a: Pieces, b: Pieces) => number): Int32Array {
  const found = new Int32Array(cell.length);
  const order = cell.map((_, o) => o).sort((a, b) => compare(at(cell, a), at(cell, b)));
  let place = 0;
  for (const [i, o] of order.entries()) {
    if (i > 0 && compare(at(cell, at(order, i - 1)), at(cell, o)) !== 0) place++;
    found[o] = place;
  }
  return found;
}
