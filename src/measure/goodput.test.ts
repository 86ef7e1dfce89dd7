import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  completedAttempt,
  failedAttempt,
  settledAfter,
} from '../replay/event/attempt.test.helper.ts';
import type { SettledEvent } from '../replay/event/event.ts';
import { type GoodputOptions, openGoodput, type SloConfig } from './goodput.ts';
import { createMeter } from './meter.ts';

const fast: SloConfig = { metric: 'ttft_ms', at_most: 500, share: 0.5 };

function bookOf(options: Partial<GoodputOptions>, ...events: readonly SettledEvent[]) {
  const book = openGoodput({ slos: [fast], concerns: () => true, load: 'open', ...options });
  for (const event of events) book.add({ event });
  return book;
}

describe('goodput', () => {
  it('has the failed requests in its denominator, those that were given up too', () => {
    const book = bookOf(
      {},
      settledAfter(completedAttempt()),
      settledAfter(failedAttempt()),
      settledAfter(),
    );
    expect(book.goodput()).toMatchObject({ good: 1, of: 3, share: 1 / 3 });
    expect(book.slos()).toMatchObject([{ slo: fast, good: 1, of: 3, met: false }]);
  });

  it('counts what the user waited, not what one attempt took', () => {
    const late = completedAttempt({ attempt: 2, intended_ms: 50, sent_ms: 450 });
    expect(bookOf({}, settledAfter(failedAttempt(), late)).goodput()).toMatchObject({
      good: 0,
      of: 1,
    });
  });

  it('in a closed loop leaves out the wait before the first send, which is arb’s own', () => {
    const event = settledAfter(completedAttempt({ sent_ms: 9_000 }));
    expect(bookOf({}, event).share()).toBe(0);
    expect(bookOf({ load: 'closed' }, event).share()).toBe(1);
    const retried = settledAfter(
      failedAttempt({ sent_ms: 9_000 }),
      completedAttempt({ attempt: 2, sent_ms: 9_450 }),
    );
    expect(bookOf({ load: 'closed' }, retried).share()).toBe(0);
  });

  it('asks an SLO only of the requests that it concerns; a failure is still no good one', () => {
    const book = bookOf(
      { concerns: () => false },
      settledAfter(completedAttempt({ ttft_ms: 900 })),
      settledAfter(failedAttempt()),
    );
    expect(book.goodput()).toMatchObject({ good: 1, of: 2 });
    expect(book.slos()).toEqual([{ slo: fast, good: 0, of: 0 }]);
  });

  it('is good only where every SLO is kept, and says each SLO by itself', () => {
    const whole: SloConfig = { metric: 'latency_ms', at_most: 500, share: 0.5 };
    const book = bookOf(
      { slos: [fast, whole] },
      settledAfter(completedAttempt()),
      settledAfter(completedAttempt({ latency_ms: 500 })),
    );
    expect(book.goodput()).toMatchObject({ good: 1, of: 2 });
    expect(book.slos().map(({ good, met }) => [good, met])).toEqual([
      [2, true],
      [1, true],
    ]);
  });

  it('leaves the warm-up and cache hits out', () => {
    const events = [
      completedAttempt({ warmup: true }),
      completedAttempt({ cache_hit: true, ttft_ms: 1 }),
      completedAttempt(),
    ];
    const book = bookOf({}, ...events.map((each) => settledAfter(each)));
    expect(book.goodput()).toMatchObject({ good: 1, of: 1 });
  });

  it('per second is over the time from the first send to the last answer', () => {
    const book = bookOf(
      {},
      settledAfter(completedAttempt()),
      settledAfter(completedAttempt({ intended_ms: 3_400, sent_ms: 3_400 })),
    );
    expect(book.goodput()?.per_s).toBeCloseTo(2 / 4, 9);
  });

  it('meets a share of 99 % with 99 of 100, whatever 1 - 0.99 is in binary', () => {
    const shares = fc.integer({ min: 1, max: 999 });
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 3 }), (thousandths, times) => {
        const slo: SloConfig = { ...fast, share: thousandths / 1_000 };
        const verdict = (good: number) => {
          const book = bookOf({ slos: [slo] });
          for (let i = 0; i < 1_000 * times; i++) {
            book.add({
              event: settledAfter(
                i < good ? completedAttempt() : completedAttempt({ ttft_ms: 501 }),
              ),
            });
          }
          return book.slos()[0]?.met;
        };
        expect(verdict(thousandths * times)).toBe(true);
        expect(verdict(thousandths * times - 1)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('is in the summary and on the screen where there are SLOs, and else nowhere', () => {
    const meter = createMeter(['a'], { slos: [fast] });
    const bare = createMeter(['a']);
    for (const each of [meter, bare]) each.add(settledAfter(completedAttempt()));
    expect(meter.summary().targets[0]).toMatchObject({ goodput: { good: 1 }, slos: [{ good: 1 }] });
    expect(meter.snapshot()[0]?.goodput).toBe(1);
    expect(bare.summary().targets[0]).not.toHaveProperty('goodput');
    expect(bare.summary().targets[0]).not.toHaveProperty('slos');
    expect(bare.snapshot()[0]).not.toHaveProperty('goodput');
  });
});
