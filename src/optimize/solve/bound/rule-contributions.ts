import { at, floatAt, intAt } from '../../rows/at.ts';
import type { Problem } from './cells.ts';
import { reduce } from './relax.ts';
import type { RuleIds } from './rule-ids.ts';

/** Where the dual of the limit on rules is looked at. */
export interface DualPoint {
  /** By constraint. */
  readonly multipliers: Float64Array;
  /** By cell: what serving it may cost before a rule contributes. */
  readonly prices: Float64Array;
}

/** The bound at a point, and by how much it rises with each coordinate. */
export interface DualValue {
  /** Less what rounding may have added. */
  readonly lower: number;
  readonly byMultiplier: Float64Array;
  readonly byPrice: Float64Array;
  /** The R rules that contribute most. */
  readonly top: readonly number[];
}

/** Rounding errors of the bound, as a part of the sum of the sizes of its terms. */
const slipPart = 1e-11;

/** What a cut contributes to its two sides moves by this much towards the side that is used less. */
const splitStep = 0.002;

/**
 * What every rule would contribute at given prices: the sum over the cells that it serves below
 * their price of the difference. A cut has two rules; the price of its cell is split among them, and
 * for any split left + right >= price - cost of the pair, so that the bound holds for each.
 */
export class RuleContributions {
  readonly #problem: Problem;
  readonly #ids: RuleIds;
  /** First of a cell's cuts among all cuts; a cut `i` of cell `c` is `start + i`. */
  readonly #start: Int32Array;
  /** [cut]: part of the surplus that the left side has. */
  readonly #split: Float64Array;
  /** [cut]: price of the left side; NaN where the cut contributes nothing. */
  readonly #leftPrice: Float64Array;
  readonly #surplus: Float64Array;
  /** [cut]: place in the cell of the cheapest target on either side. */
  readonly #leftBest: Int32Array;
  readonly #rightBest: Int32Array;
  readonly #reduced: Float64Array[] = [];
  readonly #contribution: Float64Array;
  /** [place]: the cells that can be cut there, and their own index of it. */
  readonly #cutsAt: readonly (readonly { readonly c: number; readonly cut: number }[])[];
  /** [cell][rank]: place of the target in the cell, -1 = not eligible. */
  readonly #placeOf: readonly Int32Array[];

  constructor(problem: Problem, ids: RuleIds) {
    this.#problem = problem;
    this.#ids = ids;
    this.#start = new Int32Array(problem.cells.length);
    let cuts = 0;
    const cutsAt: { c: number; cut: number }[][] = Array.from(ids.values, () => []);
    for (const [c, places] of ids.places.entries()) {
      this.#start[c] = cuts;
      cuts += places.length;
      for (const [cut, place] of places.entries()) {
        if (place >= 0) at(cutsAt, place).push({ c, cut });
      }
    }
    this.#cutsAt = cutsAt;
    this.#split = new Float64Array(cuts).fill(0.5);
    this.#leftPrice = new Float64Array(cuts);
    this.#surplus = new Float64Array(cuts);
    this.#leftBest = new Int32Array(cuts);
    this.#rightBest = new Int32Array(cuts);
    this.#contribution = new Float64Array(ids.size);
    this.#placeOf = problem.cells.map(({ targets }) => {
      const places = new Int32Array(problem.targets.length).fill(-1);
      for (const [t, rank] of targets.entries()) places[rank] = t;
      return places;
    });
  }

  evaluate({ multipliers, prices }: DualPoint): DualValue {
    const { bounds, maxRules } = this.#problem;
    this.#contribution.fill(0);
    for (const c of this.#problem.cells.keys()) this.#add(c, multipliers, floatAt(prices, c));
    const top = this.#largest(maxRules);
    let lower = prices.reduce((a, b) => a + b, 0);
    let scale = prices.reduce((a, b) => a + Math.abs(b), 1);
    const byMultiplier = bounds.map((bound, k) => {
      const term = bound * floatAt(multipliers, k);
      lower -= term;
      // The reduced costs have terms of this size too.
      scale += 2 * Math.abs(term);
      return -bound;
    });
    const byPrice = new Float64Array(prices.length).fill(1);
    const slopes = { byMultiplier, byPrice };
    for (const id of top) {
      lower -= floatAt(this.#contribution, id);
      scale += floatAt(this.#contribution, id);
      const { side, target, place } = this.#ids.rule(id);
      if (side === 'whole') this.#wholeSlopes(target, prices, slopes);
      else this.#sideSlopes({ target, side, place }, prices, slopes);
    }
    return { lower: lower - slipPart * scale, byMultiplier, byPrice, top };
  }

  #add(c: number, multipliers: Float64Array, price: number): void {
    const cell = at(this.#problem.cells, c);
    const reduced = reduce(cell, multipliers);
    this.#reduced[c] = reduced;
    const { targets } = cell;
    const width = targets.length;
    const end = cell.values.length * width;
    const total = this.#contribution;
    for (let t = 0; t < width; t++) {
      const amount = price - floatAt(reduced, end + t);
      if (amount > 0) {
        const id = intAt(targets, t);
        total[id] = floatAt(total, id) + amount;
      }
    }
    const places = at(this.#ids.places, c);
    for (let cut = 1; cut < cell.values.length; cut++) {
      const place = intAt(places, cut);
      // Where no thresholds are allowed, values have no place.
      if (place < 0) continue;
      const index = intAt(this.#start, c) + cut;
      const leftPrice = this.#price(index, price, { reduced, width, end, cut });
      if (Number.isNaN(leftPrice)) continue;
      const rightPrice = price - leftPrice;
      const left = this.#ids.targets * (1 + 2 * place);
      for (let t = 0; t < width; t++) {
        const cost = floatAt(reduced, cut * width + t);
        const target = intAt(targets, t);
        const byLeft = leftPrice - cost;
        if (byLeft > 0) total[left + target] = floatAt(total, left + target) + byLeft;
        const byRight = rightPrice - (floatAt(reduced, end + t) - cost);
        const right = left + this.#ids.targets + target;
        if (byRight > 0) total[right] = floatAt(total, right) + byRight;
      }
    }
  }

  /** The left side's price at a cut; NaN where even the cheapest pair is above the cell's price. */
  #price(index: number, price: number, { reduced, width, end, cut }: CutCosts): number {
    let [left, right, leftBest, rightBest] = [Infinity, Infinity, 0, 0];
    for (let t = 0; t < width; t++) {
      const part = floatAt(reduced, cut * width + t);
      const rest = floatAt(reduced, end + t) - part;
      if (part < left) {
        left = part;
        leftBest = t;
      }
      if (rest < right) {
        right = rest;
        rightBest = t;
      }
    }
    const surplus = price - left - right;
    const leftPrice = surplus > 0 ? left + floatAt(this.#split, index) * surplus : Number.NaN;
    this.#leftPrice[index] = leftPrice;
    this.#surplus[index] = surplus;
    this.#leftBest[index] = leftBest;
    this.#rightBest[index] = rightBest;
    return leftPrice;
  }

  #wholeSlopes(target: number, prices: Float64Array, { byMultiplier, byPrice }: Slopes): void {
    for (const [c, cell] of this.#problem.cells.entries()) {
      const t = intAt(at(this.#placeOf, c), target);
      if (t < 0) continue;
      const whole = cell.values.length * cell.targets.length + t;
      if (floatAt(prices, c) <= floatAt(at(this.#reduced, c), whole)) continue;
      byPrice[c] = floatAt(byPrice, c) - 1;
      for (const [d, k] of cell.dims.entries()) {
        byMultiplier[k] = floatAt(byMultiplier, k) + floatAt(at(cell.prefix, d + 1), whole);
      }
    }
  }

  #sideSlopes(
    rule: { readonly target: number; readonly side: 'left' | 'right'; readonly place: number },
    prices: Float64Array,
    { byMultiplier, byPrice }: Slopes,
  ): void {
    const isLeft = rule.side === 'left';
    for (const { c, cut } of at(this.#cutsAt, rule.place)) {
      const cell = at(this.#problem.cells, c);
      const index = intAt(this.#start, c) + cut;
      const leftPrice = floatAt(this.#leftPrice, index);
      const t = intAt(at(this.#placeOf, c), rule.target);
      if (t < 0 || Number.isNaN(leftPrice)) continue;
      const reduced = at(this.#reduced, c);
      const width = cell.targets.length;
      const end = cell.values.length * width;
      const part = floatAt(reduced, cut * width + t);
      const over = isLeft
        ? leftPrice - part
        : floatAt(prices, c) - leftPrice - (floatAt(reduced, end + t) - part);
      if (over <= 0) continue;
      const split = floatAt(this.#split, index);
      byPrice[c] = floatAt(byPrice, c) - (isLeft ? split : 1 - split);
      for (const [d, k] of cell.dims.entries()) {
        const sums = at(cell.prefix, d + 1);
        const left = (place: number) => floatAt(sums, cut * width + place);
        const right = (place: number) => floatAt(sums, end + place) - left(place);
        // The left price moves with the multiplier as (1 - split) least left - split least right.
        const moved =
          (1 - split) * left(intAt(this.#leftBest, index)) -
          split * right(intAt(this.#rightBest, index));
        const slope = isLeft ? moved - left(t) : -moved - right(t);
        byMultiplier[k] = floatAt(byMultiplier, k) - slope;
      }
      this.#split[index] = Math.min(1, Math.max(0, split + (isLeft ? -splitStep : splitStep)));
    }
  }

  /** The rules that contribute most, in one pass: thousands contribute and a handful is wanted. */
  #largest(count: number): number[] {
    const total = this.#contribution;
    const top: number[] = [];
    let least = 0;
    for (let id = 0; id < total.length; id++) {
      const amount = floatAt(total, id);
      if (amount <= least) continue;
      let place = top.length;
      while (place > 0 && floatAt(total, at(top, place - 1)) < amount) place--;
      top.splice(place, 0, id);
      if (top.length > count) top.pop();
      if (top.length === count) least = floatAt(total, at(top, count - 1));
    }
    return top;
  }
}

interface CutCosts {
  readonly reduced: Float64Array;
  readonly width: number;
  readonly end: number;
  readonly cut: number;
}

interface Slopes {
  readonly byMultiplier: Float64Array;
  readonly byPrice: Float64Array;
}
