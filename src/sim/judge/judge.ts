import type { SimulatedJudge } from '../market/judge-schema.ts';
import type { Draws } from '../market/random.ts';

/** One of two answers, or neither. */
export type Side = 'candidate' | 'opponent' | 'tie';

/** Two answers as the truth has them. */
export interface Matter {
  readonly better: Side;
  readonly longer: Side;
}

/** What the judge thinks of a pair, before it is asked: the same in whichever order. */
export function formOpinion(judge: SimulatedJudge, { better, longer }: Matter, draws: Draws): Side {
  const [byLength, right, coin, tie] = [0, 0, 0, 0].map(() => draws.uniform());
  if (longer !== 'tie' && (byLength ?? 1) < judge.length_bias) return longer;
  if (better === 'tie') {
    if ((tie ?? 1) < judge.ties) return 'tie';
    return (coin ?? 0) < 0.5 ? 'candidate' : 'opponent';
  }
  return (right ?? 1) < judge.accuracy ? better : otherSide(better);
}

/** What it says when asked with `first` in the first place. */
export function stateOpinion(
  judge: SimulatedJudge,
  { opinion, first, again }: { opinion: Side; first: Side; again: () => Side },
  draws: Draws,
): Side {
  const [byPosition, anew] = [draws.uniform(), draws.uniform()];
  if (byPosition < judge.position_bias) return first;
  return anew < judge.noise ? again() : opinion;
}

export const otherSide = (side: Side): Side =>
  side === 'candidate' ? 'opponent' : side === 'opponent' ? 'candidate' : 'tie';
