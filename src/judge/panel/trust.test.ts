import { describe, expect, it } from 'vitest';
import { type JudgedTarget, judgedCases } from '../../sim/judge/judge-world.test.helper.ts';
import { judgeSchema, type SimulatedJudge } from '../../sim/market/judge-schema.ts';
import { drawsFor } from '../../sim/market/random.ts';
import type { Verdict } from '../check/verdict.ts';
import { correctedMeans } from '../label/corrected.ts';
import { judgeProbe } from './probe.ts';
import { type JudgedAnswer, measureTrust, toScore } from './trust.ts';
import { bothOrders, majority, middle } from './vote.ts';

const judge = (faults: Partial<SimulatedJudge>) => judgeSchema.parse({ accuracy: 0.8, ...faults });

/** Five targets 8 points apart; the worse, the longer and the more the judge likes it for that. */
const targets = [0, 1, 2, 3, 4].map(
  (index): JudgedTarget => ({
    target: `target-${index}`,
    judge: judge({ position_bias: 0.1, length_bias: 0.5 * (1 - index / 4) }),
    rate: 0.34 + 0.08 * index,
    longer: 1,
  }),
);

describe('how far a judge is to be believed', () => {
  it('has the truth within its limits about 95 times in 100', () => {
    // Two orders agree unless one of the two calls took the answer it read first: .85.
    const biased = targets.map((target) => ({ ...target, judge: judge({ position_bias: 0.15 }) }));
    let covered = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const { position_consistency } = measureTrust(
        judgedCases(biased, 60, drawsFor(seed, 'trust')),
      );
      const { low = 1, high = 0 } = position_consistency ?? {};
      if (low <= 0.85 && 0.85 <= high) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
  });

  it('shows a judge that reads lengths, beside the rule that the longest wins', () => {
    const vain = targets.map((target) => ({
      ...target,
      longer: 0,
      judge: judge({ length_bias: 0.9 }),
    }));
    const trust = measureTrust(judgedCases(vain, 200, drawsFor(1, 'vain')));
    expect(trust.length.correlation?.low).toBeGreaterThan(0.5);
    expect(trust.length.longest_wins?.low).toBeGreaterThan(0.9);
    expect(trust.people?.judge_agrees?.estimate).toBeLessThan(0.6);
    const fair = measureTrust(
      judgedCases(
        targets.map((each) => ({ ...each, longer: 0, judge: judge({}) })),
        200,
        drawsFor(1, 'fair'),
      ),
    );
    expect(Math.abs(fair.length.correlation?.estimate ?? 1)).toBeLessThan(0.1);
    expect(fair.people?.judge_agrees?.estimate).toBeCloseTo(0.8, 1);
    expect(fair.people?.longest_agrees?.estimate).toBeCloseTo(0.5, 1);
    expect(Object.keys(fair.length.controlled ?? {})).toEqual(targets.map(({ target }) => target));
  });

  it('shows a judge that takes the first, and one that does not repeat itself', () => {
    const first = measureTrust(
      judgedCases(
        targets.map((each) => ({ ...each, judge: judge({ position_bias: 1 }) })),
        20,
        drawsFor(1, 'first'),
      ),
    );
    expect(first).toMatchObject({
      position_consistency: { estimate: 0 },
      first_wins: { estimate: 1 },
      repeat_consistency: { estimate: 1 },
      ties: { estimate: 1 },
    });
    const moody = judge({ noise: 1, accuracy: 0.5 });
    const trust = measureTrust(
      judgedCases(
        targets.map((each) => ({ ...each, judge: moody })),
        100,
        drawsFor(1, 'moody'),
      ),
    );
    expect(trust.repeat_consistency?.estimate).toBeCloseTo(0.5, 1);
  });

  it('says nothing of what was not seen', () => {
    const lone: JudgedAnswer = {
      request_id: 'r',
      target: 't',
      kind: 'pairwise',
      length: 5,
      candidateFirst: 1,
    };
    expect(measureTrust([lone])).toEqual({ answers: 0, length: {} });
  });

  it('does not mislead once people correct it: the order of five targets', () => {
    let [raw, corrected] = [0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const cases = judgedCases(targets, 1_500, drawsFor(seed, 'orders'));
      const verdicts = cases.map((each): Verdict => {
        const { request_id, target } = each;
        const quality = toScore(each) ?? 0;
        const votes = [{ judge: 'sim', score: quality }];
        return { request_id, target, pass: 1, quality, quality_kind: 'pairwise', by: 'sim', votes };
      });
      const labels = cases.slice(0, 500 * targets.length).map(({ request_id, target, human }) => ({
        request_id,
        target,
        pass: 1,
        score: human,
      }));
      const means = correctedMeans({ verdicts, labels, taskOf: () => undefined });
      const order = (of: (mean: (typeof means)[number]) => number) =>
        means
          .toSorted((a, b) => of(a) - of(b))
          .map(({ target }) => target)
          .join();
      const truth = targets.map(({ target }) => target).join();
      if (order(({ judge: mean }) => mean) === truth) raw += 1;
      if (order(({ estimate }) => estimate) === truth) corrected += 1;
    }
    expect(raw).toBeLessThanOrEqual(3);
    expect(corrected).toBeGreaterThanOrEqual(7);
  });
});

describe('votes', () => {
  it('of two orders that disagree are a tie', () => {
    expect([bothOrders(1, 1), bothOrders(0, 1), bothOrders(0.5, 1), bothOrders(0, 0)]).toEqual([
      1, 0.5, 0.5, 0,
    ]);
  });

  it.each([
    [[1, 1, 0], 2, 1],
    [[1, 0], 2, 0.5],
    [[1, 0.5, 0], 2, 0.5],
    [[0, 0, 0.5, 1], 2, 0.5],
    [[1], 2, undefined],
    [[1], 1, 1],
    [[], 0, undefined],
  ])('%j of a panel that needs %d give %j', (scores, needed, verdict) => {
    expect(majority(scores, needed)).toBe(verdict);
  });

  it('by rubric give the middle score', () => {
    expect(middle([0, 1, 0.75], 2)).toBe(0.75);
    expect(middle([0.5, 1], 2)).toBe(0.75);
    expect(middle([0.5], 2)).toBeUndefined();
  });
});

describe('a probe', () => {
  const name = { judge: 'j', prompt: 'pairwise', probe: 'injected' } as const;
  const state = (scores: number[], open: 'more-to-come' | 'last' = 'last') =>
    judgeProbe(name, scores, open).state;
  const many = (wins: number, of: number) =>
    Array.from({ length: of }, (_, i) => (i < wins ? 1 : 0));

  it('that lost nearly always is done with after the first bouts; one in between gets more', () => {
    expect(state(many(1, 6), 'more-to-come')).toBe('lost');
    expect(state(many(2, 6), 'more-to-come')).toBe('unclear');
    expect(state(many(6, 6), 'more-to-come')).toBe('unclear');
  });

  it('may win by chance against a judge that is right 80 %, and not by more', () => {
    expect(state(many(10, 24))).toBe('lost');
    expect(state(many(11, 24))).toBe('not-lost');
  });

  it('that never lost is not let through, be it by ties or in one bout', () => {
    expect(state(Array.from({ length: 8 }, () => 0.5))).toBe('not-lost');
    expect(state([1])).toBe('not-lost');
    expect(state([0])).toBe('lost');
    expect(state([])).toBe('untested');
  });
});
