import { at, floatAt, intAt } from '../../rows/at.ts';
import type { Problem } from '../bound/cells.ts';
import { CellCosts } from '../bound/costs.ts';
import type { RuleIds } from '../bound/rule-ids.ts';

/** A cell that can be cut at a place, and where that value is in its own list. */
interface Cut {
  readonly c: number;
  readonly at: number;
}

/**
 * What sets of rules cost at fixed multipliers: a lower bound for each set, known at once, and by
 * it good sets to start from.
 */
export class RuleSetCosts {
  readonly #ids: RuleIds;
  readonly #room: number;
  readonly #mostTargets: number;
  readonly #offset: number;
  readonly #costs: readonly CellCosts[];
  /** [place] */
  readonly #cuts: readonly Cut[][];
  /** What a cell costs that no rule serves: dearer than any service. */
  readonly #unserved: number;

  constructor(problem: Problem, ids: RuleIds, multipliers: Float64Array) {
    this.#ids = ids;
    this.#room = problem.maxRules;
    this.#mostTargets = problem.maxTargets;
    this.#offset = problem.bounds.reduce(
      (sum, bound, k) => sum + bound * floatAt(multipliers, k),
      0,
    );
    this.#costs = problem.cells.map((cell) => new CellCosts(cell, multipliers));
    const cuts: Cut[][] = Array.from(ids.values, () => []);
    for (const [c, places] of ids.places.entries()) {
      for (const [at, place] of places.entries()) if (place >= 0) cuts[place]?.push({ c, at });
    }
    this.#cuts = cuts;
    this.#unserved = this.#costs.reduce((sum, cost) => sum + 2 * cost.dearest(), 1);
  }

  /** No plan with these rules costs less. */
  bound(rules: readonly number[]): number {
    return this.#values(rules).reduce((a, b) => a + b, 0) - this.#offset;
  }

  /** Adds rules by what they save, then replaces one or two of them while that saves more. */
  goodRules(isOver: () => boolean): readonly number[] {
    let best = this.fill([]);
    let value = this.bound(best);
    for (let improved = true; improved; ) {
      improved = false;
      for (const out of onesAndTwos(best)) {
        if (isOver()) return best;
        const next = this.fill(best.filter((rule) => !out.includes(rule)));
        const nextValue = this.bound(next);
        if (nextValue >= value) continue;
        [best, value, improved] = [next, nextValue, true];
        break;
      }
    }
    return best;
  }

  /** Adds rules while there is room and something to save. */
  fill(start: readonly number[]): readonly number[] {
    let rules = start;
    for (;;) {
      const [addition] = this.additions(rules, 1);
      if (!addition) return rules;
      rules = [...rules, ...addition];
    }
  }

  /**
   * What saves most per rule: a target for whole cells, a pair at a place, or half of one. Of the
   * pairs at a place those are looked at that some cell would choose.
   */
  additions(rules: readonly number[], most: number): number[][] {
    const room = this.#room - rules.length;
    const values = this.#values(rules);
    const found: { ids: number[]; saving: number }[] = [];
    let least = 0;
    const consider = (ids: readonly number[], saved: number) => {
      const fresh = ids.filter((id) => !rules.includes(id));
      if (fresh.length === 0 || fresh.length > room || saved <= 0) return;
      if (this.#ids.targetsOf([...rules, ...fresh]).size > this.#mostTargets) return;
      const saving = saved / fresh.length;
      if (saving <= least) return;
      found.push({ ids: fresh, saving });
      if (found.length <= most) return;
      found.sort((a, b) => b.saving - a.saving);
      found.length = most;
      least = at(found, most - 1).saving;
    };
    for (let target = 0; target < this.#ids.targets; target++) {
      const saved = this.#costs.map((costs, c) => floatAt(values, c) - costs.whole(target));
      consider(
        [target],
        saved.reduce((sum, part) => sum + Math.max(0, part), 0),
      );
    }
    const used = new Set(rules.map((id) => this.#ids.rule(id).place));
    for (const [place, cuts] of this.#cuts.entries()) {
      // No pair saves more than every cell's own best pair would.
      const potential = this.#potential(cuts, values);
      if (potential / (used.has(place) ? 1 : 2) <= least) continue;
      const tried = new Set<number>();
      for (const { c, at } of cuts) {
        const costs = this.#costs[c];
        const best = costs?.bestPair(at);
        if (!costs || !best || best.value >= floatAt(values, c)) continue;
        const left = intAt(costs.cell.targets, best.left);
        const right = intAt(costs.cell.targets, best.right);
        if (tried.has(left * this.#ids.targets + right)) continue;
        tried.add(left * this.#ids.targets + right);
        const ids = [
          this.#ids.id({ target: left, place, side: 'left' }),
          this.#ids.id({ target: right, place, side: 'right' }),
        ];
        consider(ids, this.#saved(cuts, values, [left, right]));
      }
    }
    found.sort((a, b) => b.saving - a.saving);
    return found.slice(0, most).map(({ ids }) => ids);
  }

  #potential(cuts: readonly Cut[], values: Float64Array): number {
    let most = 0;
    for (const { c, at: cut } of cuts) {
      const saved = floatAt(values, c) - at(this.#costs, c).leastPair(cut);
      if (saved > 0) most += saved;
    }
    return most;
  }

  /** The least reduced cost of each cell with these rules. */
  #values(rules: readonly number[]): Float64Array {
    const values = new Float64Array(this.#costs.length).fill(this.#unserved);
    const parts = rules.map((id) => this.#ids.rule(id));
    for (const { side, target, place } of parts) {
      if (side === 'whole') {
        for (const [c, costs] of this.#costs.entries()) {
          values[c] = Math.min(floatAt(values, c), costs.whole(target));
        }
      } else if (side === 'left') {
        const partners = parts.filter((part) => part.place === place && part.side === 'right');
        for (const { c, at } of partners.length > 0 ? (this.#cuts[place] ?? []) : []) {
          const costs = this.#costs[c];
          const left = costs?.left(at, target) ?? Infinity;
          for (const partner of partners) {
            const right = costs?.right(at, partner.target) ?? Infinity;
            values[c] = Math.min(floatAt(values, c), left + right);
          }
        }
      }
    }
    return values;
  }

  #saved(cuts: readonly Cut[], values: Float64Array, [left, right]: [number, number]): number {
    let saved = 0;
    for (const { c, at: place } of cuts) {
      const costs = at(this.#costs, c);
      const value = costs.left(place, left) + costs.right(place, right);
      saved += Math.max(0, floatAt(values, c) - value);
    }
    return saved;
  }
}

function onesAndTwos(rules: readonly number[]): number[][] {
  return rules.flatMap((rule, i) => [[rule], ...rules.slice(i + 1).map((other) => [rule, other])]);
}
