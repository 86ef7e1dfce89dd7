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
  accuracy: share.describe('Probability that its opinion of a pair is right.'),
  position_bias: share
    .default(0)
    .describe('Probability, in each call, that it takes the answer it reads first.'),
  length_bias: share
    .default(0)
    .describe('Probability, for each pair, that it takes the longer answer.'),
  noise: share.default(0).describe('Probability, in each call, that it forms its opinion anew.'),
  ties: share.default(0).describe('Probability that it says tie where neither answer is better.'),
  unreadable: share
    .default(0)
    .describe('Probability that its reply is prose instead of the JSON it was asked for.'),
  weak_to: z.array(z.enum(deceptions)).default([]).describe('Deceptions that always win with it.'),
});

export type SimulatedJudge = z.infer<typeof judgeSchema>;
export type Deception = (typeof deceptions)[number];
