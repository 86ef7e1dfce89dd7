import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlation, kappaEstimate, shareEstimate } from './clustered.ts';
import { controlHandicap } from './logistic.ts';
import { ppiMean } from './ppi.ts';
import { dice } from './random.test.helper.ts';
import { scoreLimits } from './score-limits.ts';

const uniform = (seed: number) => {
  const roll = dice(seed);
  return () => roll(1_000_000) / 1_000_000;
};

/** Cases with a known win rate and a judge that is right with a known probability. */
function cases(seed: number, { n, rate, right }: { n: number; rate: number; right: number }) {
  const next = uniform(seed);
  return Array.from({ length: n }, () => {
    const human = next() < rate ? 1 : 0;
    return { human, judge: next() < right ? human : 1 - human };
  });
}

describe('prediction-powered means', () => {
  it.each([0.5, 0.8, 0.95])('cover a win rate of %d about 95 times in 100', (rate) => {
    let covered = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const all = cases(seed, { n: 2_000, rate, right: 0.8 });
      const { low, high } = ppiMean(all, all.slice(0, 150)) ?? { low: 1, high: 0 };
      if (low <= rate && rate <= high) covered += 1;
    }
    // 285 of 300 expected; four standard deviations below are 270.
    expect(covered).toBeGreaterThanOrEqual(270);
  });

  it('are the labels’ mean where the judge knows nothing, and believe one who knows all', () => {
    const flat = cases(3, { n: 400, rate: 0.6, right: 0.8 }).map(({ human }) => ({
      human,
      judge: 1,
    }));
    const ignorant = ppiMean(flat, flat.slice(0, 50));
    expect(ignorant?.lambda).toBe(0);
    expect(ignorant?.estimate).toBe(ignorant?.labelsOnly.estimate);
    const oracle = cases(4, { n: 400, rate: 0.6, right: 1 });
    const perfect = ppiMean(oracle, oracle.slice(0, 50));
    expect(perfect?.lambda).toBeCloseTo(1);
    expect(perfect?.estimate).toBeCloseTo(oracle.reduce((sum, { human }) => sum + human, 0) / 400);
  });

  it('undo an unequal choice of labels by the strata it was made in', () => {
    let covered = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const all = cases(seed, { n: 1_000, rate: 0.8, right: 0.8 }).map((each) => ({
        ...each,
        stratum: `said ${each.judge}`,
      }));
      const lost = all.filter(({ judge }) => judge === 0).slice(0, 75);
      const won = all.filter(({ judge }) => judge === 1).slice(0, 75);
      const { low, high } = ppiMean(all, [...lost, ...won]) ?? { low: 1, high: 0 };
      if (low <= 0.8 && 0.8 <= high) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(178);
  });

  it('stay inside their range and hold the estimate, whatever the scores', () => {
    const score = fc.constantFrom(0, 0.5, 1);
    const row = fc.record({ human: score, judge: score, stratum: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(fc.array(row, { minLength: 3, maxLength: 60 }), fc.nat(), (all, cut) => {
        const labelled = all.slice(0, 2 + (cut % (all.length - 1)));
        const mean = ppiMean(all, labelled);
        if (!mean) return labelled.length < 2;
        return (
          mean.low >= 0 &&
          mean.high <= 1 &&
          mean.low <= mean.estimate + 1e-9 &&
          mean.estimate <= mean.high + 1e-9
        );
      }),
    );
  });

  it('need two labels', () => {
    expect(ppiMean([{ judge: 1 }], [{ judge: 1, human: 1 }])).toBeUndefined();
  });
});

describe('agreement', () => {
  it('gives the textbook kappa', () => {
    // Cohen 1960's form: 20 both yes, 15 both no, 5 and 10 apart; p_o .7, p_e .5, kappa .4.
    const table = [
      [20, 5],
      [10, 15],
    ];
    const ratings = table.flatMap((row, one) =>
      row.flatMap((count, other) =>
        Array.from({ length: count }, (_, k) => ({ group: `${one}${other}${k}`, one, other })),
      ),
    );
    const kappa = kappaEstimate(ratings);
    expect(kappa?.estimate).toBeCloseTo(0.4);
    // The usual large-sample error here is .127.
    expect((kappa?.high ?? 0) - (kappa?.low ?? 0)).toBeCloseTo(2 * 1.98 * 0.127, 1);
  });

  it('is undefined where both raters know one word, and bounded where they always agree', () => {
    const same = [0, 1, 2].map((group) => ({ group: String(group), one: 1, other: 1 }));
    expect(kappaEstimate(same)).toBeUndefined();
    const always = Array.from({ length: 40 }, (_, i) => ({
      group: String(i),
      one: i % 2,
      other: i % 2,
    }));
    expect(kappaEstimate(always)).toMatchObject({ estimate: 1, high: 1 });
    expect(kappaEstimate(always)?.low).toBeLessThan(0.9);
  });

  it('counts rows of one group as one draw', () => {
    const twice = (n: number, copies: number) =>
      Array.from({ length: n }, (_, i) =>
        Array.from({ length: copies }, () => ({ group: String(i), value: i % 4 === 0 ? 1 : 0 })),
      ).flat();
    const [thrice, once] = [3, 1].map((copies) => shareEstimate(twice(80, copies)));
    expect(thrice).toMatchObject({ estimate: 0.25, n: 80 });
    // Within the difference of Student's and the normal quantile.
    expect(thrice?.low).toBeCloseTo(once?.low ?? 0, 2);
    expect(thrice?.high).toBeCloseTo(once?.high ?? 0, 2);
  });

  it('gives Pearson’s r, and none without spread', () => {
    const pairs = [1, 2, 3, 4, 5].map((x) => ({ group: String(x), x, y: x === 5 ? 1 : x }));
    expect(correlation(pairs)?.estimate).toBeCloseTo(2 / Math.sqrt(68), 6);
    expect(correlation(pairs.map((pair) => ({ ...pair, y: 1 })))).toBeUndefined();
  });

  it('keeps score limits within 0 and 1 and away from certainty', () => {
    expect(scoreLimits(1, 20, 1.96).high).toBe(1);
    expect(scoreLimits(1, 20, 1.96).low).toBeLessThan(0.9);
    expect(scoreLimits(0.5, 1e9, 1.96).low).toBeCloseTo(0.5, 3);
  });
});

describe('length control', () => {
  it('gives back the strength that a preference for length hides', () => {
    const next = uniform(5);
    const bouts = Array.from({ length: 3_000 }, (_, i) => {
      const player = i % 2 === 0 ? 'long' : 'short';
      const handicap = Math.tanh(2 * next() - 1 + (player === 'long' ? 0.8 : -0.8));
      const odds = (player === 'long' ? -0.5 : 0.5) + 2 * handicap;
      return {
        player,
        group: String(i),
        score: next() < 1 / (1 + Math.exp(-odds)) ? 1 : 0,
        handicap,
      };
    });
    const raw = (name: string) => {
      const own = bouts.filter(({ player }) => player === name);
      return own.reduce((sum, { score }) => sum + score, 0) / own.length;
    };
    expect(raw('long')).toBeGreaterThan(raw('short'));
    const controlled = controlHandicap(bouts)?.players;
    expect(controlled?.get('long')?.high).toBeLessThan(0.5);
    expect(controlled?.get('short')?.low).toBeGreaterThan(0.5);
  });

  it('stays finite for a player that won everything', () => {
    const bouts = Array.from({ length: 40 }, (_, i) => ({
      player: 'p',
      group: String(i),
      score: 1,
      handicap: (i % 5) / 5 - 0.4,
    }));
    const estimate = controlHandicap(bouts)?.players.get('p')?.estimate ?? 0;
    expect(estimate).toBeGreaterThan(0.9);
    expect(estimate).toBeLessThan(1);
  });
});
