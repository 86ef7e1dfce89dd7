import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../outcome/read.ts';
import type { OutcomeRow } from '../outcome/row.ts';
import { makePolicy } from '../policy/write.ts';
import { draftPolicy } from './draft.ts';
import { explainRecommendation } from './explain.ts';
import { createQuestion } from './question.ts';
import { recommendTable } from './recommend.ts';
import { changesSince, switchPoints } from './switch-points.ts';
import { boundPerRequest, findFrontier, targetValues } from './views.ts';

interface Night {
  readonly costs: Readonly<Record<string, number>>;
  /** Out of ten requests, how many each target gets right. */
  readonly right: Readonly<Record<string, number>>;
  readonly latency?: Readonly<Record<string, number>>;
}

function night({ costs, right, latency = {} }: Night, n = 400) {
  const rows = Array.from({ length: n }, (_, i) =>
    Object.keys(costs).map(
      (target): OutcomeRow => ({
        ...{ request_id: `r${i}`, target, task: i % 2 ? 'a' : 'b', input_tokens: i },
        cost_usd: costs[target] ?? 0,
        quality: i % 10 < (right[target] ?? 0) ? 1 : 0,
        latency_ms: latency[target] ?? 100,
      }),
    ),
  ).flat();
  return toOutcomeTable(rows);
}

const ask = { by: ['task'], floor: 'best-0.05' };
const quiet = { costs: { dear: 0.01, mid: 0.005 }, right: { dear: 10, mid: 10 } };

describe('what changed since an earlier night', () => {
  it('is nothing where nothing did', () => {
    expect(changesSince(night(quiet), night(quiet), ask)).toEqual([]);
  });

  it('names a price that rose', () => {
    const dearer = { ...quiet, costs: { dear: 0.01, mid: 0.02 } };
    expect(changesSince(night(quiet), night(dearer), ask)).toEqual([
      {
        ...{ rule: 'otherwise', from: 'mid', to: 'dear', share: 1 },
        why: [{ kind: 'price', target: 'mid', before: 0.005, now: 0.02 }],
      },
    ]);
  });

  it('names a quality that fell, with limits', () => {
    const worse = { ...quiet, right: { dear: 10, mid: 8 } };
    const [change] = changesSince(night(quiet), night(worse), ask);
    expect(change).toMatchObject({ from: 'mid', to: 'dear', share: 1 });
    expect(change?.why).toMatchObject([{ kind: 'quality', target: 'mid' }]);
    const [reason] = change?.why ?? [];
    expect(reason?.kind === 'quality' && reason.change.high).toBeLessThan(-0.1);
  });

  it('names a target that is new, and a latency that broke the SLO', () => {
    const more = { costs: { ...quiet.costs, tiny: 0.001 }, right: { ...quiet.right, tiny: 10 } };
    const [change] = changesSince(night(quiet), night(more), ask);
    expect(change?.why).toEqual([{ kind: 'new-target', target: 'tiny' }]);
    const slow = { ...quiet, latency: { mid: 5_000 } };
    const slos = [{ metric: 'latency_ms' as const, atMost: 1_000, share: 0.95 }];
    const [broken] = changesSince(night(quiet), night(slow), { ...ask, slos });
    expect(broken?.why).toMatchObject([{ kind: 'latency', target: 'mid', before: 0, now: 1 }]);
  });

  it('a target enters the optimum at the part of its cost where it is the cheapest', () => {
    const [point] = switchPoints(night(quiet), ask);
    expect(point).toMatchObject({ target: 'dear' });
    expect(point?.atCost).toBeCloseTo(0.5, 2);
    const never = { costs: { dear: 0.01, bad: 0.02 }, right: { dear: 10, bad: 0 } };
    expect(switchPoints(night(never), { ...ask, floor: 'best-0' })).toEqual([{ target: 'bad' }]);
  });
});

describe('the policy in force', () => {
  const three = {
    costs: { dear: 0.01, mid: 0.005, near: 0.00496 },
    right: { dear: 10, mid: 10, near: 10 },
  };
  const only = (target: string) => ({
    name: 'routes.yaml',
    policy: makePolicy({
      ...{ status: 'certified', features: {}, targets: { [target]: {} } },
      rules: [{ name: 'otherwise', use: target }],
    }),
  });
  const asked = { ...ask, baseline: 'dear', floor: 'baseline-0.05' };

  it('is kept where the new one saves less than the hysteresis', () => {
    const found = recommendTable(night(three), { ...asked, current: only('mid') });
    expect(found.certificate?.kept).toMatchObject({ name: 'routes.yaml', hysteresis: 0.02 });
    expect(found.status).toBe('certified');
    expect(makePolicy(draftPolicy(found)).id).toBe(only('mid').policy.id);
  });

  it('is left where the new one saves more, or where it no longer holds', () => {
    const cheaper = { ...three, costs: { ...three.costs, near: 0.004 } };
    const found = recommendTable(night(cheaper), { ...asked, current: only('mid') });
    expect(found.certificate?.kept).toBeUndefined();
    expect(found.rules.map(({ use }) => use)).toEqual(['near']);
    const worse = { ...three, right: { dear: 10, mid: 5, near: 10 } };
    const left = recommendTable(night(worse), { ...asked, current: only('mid') });
    expect(left.rules.map(({ use }) => use)).toEqual(['near']);
  });
});

describe('views of the same optimum', () => {
  const market = {
    costs: { dear: 0.01, mid: 0.004, low: 0.001 },
    right: { dear: 10, mid: 9, low: 5 },
  };
  const table = night(market);

  it('the frontier rises from the cheapest to the best, and the class is no worse than coins', () => {
    const { steps, aiq } = findFrontier(table, ask);
    expect(steps[0]).toMatchObject({ costUsd: 0.001, quality: 0.5 });
    expect(steps.at(-1)).toMatchObject({ quality: 1 });
    steps.slice(1).forEach((step, i) => {
      expect(step.costUsd).toBeGreaterThan(steps[i]?.costUsd ?? Infinity);
      expect(step.quality).toBeGreaterThan(steps[i]?.quality ?? 1);
    });
    // By hand: 0.5 to 0.9 over 3/9 of the costs, 0.9 to 1 over the rest.
    expect(aiq.singles).toBeCloseTo((3 * 0.7 + 6 * 0.95) / 9, 12);
    expect(aiq.class).toBeGreaterThanOrEqual(aiq.singles);
  });

  it('a target is worth what the optimum costs more without it', () => {
    const loose = { ...ask, floor: 'best-0.1' };
    const [first, ...others] = targetValues(table, loose);
    expect(first).toMatchObject({ target: 'mid', costUsd: 0.01 });
    expect(first?.losesUsd).toBeCloseTo(0.006, 12);
    expect(others.map(({ losesUsd }) => losesUsd)).toEqual([0, 0]);
    expect(targetValues(table, { ...ask, floor: 'best-0' })[0]?.losesUsd).toBe(Infinity);
  });

  it('no router can be cheaper than the bound over single requests', () => {
    const bound = boundPerRequest(createQuestion(table, { ...ask, floor: 'best-0' }));
    // Half of the requests go to low, four tenths to mid, one to dear: nested rights.
    expect(bound).toBeCloseTo(0.5 * 0.001 + 0.4 * 0.004 + 0.1 * 0.01, 9);
  });

  it('is told in sentences that hold the figures', () => {
    const lines = explainRecommendation(
      recommendTable(table, { ...ask, floor: 'best-0.2', taskLoss: 'allowed' }),
    );
    expect(lines).toEqual([
      'The comparison is with target dear: quality 100.0 % at $0.0100 a request over 400 requests.',
      'What is asked: quality within 0.2 of dear.',
      'On these rows the cheapest policy (task) costs $0.00400 a request, 60.0 % less, at quality 90.0 %. Nothing in this class is cheaper. That is no promise: it was chosen by the same rows.',
      'Rule otherwise sends 100.0 % of the requests to mid, falling back to dear: it saves $0.00600 per request of the whole traffic and changes quality there by -10.0 points (between -13.3 points and -7.4 points, of 400 requests).',
      expect.stringMatching(
        /^PASS: "quality within 0.2 of dear", tested on 246 requests that the optimiser never saw/,
      ),
      'There it saves 60.0 % (95 % limits 60.0 % to 60.0 %).',
      "The claim holds against every single target, too: a test of its own, with an error of 5.0 % beside the certificate's.",
    ]);
    const unproved = recommendTable(table, { ...ask, proof: 'none' });
    expect(explainRecommendation(unproved).at(-1)).toMatch(
      /^Nothing was proved. Chosen by one half/,
    );
  });
});
