import { describe, expect, it } from 'vitest';
import { ms } from '../../units.ts';
import { fakeTarget } from '../attempt/fake.test.helper.ts';
import { planReplay } from '../load/plan.ts';
import { decideRetry } from './retry.ts';

const { retries } = planReplay({ targets: [fakeTarget('t')] });
const first = { rateLimited: 0, failed: 1 };

describe('whether and when a failed attempt is tried again', () => {
  it('a 429 with Retry-After is waited for exactly as asked, beyond a minute too', () => {
    const failure = { reason: 'rate-limited', retryAfter: ms(95_000), rateLimited: 1, failed: 0 };
    expect(decideRetry(retries, { ...failure, reason: 'rate-limited' }, 0.9)).toEqual({
      kind: 'retry',
      wait: 95_000,
    });
  });

  it('a 429 with Retry-After longer than the wait cap is a failure, not a wait', () => {
    const failure = { retryAfter: ms(600_001), rateLimited: 1, failed: 0 };
    expect(decideRetry(retries, { ...failure, reason: 'rate-limited' }, 0)).toEqual({
      kind: 'stop',
      why: 'wait-too-long',
    });
  });

  it.each([
    { failed: 1, random: 0, wait: 250 },
    { failed: 1, random: 0.5, wait: 375 },
    { failed: 2, random: 0, wait: 500 },
  ])('server error $failed with jitter $random waits $wait ms', ({ failed, random, wait }) => {
    const failure = { reason: 'server-error', rateLimited: 0, failed } as const;
    expect(decideRetry(retries, failure, random)).toEqual({ kind: 'retry', wait });
  });

  it('its own back-off never exceeds the cap', () => {
    const failure = { reason: 'rate-limited', rateLimited: 10, failed: 0 } as const;
    expect(decideRetry(retries, failure, 1)).toEqual({ kind: 'retry', wait: 60_000 });
  });

  it('stops after the retries of its kind, rate limits apart', () => {
    const failure = { reason: 'server-error', rateLimited: 7, failed: 3 } as const;
    expect(decideRetry(retries, failure, 0)).toEqual({ kind: 'stop', why: 'retries-used' });
    const limited = { reason: 'rate-limited', rateLimited: 11, failed: 0 } as const;
    expect(decideRetry(retries, limited, 0)).toEqual({ kind: 'stop', why: 'retries-used' });
  });

  it.each([
    'auth',
    'bad-request',
    'content-filter',
    'context-overflow',
    'refused',
    'cancelled',
  ] as const)('%s is not tried again: the same request would meet the same answer', (reason) => {
    expect(decideRetry(retries, { reason, ...first }, 0)).toEqual({
      kind: 'stop',
      why: 'not-retryable',
    });
  });
});
