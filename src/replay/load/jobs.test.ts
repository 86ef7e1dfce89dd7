import { expect, it } from 'vitest';
import { ms } from '../../units.ts';
import { fakeRequest, fakeTarget } from '../attempt/fake.test.helper.ts';
import { createJobs } from './jobs.ts';
import { planReplay } from './plan.ts';

it('recorded arrivals have one origin for all targets, also where one is not asked the earliest (vllm-project/guidellm 745)', async () => {
  const plan = planReplay({
    targets: [fakeTarget('a'), fakeTarget('b')],
    load: { arrivals: { mode: 'recorded', speed: 1 } },
    passes: 2,
  });
  const requests = async function* () {
    yield [1_000, 1_700, 2_500].map((at) => fakeRequest(`r-${at}`, { at: ms(at) }));
  };
  const done = (id: string, target: string) => target === 'b' && id === 'r-1000';
  const jobs = (await Array.fromAsync(createJobs(plan, requests, done))).flat();
  const sent = jobs.flatMap((job) => ('kind' in job ? [] : [[job.pass, job.at, job.targets]]));
  // The second round begins where the first one ended.
  expect(sent).toEqual([
    [1, 0, [0]],
    [1, 700, [0, 1]],
    [1, 1_500, [0, 1]],
    [2, 1_500, [0]],
    [2, 2_200, [0, 1]],
    [2, 3_000, [0, 1]],
  ]);
});
