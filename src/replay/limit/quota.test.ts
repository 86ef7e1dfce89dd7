import { describe, expect, it } from 'vitest';
import { ms } from '../../units.ts';
import { createQuotaWatch } from './quota.ts';

const alone = { inFlight: 0, tokensEach: 100 };
const requests = (remaining: number, reset?: number) => ({
  requests: { limit: 100, remaining, ...(reset !== undefined && { resetAfter: ms(reset) }) },
});

describe('the quota that production shares', () => {
  it('does not wait while nothing is known', () => {
    expect(createQuotaWatch(0.3).wait(50, ms(0))).toBe(0);
  });

  it.each([
    { remaining: 32, inFlight: 0, wait: 0 },
    { remaining: 32, inFlight: 1, wait: 0 },
    // Two more are on their way: counted, there is no room above 30.
    { remaining: 32, inFlight: 2, wait: 'answer' },
    { remaining: 30, inFlight: 0, wait: 20_000 },
    { remaining: 0, inFlight: 0, wait: 20_000 },
  ])('30 % spared, $remaining of 100 left, $inFlight in flight: wait $wait', (row) => {
    const watch = createQuotaWatch(0.3);
    watch.seen(requests(row.remaining, 20_000), { ...alone, inFlight: row.inFlight }, ms(0));
    expect(watch.wait(row.inFlight, ms(0))).toBe(row.wait);
  });

  it('counts each request that goes until the next answer tells', () => {
    const watch = createQuotaWatch(0.3);
    watch.seen(requests(32), alone, ms(0));
    watch.take();
    watch.take();
    expect(watch.wait(2, ms(1))).toBe('answer');
  });

  it('lets one request ask, alone, after the reset', () => {
    const watch = createQuotaWatch(0.3);
    watch.seen(requests(10, 5_000), alone, ms(0));
    expect(watch.wait(0, ms(5_000))).toBe(0);
    watch.take();
    expect(watch.wait(1, ms(5_001))).toBe('answer');
    watch.seen(requests(99), alone, ms(5_050));
    expect(watch.wait(0, ms(5_050))).toBe(0);
  });

  it('waits a minute where the provider does not say when', () => {
    const watch = createQuotaWatch(0.3);
    watch.seen(requests(3), alone, ms(1_000));
    expect(watch.wait(0, ms(1_000))).toBe(60_000);
  });

  it('turns a token quota into requests by the largest seen', () => {
    const watch = createQuotaWatch(0.5);
    watch.seen({ tokens: { limit: 10_000, remaining: 5_450 } }, alone, ms(0));
    for (const _ of [1, 2, 3]) watch.take();
    expect(watch.wait(3, ms(0))).toBe(0);
    watch.take();
    expect(watch.wait(4, ms(0))).toBe('answer');
  });
});
