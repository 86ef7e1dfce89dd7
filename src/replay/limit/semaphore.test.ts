import { expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

it('admits waiters in order, and as many more as the capacity rises by', async () => {
  const semaphore = new Semaphore(1);
  const admitted: number[] = [];
  const ask = async (name: number) => {
    await semaphore.acquire();
    admitted.push(name);
  };
  for (const name of [1, 2, 3, 4]) void ask(name);
  await Promise.resolve();
  expect(admitted).toEqual([1]);
  semaphore.release();
  await Promise.resolve();
  expect(admitted).toEqual([1, 2]);
  semaphore.capacity = 3;
  await Promise.resolve();
  expect(admitted).toEqual([1, 2, 3, 4]);
  expect([semaphore.held, semaphore.waiting]).toEqual([3, 0]);
});

it('lets holders finish where the capacity falls, and admits nobody above it', async () => {
  const semaphore = new Semaphore(2);
  semaphore.acquire();
  semaphore.acquire();
  semaphore.capacity = 1;
  let admitted = false;
  void semaphore.acquire()?.then(() => {
    admitted = true;
  });
  semaphore.release();
  await Promise.resolve();
  expect(admitted).toBe(false);
  semaphore.release();
  await Promise.resolve();
  expect(admitted).toBe(true);
});
