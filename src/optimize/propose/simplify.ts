import type { Piece } from '../problem/instance.ts';
import { countRules } from './proposals.ts';

/** What a policy comes to while it is made simpler. */
export interface Worth {
  readonly saving: number;
  /** Forecast distance to the nearest limit, in standard errors. */
  readonly z: number;
}

export interface Simplifying {
  /** Absent where the pieces break a limit, or no forecast says that they keep what is asked. */
  worthOf(pieces: readonly Piece[]): Worth | undefined;
  /** Part of the saving that fewer rules may cost. */
  readonly tolerance: number;
}

/** A simpler policy may be so much less sure, in standard errors; */
const leastSureLoss = 0.25;
/** one that is surer than this is sure enough. */
const sureEnough = 4;
/** Each pass takes every step that still helps; what a step opens up is left to the next. */
const mostPasses = 3;
/** Steps tried in one pass: a policy of hundreds of rules is not made simple by pairs. */
const mostSteps = 400;

/**
 * The same policy with fewer rules and targets, step by step, the step that costs least for a rule
 * first: a rule to another target, a threshold gone, or moved to that of another rule. It saves at
 * least the same but for the tolerance, and is as sure to pass. All of it is forecast.
 */
export function simplify(
  pieces: readonly Piece[],
  { worthOf, tolerance }: Simplifying,
): readonly Piece[] {
  const start = worthOf(pieces);
  if (!start) return pieces;
  const leastSaving = start.saving * (1 - tolerance);
  const leastZ = Math.min(start.z - leastSureLoss, sureEnough);
  let found = pieces;
  for (let pass = 0; pass < mostPasses; pass++) {
    const before = found;
    const steps = listSteps(found)
      .slice(0, mostSteps)
      .flatMap((step) => {
        const made = step(before);
        const worth = isSimpler(made, before) ? worthOf(made) : undefined;
        if (!worth) return [];
        const fewer = Math.max(1, countRules(before) - countRules(made));
        return [{ step, price: (start.saving - worth.saving) / fewer }];
      })
      .sort((a, b) => a.price - b.price);
    for (const { step } of steps) {
      const made = step(found);
      const worth = isSimpler(made, found) ? worthOf(made) : undefined;
      if (worth && worth.saving >= leastSaving && worth.z >= leastZ) found = made;
    }
    if (found === before) break;
  }
  return found;
}

/** Fewer rules, or as many and fewer targets. */
function isSimpler(one: readonly Piece[], other: readonly Piece[]): boolean {
  const rules = countRules(one) - countRules(other);
  return rules < 0 || (rules === 0 && countTargets(one) < countTargets(other));
}

export function countTargets(pieces: readonly Piece[]): number {
  return new Set(pieces.map(({ target }) => target)).size;
}

type Step = (pieces: readonly Piece[]) => readonly Piece[];

function listSteps(pieces: readonly Piece[]): Step[] {
  const targets = [...new Set(pieces.map(({ target }) => target))].sort((a, b) => a - b);
  const rules = [...new Map(pieces.map((piece) => [nameRule(piece), piece])).values()];
  const cuts = [...new Set(pieces.map(({ below }) => below))]
    .filter((below) => below !== Infinity)
    .sort((a, b) => a - b);
  return [
    ...targets.flatMap((from) =>
      targets
        .filter((to) => to !== from)
        .map((to) => retarget(({ target }) => target === from, to)),
    ),
    ...rules.flatMap((rule) => {
      const isIn = (piece: Piece) => nameRule(piece) === nameRule(rule);
      const others = targets.filter((to) => to !== rule.target).map((to) => retarget(isIn, to));
      return [...others, widen(isIn)];
    }),
    ...cuts.slice(1).flatMap((cut, at) => {
      const earlier = cuts[at] as number;
      return [moveCut(cut, earlier), moveCut(earlier, cut)];
    }),
  ];
}

const nameRule = ({ target, from, below }: Piece) => `${target}|${from}|${below}`;

function retarget(isIn: (piece: Piece) => boolean, to: number): Step {
  return (pieces) =>
    joined(pieces.map((piece) => (isIn(piece) ? { ...piece, target: to } : piece)));
}

/** The cells of a rule go to its target whole. */
function widen(isIn: (piece: Piece) => boolean): Step {
  return (pieces) => {
    const whole = new Map(pieces.filter(isIn).map(({ cell, target }) => [cell, target]));
    return joined(
      pieces.map((piece) => ({ ...piece, target: whole.get(piece.cell) ?? piece.target })),
    );
  };
}

function moveCut(from: number, to: number): Step {
  return (pieces) => {
    const moved = pieces.map((piece) => ({
      ...piece,
      from: piece.from === from ? to : piece.from,
      below: piece.below === from ? to : piece.below,
    }));
    return joined(moved.filter((piece) => piece.from < piece.below));
  };
}

/** Neighbours of one target are one piece. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const made: Piece[] = [];
  for (const piece of pieces) {
    const last = made.at(-1);
    if (last && last.cell === piece.cell && last.target === piece.target) {
      made[made.length - 1] = { ...last, below: piece.below };
    } else made.push(piece);
  }
  return made;
}
