import { tQuantile } from './distribution/distributions.ts';
import type { IntervalEstimate } from './score-limits.ts';

/** One verdict on an answer of `player`, and how much longer the answer is than its opponent. */
export interface PairedResult {
  readonly player: string;
  readonly group: string;
  /** 0 lost, .5 tie, 1 won. */
  readonly score: number;
  /** Difference in length, standardised and bounded to (-1, 1). */
  readonly handicap: number;
}

/** What each player would score were all answers as long as their opponents'. */
export interface Controlled {
  readonly players: ReadonlyMap<string, IntervalEstimate>;
  /** Log odds per unit of the handicap. */
  readonly slope: number;
}

/**
 * Logistic regression of the score on the player and the handicap, one slope for all; each player's
 * score at handicap 0 is its length-controlled win rate (the idea of Dubois et al., "Length-Controlled
 * AlpacaEval", arXiv 2404.04475). Fractional scores make it a quasi-likelihood, so the limits come
 * from the sandwich over groups. A weak ridge keeps a player that won everything finite. Undefined
 * below 10 groups, or where the equations have no answer.
 */
export function controlHandicap(bouts: readonly PairedResult[]): Controlled | undefined {
  const players = [...new Set(bouts.map(({ player }) => player))].sort();
  const index = new Map(players.map((player, i) => [player, i]));
  const groups = Map.groupBy(bouts, ({ group }) => group);
  if (groups.size < 10) return undefined;
  const size = players.length + 1;
  const placed = bouts.map((bout) => ({ ...bout, at: index.get(bout.player) ?? 0 }));
  let beta = new Float64Array(size);
  let inverse: Float64Array[] | undefined;
  // Newton's method on a concave function: it doubles its digits each step.
  for (let step = 0; step < 50; step++) {
    const { gradient, information } = derivatives(placed, beta);
    inverse = inverted(information);
    if (!inverse) return undefined;
    const move = inverse.map((row) => dot(row, gradient));
    beta = beta.map((value, i) => value + clampStep(move[i] ?? 0));
    if (Math.max(...move.map(Math.abs)) < 1e-9) break;
  }
  if (!inverse) return undefined;
  const spread = sandwich(inverse, scoresByGroup(placed, beta));
  const z = tQuantile(0.975, Math.max(1, groups.size - size));
  const estimates = players.map((player, i) => {
    const centre = beta[i] ?? 0;
    const half = z * Math.sqrt(Math.max(0, spread[i] ?? 0));
    const n = new Set(bouts.filter((bout) => bout.player === player).map(({ group }) => group));
    return [
      player,
      {
        estimate: sigmoid(centre),
        low: sigmoid(centre - half),
        high: sigmoid(centre + half),
        n: n.size,
      },
    ] as const;
  });
  return { players: new Map(estimates), slope: beta[size - 1] ?? 0 };
}

type Placed = PairedResult & { readonly at: number };

/** A prior of log odds 0 +- 4.5: it moves a player with 50 verdicts by less than a hundredth. */
const ridge = 0.05;

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** A Newton step from far away may overshoot. */
const clampStep = (step: number) => Math.min(5, Math.max(-5, step));

function derivatives(bouts: readonly Placed[], beta: Float64Array) {
  const size = beta.length;
  const last = size - 1;
  const gradient = beta.map((value) => -ridge * value);
  const information = Array.from({ length: size }, (_, i) =>
    new Float64Array(size).fill(ridge, i, i + 1),
  );
  const add = (i: number, j: number, value: number) => {
    const row = information[i];
    if (row) row[j] = (row[j] ?? 0) + value;
  };
  for (const { at, handicap, score } of bouts) {
    const fitted = sigmoid((beta[at] ?? 0) + handicap * (beta[last] ?? 0));
    const weight = fitted * (1 - fitted);
    gradient[at] = (gradient[at] ?? 0) + score - fitted;
    gradient[last] = (gradient[last] ?? 0) + handicap * (score - fitted);
    add(at, at, weight);
    add(at, last, weight * handicap);
    add(last, at, weight * handicap);
    add(last, last, weight * handicap * handicap);
  }
  return { gradient, information };
}

/** The gradient's terms summed over each group, which is what is independent. */
function scoresByGroup(bouts: readonly Placed[], beta: Float64Array): readonly Float64Array[] {
  const last = beta.length - 1;
  const sums = new Map<string, Float64Array>();
  for (const { at, group, handicap, score } of bouts) {
    const rest = score - sigmoid((beta[at] ?? 0) + handicap * (beta[last] ?? 0));
    const sum = sums.get(group) ?? new Float64Array(beta.length);
    sum[at] = (sum[at] ?? 0) + rest;
    sum[last] = (sum[last] ?? 0) + handicap * rest;
    sums.set(group, sum);
  }
  return [...sums.values()];
}

/** Diagonal of inverse x (sum of outer products) x inverse. */
function sandwich(inverse: readonly Float64Array[], scores: readonly Float64Array[]): number[] {
  const factor = scores.length / Math.max(1, scores.length - 1);
  return inverse.map(
    (row) => factor * scores.reduce((sum, score) => sum + dot(row, score) ** 2, 0),
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Gauss-Jordan with row exchange; the matrices have a row per target. */
function inverted(matrix: readonly Float64Array[]): Float64Array[] | undefined {
  const size = matrix.length;
  const rows = matrix.map((row, i) => {
    const wide = new Float64Array(2 * size);
    wide.set(row);
    wide[size + i] = 1;
    return wide;
  });
  for (let column = 0; column < size; column++) {
    const pivots = rows.map((row, i) => (i < column ? -1 : Math.abs(row[column] ?? 0)));
    const best = pivots.indexOf(Math.max(...pivots));
    const [pivot, top] = [rows[best], rows[column]];
    if (!pivot || !top || (pivots[best] ?? 0) < 1e-12) return undefined;
    rows[best] = top;
    const scale = pivot[column] ?? 1;
    const unit = pivot.map((value) => value / scale);
    rows[column] = unit;
    rows.forEach((row, i) => {
      const factor = row[column] ?? 0;
      if (i === column || factor === 0) return;
      rows[i] = row.map((value, k) => value - factor * (unit[k] ?? 0));
    });
  }
  return rows.map((row) => row.slice(size));
}
