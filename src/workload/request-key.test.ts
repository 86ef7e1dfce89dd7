import { expect, it } from 'vitest';
import { requestKey } from './request-key.ts';

it('tells request c at target a/b from request b/c at target a', () => {
  const one = requestKey({ request_id: 'c', target: 'a/b', pass: 1 });
  expect(one).not.toBe(requestKey({ request_id: 'b/c', target: 'a', pass: 1 }));
  expect(one).toBe(requestKey({ request_id: 'c', target: 'a/b' }));
});
