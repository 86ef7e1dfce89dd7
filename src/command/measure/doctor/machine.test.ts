import { expect, it } from 'vitest';
import { describeLoad } from './machine.ts';

it('says to end other work where there is some, and a second processor only where there is one', () => {
  const busy = describeLoad(24, { cpus: 2, load: 5.7 });
  expect(busy.says).toBe('The load average is 5.7 on 2 processors');
  expect(busy.todo).toBe(
    'end what else runs on this machine, or lower load.concurrency: 24 streams in all were tried',
  );
  expect(describeLoad(24, { cpus: 1, load: 0.4 }).todo).toMatch(/^give arb a second processor, or/);
  expect(describeLoad(500, { cpus: 2, load: 1.2 }).todo).toBe(
    'lower load.concurrency: 500 streams in all were tried',
  );
});
