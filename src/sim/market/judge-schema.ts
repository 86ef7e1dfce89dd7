import { z } from 'zod';

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
