import { expect, it } from 'vitest';
import { describeShortfall } from './shortfall.ts';

const load = { asked: 2, max: 2, mean: 1.7, over_ms: 8_400 };

it('names the pause between two requests, which short answers let show', () => {
  const says = describeShortfall(load, 400);
  // (2 - 1.7) places x 8,400 ms stood empty over 400 answers.
  expect(says).toContain('1.7 requests were in flight on average, 2 were asked for: 6.3 ms passed');
  expect(says).toMatch(/let show\..*or ask for more at once\.$/);
});

it('blames the concurrency only where requests waited for the machine', () => {
  const says = describeShortfall({ ...load, asked: 200, mean: 175 }, 3_200);
  expect(says).toMatch(/65\.6 ms passed .*waited for this machine\..*or lower the concurrency\.$/);
});

it('says nothing of a load that was reached, or that was full too short a time to tell', () => {
  expect(describeShortfall({ ...load, mean: 1.8 }, 400)).toBeUndefined();
  expect(describeShortfall({ ...load, over_ms: 999 }, 9)).toBeUndefined();
  expect(describeShortfall({ asked: 2, max: 1 }, 9)).toBeUndefined();
});
