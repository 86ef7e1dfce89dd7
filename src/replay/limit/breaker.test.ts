import { describe, expect, it } from 'vitest';
import type { FailureReason } from '../../provider/answer/failure.ts';
import { ms } from '../../units.ts';
import { type Health, observe, unproven } from './breaker.ts';

const fail = (reason: FailureReason) => ({ ok: false, reason, error: 'seen' }) as const;

function healthAfter(reasons: readonly (FailureReason | 'ok')[], every = 0): Health {
  return reasons.reduce<Health>(
    (health, reason, index) =>
      observe(health, reason === 'ok' ? { ok: true } : fail(reason), ms(index * every)),
    unproven,
  );
}

const times = <T extends FailureReason>(count: number, value: T): T[] =>
  Array.from({ length: count }, () => value);

describe('the circuit breaker', () => {
  it.each([
    { seen: times(4, 'connect'), state: 'well' },
    { seen: times(5, 'connect'), state: 'given-up' },
    { seen: times(3, 'auth'), state: 'given-up' },
    { seen: ['ok', ...times(3, 'auth')], state: 'given-up' },
    { seen: times(11, 'malformed'), state: 'well' },
    { seen: times(12, 'malformed'), state: 'given-up' },
    { seen: times(100, 'rate-limited'), state: 'well' },
    { seen: times(100, 'context-overflow'), state: 'well' },
    { seen: ['ok', ...times(100, 'bad-request')], state: 'well' },
    { seen: ['ok', ...times(9, 'server-error')], state: 'well' },
    { seen: ['ok', ...times(10, 'server-error')], state: 'ailing' },
    { seen: ['ok', ...times(10, 'server-error'), 'ok'], state: 'well' },
  ] as const)('$seen.length observations ending in $state', ({ seen, state }) => {
    expect(healthAfter(seen).state).toBe(state);
  });

  it('lets a target that did answer rest longer and longer, up to a cap', () => {
    const ailing = (failures: number) => healthAfter(['ok', ...times(failures, 'timeout')]);
    expect(ailing(10)).toMatchObject({ probeAt: 1_000 });
    expect(ailing(12)).toMatchObject({ probeAt: 4_000 });
    expect(ailing(20)).toMatchObject({ probeAt: 15_000 });
  });

  it('gives a target up after two minutes of outage, and says why', () => {
    const seen = ['ok', ...times(30, 'server-error')] as const;
    expect(healthAfter(seen, 10_000)).toEqual({
      state: 'given-up',
      reason: 'server-error',
      error: 'given up after an outage of 120 s: seen',
    });
  });
});
