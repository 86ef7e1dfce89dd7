import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuted, signTest } from './sign-test.ts';

describe('the sign test', () => {
  it('has the exact p of tosses of a fair coin', () => {
    // 1 of 10 or fewer, both ways: 2 (1 + 10) / 1024.
    expect(signTest(1, 9).p).toBeCloseTo(22 / 1024, 12);
    expect(signTest(9, 1).p).toBeCloseTo(22 / 1024, 12);
    expect(signTest(5, 5).p).toBe(1);
    expect(signTest(0, 0)).toEqual({ p: 1, least: 1 });
    expect(signTest(3, 5).least).toBeCloseTo(2 / 256, 12);
  });

  it('is never below the least p it could have, and that is reached', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (gains, losses) => {
        const { p, least } = signTest(gains, losses);
        expect(p).toBeGreaterThanOrEqual(least - 1e-15);
        expect(signTest(gains + losses, 0).p).toBeCloseTo(least, 15);
      }),
    );
  });
});

describe('a family of tests', () => {
  const plain = (p: number) => ({ p, least: 0 });

  it('is stepped down: the second smallest p has one hypothesis less beside it', () => {
    const family = [plain(0.004), plain(0.0045), plain(0.5)];
    // Bonferroni would want .01 / 3 = .0033 of each.
    expect(refuted([plain(0.003), plain(0.0045), plain(0.5)], 0.01)).toEqual([true, true, false]);
    expect(refuted(family, 0.01)).toEqual([false, false, false]);
  });

  it('does not count tests that could not have refuted anything', () => {
    const silent = Array.from({ length: 50 }, () => signTest(1, 0));
    expect(refuted([plain(0.009), ...silent], 0.01)[0]).toBe(true);
    expect(refuted([plain(0.009), plain(1)], 0.01)[0]).toBe(false);
    expect(refuted([], 0.01)).toEqual([]);
  });

  it('refutes no more than Holm would of the same tests without the silent ones, and no less than Bonferroni', () => {
    const tests = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(tests, (pairs) => {
        const family = pairs.map(([gains, losses]) => signTest(gains, losses));
        const found = refuted(family, 0.05);
        family.forEach(({ p }, index) => {
          if (p <= 0.05 / family.length) expect(found[index]).toBe(true);
          if (p > 0.05) expect(found[index]).toBe(false);
        });
      }),
    );
  });

  it('errs in fewer than one of a hundred families where nothing is different', () => {
    let seed = 7;
    const toss = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed >>> 31;
    };
    let wrong = 0;
    const families = 1_000;
    for (let family = 0; family < families; family++) {
      const tests = Array.from({ length: 14 }, (_, index) => {
        let gains = 0;
        const differ = 10 + 5 * index;
        for (let pair = 0; pair < differ; pair++) gains += toss();
        return signTest(gains, differ - gains);
      });
      if (refuted(tests, 0.01).includes(true)) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(18);
  });
});
