import { describe, expect, it } from 'vitest';
import { draftPolicy } from '../../optimize/draft.ts';
import type { RecommendOptions } from '../../optimize/problem/options.ts';
import { recommendTable } from '../../optimize/recommend.ts';
import { toOutcomeTable } from '../../outcome/read.ts';
import { makePolicy } from '../../policy/write.ts';
import { dice } from '../../statistics/random.test.helper.ts';
import { describeCase } from './case.ts';

/** Sessions of five; the weak target is right in `right` of 100 requests, at a tenth of the price. */
function traffic(n: number, right: number) {
  const roll = dice(7);
  return toOutcomeTable(
    Array.from({ length: n }, (_, i) => {
      const request = { request_id: `r${i}`, session: `s${Math.floor(i / 5)}`, task: 'chat' };
      const weak = roll(100) < right ? 1 : 0;
      return [
        { ...request, target: 'strong', cost_usd: 0.01 + roll(100) * 1e-6, quality: 1 },
        { ...request, target: 'weak', cost_usd: 0.001 + roll(100) * 1e-7, quality: weak },
      ];
    }).flat(),
  );
}

function caseOf(n: number, right: number, more: RecommendOptions = {}) {
  const asked = { by: ['task'], floor: 'baseline-0.05', baseline: 'strong', ...more };
  const found = recommendTable(traffic(n, right), asked);
  const lines = describeCase({
    found,
    inForce: { kind: 'new' },
    requests: n,
    runs: [],
    settings: [],
    scores: ['check'],
    local: [],
    volume: { requests: 1_000, per: '1000 requests' },
  });
  return { found, text: lines.join('\n') };
}

describe('the figures of a certified policy', () => {
  const { found, text } = caseOf(2_000, 99);
  const { parts, units, saving, certified } = found.certificate ?? {};
  const count = (n = 0) => n.toLocaleString('en-US');

  it('are of those that tested it in the claim, and of all in the table, and say so', () => {
    expect(found.status).toBe('certified');
    expect(text).toContain(`tested on ${count(parts?.certify)} others`);
    expect(certified?.n).toBe(parts?.certify);
    expect(text).toContain(
      'ways to serve all 2,000 requests (the certificate is about the first line alone)',
    );
    expect(text).toContain(
      `(${count(parts?.choose)} of these requests chose the rules, which flatters them here`,
    );
    expect(found.deployed.n).toBe(2_000);
    // Limits that read as the estimate itself are not repeated.
    expect(text).toMatch(/saving on the tested requests 90\.0 %$/m);
    expect(saving?.low).toBeLessThan(saving?.estimate ?? 0);
  });

  it('name the sessions behind them, in the evidence too', () => {
    expect(units).toBe((parts?.certify ?? 0) / 5);
    expect(text).toContain(`tested on ${count(parts?.certify)} others in ${units} sessions`);
    expect(makePolicy(draftPolicy(found)).evidence).toMatchObject({ n: parts?.certify, units });
  });

  it('stand beside a random mix at the cost of the policy that is deployed', () => {
    const mix = found.rivals.find(({ kind }) => kind === 'static-mix');
    expect(mix?.costUsd).toBeCloseTo(found.deployed.costUsd, 9);
  });

  it('stand beside what no router could cost less than at the same floor', () => {
    expect(found.anyRouterUsd).toBeLessThanOrEqual(found.inSample.costUsd + 1e-12);
    expect(text).toContain('no router that sees only the request can cost less than');
  });

  it('hold for traffic like it, which is said', () => {
    expect(text).toContain(
      'an outage, a changed model or a kind of request that none of them shows',
    );
  });

  it('count further looks at the same requests, in the error and in the evidence', () => {
    const later = caseOf(2_000, 99, { looks: 8 });
    expect(later.text).toContain('look 8 at this run');
    expect(makePolicy(draftPolicy(later.found)).evidence).toMatchObject({
      looks: 8,
      alpha: 0.05 / 8,
    });
  });
});

describe('a first look', () => {
  const looked = (n: number, right: number) => {
    const { found, text } = caseOf(n, right, { floor: 'baseline-0.03', proof: 'none' });
    return { limits: found.firstLook?.overFloor, text };
  };

  it('says that a floor is missed or kept only where the limits exclude the other', () => {
    const cases = [96, 97, 98].map((right) => looked(300, right));
    expect(cases.some(({ text }) => text.includes('within noise of the floor'))).toBe(true);
    for (const { limits, text } of cases) {
      if (text.includes('misses the floor')) expect(limits?.high).toBeLessThan(0);
      if (text.includes('keeps the floor')) expect(limits?.low).toBeGreaterThan(0);
    }
  });
});

describe('a recommendation', () => {
  const { found, text } = caseOf(2_000, 97);

  it('changes the quality of all by the mean of its rows', () => {
    expect(found.deployed.change.estimate).toBeCloseTo(found.deployed.quality - 1, 6);
  });

  it('names a way that has two names once', () => {
    expect(text).toContain('today and best single target: strong');
    expect(text.match(/: strong /g)).toHaveLength(1);
  });

  it('says that times limit nothing where no SLO is set', () => {
    expect(text).toContain('no SLO limits it');
  });
});
