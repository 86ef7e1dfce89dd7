import { expect, it } from 'vitest';
import { toOutcomeTable } from '../outcome/read.ts';
import { makePolicy } from '../policy/write.ts';
import { dice } from '../statistics/random.test.helper.ts';
import { checkPolicy } from './check.ts';
import { draftPolicy } from './draft.ts';
import { recommendTable } from './recommend.ts';

/** Chat requests in this share of the traffic, code in the rest; the cheap target serves both. */
function night(name: string, chat: number, seed: number) {
  const roll = dice(seed);
  return toOutcomeTable(
    Array.from({ length: 600 }, (_, i) => {
      const task = roll(1_000) < 1_000 * chat ? 'chat' : 'code';
      const request = { request_id: `${name}-${i}`, task, input_tokens: 100 + roll(50) };
      return [
        { ...request, target: 'dear', cost_usd: 0.01, quality: 1 },
        { ...request, target: 'cheap', cost_usd: 0.001, quality: task === 'chat' ? 1 : 0 },
      ];
    }).flat(),
  );
}

const ask = { by: ['task'], floor: 'best-0.05' };
const found = recommendTable(night('first', 0.3, 1), ask);
const named = { name: 'routes.yaml', policy: makePolicy(draftPolicy(found)) };
const shifts = (chat: number, seed: number) =>
  checkPolicy(night('later', chat, seed), named, {
    ...ask,
    baseline: 'dear',
    floor: 'baseline-0.05',
  }).findings.filter(({ kind }) => kind === 'shift');

it('a check names the task and the rule whose share of the traffic is no longer the certified one', () => {
  const texts = shifts(0.6, 2).map(({ text }) => text);
  expect(texts).toContainEqual(
    expect.stringMatching(/^task chat has 5\d\.\d % of the requests, 2\d\.\d % when/),
  );
  expect(texts).toContainEqual(
    expect.stringMatching(/^rule chat, whose claim no longer covers its traffic, has/),
  );
});

it('raises no alarm in 60 nights of the same traffic', () => {
  const alarms = Array.from({ length: 60 }, (_, i) => shifts(0.3, 10 + i).length).filter(
    (n) => n > 0,
  );
  expect(alarms.length).toBeLessThanOrEqual(3);
});
