import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../units.ts';
import { createPacer } from './pacer.ts';

describe('a pacer is told the time and answers with a wait', () => {
  it.each([
    { rpm: undefined, taken: [0, 0, 0], now: 0, wait: 0 },
    { rpm: 2, taken: [], now: 0, wait: 0 },
    { rpm: 2, taken: [0], now: 10, wait: 0 },
    { rpm: 2, taken: [0, 10], now: 10, wait: 60_240 },
    { rpm: 2, taken: [0, 10], now: 60_249, wait: 1 },
    { rpm: 2, taken: [0, 10], now: 60_250, wait: 0 },
    { rpm: 2, taken: [0, 10, 60_250], now: 60_250, wait: 10 },
  ])('rpm $rpm, sent at $taken: at $now it waits $wait ms', ({ rpm, taken, now, wait }) => {
    const pacer = createPacer(rpm === undefined ? {} : { requestsPerMinute: rpm });
    for (const at of taken) pacer.take(ms(at), 0);
    expect(pacer.wait(ms(now), 0)).toBe(wait);
  });

  it.each([
    { taken: [[0, 600]], now: 0, amount: 400, wait: 0 },
    { taken: [[0, 600]], now: 0, amount: 401, wait: 60_250 },
    {
      taken: [
        [0, 300],
        [1_000, 600],
      ],
      now: 2_000,
      amount: 500,
      wait: 59_250,
    },
    // A request above the whole limit goes alone instead of never.
    { taken: [[0, 1]], now: 0, amount: 5_000, wait: 60_250 },
    { taken: [], now: 0, amount: 5_000, wait: 0 },
  ])('1,000 tokens a minute, taken $taken: $amount more wait $wait ms', (row) => {
    const pacer = createPacer({ tokensPerMinute: 1_000 });
    for (const [at = 0, amount = 0] of row.taken) pacer.take(ms(at), amount);
    expect(pacer.wait(ms(row.now), row.amount)).toBe(row.wait);
  });

  it('holds everything until a Retry-After is over, even one beyond a minute', () => {
    const pacer = createPacer({});
    pacer.hold(ms(90_000));
    pacer.hold(ms(30_000));
    expect(pacer.wait(ms(10_000), 0)).toBe(80_000);
    expect(pacer.wait(ms(90_000), 0)).toBe(0);
  });

  it('never lets more than the limit through in any minute, and is idle no longer than needed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 1, maxLength: 200 }),
        (limit, gaps) => {
          const pacer = createPacer({ requestsPerMinute: limit });
          const sent: number[] = [];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const wait = pacer.wait(ms(now), 0);
            if (wait > 0) expect(sent.filter((at) => at > now - 60_250).length).toBe(limit);
            now += wait;
            pacer.take(ms(now), 0);
            sent.push(now);
          }
          for (const at of sent) {
            expect(sent.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThan(
              limit + 1,
            );
          }
        },
      ),
    );
  });
});
