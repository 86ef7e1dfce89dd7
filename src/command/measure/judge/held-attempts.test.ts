import { expect, it } from 'vitest';
import type { Attempt } from '../../../replay/event/attempt.ts';
import type { SettledEvent } from '../../../replay/event/event.ts';
import { HeldAttempts } from './held-attempts.ts';

const attempt = (request_id: string) => ({ request_id, target: 'judge' }) as Attempt;
const settled = (request_id: string) => ({ request_id, target: 'judge' }) as SettledEvent;

it('an attempt of a judge is on file after its reply, however many came at once', () => {
  const written: string[] = [];
  const held = new HeldAttempts((row) => written.push(row));
  held.add(attempt('a'), 'a 1');
  held.add(attempt('b'), 'b 1');
  held.add(attempt('a'), 'a 2');
  held.release();
  expect(written).toEqual([]);
  held.settle(settled('a'));
  expect(written).toEqual([]);
  held.release();
  expect(written).toEqual(['a 1', 'a 2']);
  held.end();
  expect(written).toEqual(['a 1', 'a 2', 'b 1']);
});
