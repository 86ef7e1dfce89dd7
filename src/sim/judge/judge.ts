import { z } from 'zod';
import type { Draws } from '../market/random.ts';

/** Ways to deceive a judge, each by what the bad answer is or does. */
export const deceptions = [
  'empty',
  'constant',
  'truncated',
  'repeated',
  'off-topic',
  'injected',
  /** It believes lines that look like the judge's own delimiters. */
  'delimiters',
] as const;

const share = z.number().min(0).max(1);

/** A judge whose faults are known: a target with this section judges what it is asked. */
export const judgeSchema = z.strictObject({
  /** Probability that its opinion of a pair is right. */
  accuracy: share,
  /** Probability, in each call, that it takes the answer it reads first. */
  position_bias: share.default(0),
  /** Probability, for each pair, that it takes the longer answer. */
  length_bias: share.default(0),
  /** Probability, in each call, that it forms its opinion anew. */
  noise: share.default(0),
  /** Probability that it says tie where neither answer is better; else it takes either. */
  ties: share.default(0),
  /** Probability that its reply is prose instead of the JSON it was asked for. */
  unreadable: share.default(0),
  /** What it always falls for. */
  weak_to: z.array(z.enum(deceptions)).default([]),
});

export type SimulatedJudge = z.infer<typeof judgeSchema>;
export type Deception = (typeof deceptions)[number];

/** One of two answers, or neither. */
export type Side = 'candidate' | 'opponent' | 'tie';

/** Two answers as the truth has them. */
export interface Matter {
  readonly better: Side;
  readonly longer: Side;
}

/** What the judge thinks of a pair, before it is asked: the same in whichever order. */
export function opinionOf(judge: SimulatedJudge, { better, longer }: Matter, draws: Draws): Side {
  const [byLength, right, coin, tie] = [0, 0, 0, 0].map(() => draws.uniform());
  if (longer !== 'tie' && (byLength ?? 1) < judge.length_bias) return longer;
  if (better === 'tie') {
    if ((tie ?? 1) < judge.ties) return 'tie';
    return (coin ?? 0) < 0.5 ? 'candidate' : 'opponent';
  }
  return (right ?? 1) < judge.accuracy ? better : otherSide(better);
}

/** What it says when asked with `first` in the first place. */
export function sayOf(
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
