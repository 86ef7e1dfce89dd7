import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableOf } from '../../outcome/read.ts';
import type { OutcomeRow } from '../../outcome/row.ts';
import { makePolicy } from '../../policy/write.ts';
import { dice } from '../../statistics/random.ts';
import { check } from '../check.ts';
import { draftPolicy } from '../draft.ts';
import type { RecommendOptions } from '../problem/options.ts';
import { recommend } from '../recommend.ts';

interface Traffic {
  readonly n: number;
  /** Chance that the weak target is right where the strong one is, by task. */
  readonly weak: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly more?: (i: number, target: string) => Partial<OutcomeRow>;
}

/** The strong target is right 9 times of 10 and costs ten times as much. */
function traffic({ n, weak, seed = 1, more = () => ({}) }: Traffic): OutcomeRow[] {
  const roll = dice(seed);
  const chance = () => roll(1_000_000) / 1_000_000;
  const tasks = Object.keys(weak);
  return Array.from({ length: n }, (_, i): OutcomeRow[] => {
    const task = tasks[i % tasks.length] ?? '';
    const strong = chance() < 0.9;
    const same = chance() < (weak[task] ?? 0);
    const request = { request_id: `r${i}`, task, input_tokens: 10 + (i % 50) };
    return [
      {
        ...request,
        target: 'strong',
        cost_usd: 0.01,
        quality: strong ? 1 : 0,
        ...more(i, 'strong'),
      },
      {
        ...request,
        target: 'weak',
        cost_usd: 0.001,
        quality: strong && same ? 1 : 0,
        ...more(i, 'weak'),
      },
    ];
  }).flat();
}

const ask = {
  ...{ by: ['task'], floor: 'baseline-0.03', baseline: 'strong' },
} as const satisfies RecommendOptions;
const good = { easy: 1, hard: 0.2 };

describe('a certificate', () => {
  it('passes where one task can be served by the weak target, and deploys no more than that', () => {
    const found = recommend(tableOf(traffic({ n: 1_000, weak: good })), ask);
    expect(found.status).toBe('certified');
    expect(found.certificate).toMatchObject({
      ...{ verdict: 'PASS', alpha: 0.05, claim: 'quality within 0.03 of strong' },
      parts: { optimise: 400, certify: 600, report: 0 },
    });
    expect(found.rules.map(({ name, use }) => [name, use])).toEqual([
      ...[
        ['easy', 'weak'],
        ['otherwise', 'strong'],
      ],
    ]);
    const { low = 0, high = 0 } = found.certificate?.saving ?? {};
    expect(low).toBeLessThan(0.45);
    expect(high).toBeGreaterThan(0.45);
  });

  it('fails where the safest saving is plainly worse than allowed, and keeps what is there', () => {
    const found = recommend(tableOf(traffic({ n: 600, weak: { all: 0.5 } })), ask);
    expect(found.certificate?.verdict).toBe('FAIL');
    expect(found.status).toBe('keep-current');
    expect(found.rules.map(({ use }) => use)).toEqual(['strong']);
  });

  it('is inconclusive with few requests, and the number it asks for is enough', () => {
    const weak = { all: 0.985 };
    const few = recommend(tableOf(traffic({ n: 100, weak })), ask);
    expect(few.certificate?.verdict).toBe('INCONCLUSIVE');
    const { needed } = few.certificate ?? {};
    expect(needed?.inAll).toBeGreaterThan(100);
    const enough = traffic({ n: 2 * (needed?.inAll ?? 0), weak, seed: 2 });
    expect(recommend(tableOf(enough), ask).certificate?.verdict).toBe('PASS');
  });

  it('says that no number would do where the loss is as large as the margin', () => {
    const found = recommend(tableOf(traffic({ n: 100, weak: { all: 0.95 } })), ask);
    expect(found.certificate).toMatchObject({
      ...{ verdict: 'INCONCLUSIVE', why: 'no number of requests would do' },
    });
  });

  it('has nothing to prove where the baseline is the cheapest', () => {
    const found = recommend(tableOf(traffic({ n: 200, weak: good })), { ...ask, baseline: 'weak' });
    expect(found.certificate).toMatchObject({ verdict: 'INCONCLUSIVE', trials: [] });
  });

  it('is inconclusive where more than 5 % have no score, however good the rest', () => {
    const unjudged = (share: number) =>
      traffic({
        n: 1_000,
        weak: { all: 1 },
        more: (i) => (i % 100 < share ? { quality: null } : {}),
      });
    expect(recommend(tableOf(unjudged(4)), ask).certificate?.verdict).toBe('PASS');
    const found = recommend(tableOf(unjudged(8)), ask);
    expect(found.certificate?.verdict).toBe('INCONCLUSIVE');
    expect(found.certificate?.why).toMatch(/8\.\d % of the rows have no score/);
  });

  it('needs more rows where the same few sessions ask again and again', () => {
    // Whole sessions go wrong together: 300 rows are then 20 sessions.
    const clustered = (session: (i: number) => Partial<OutcomeRow>) =>
      tableOf(
        traffic({
          ...{ n: 800, weak: { all: 1 } },
          more: (i, target) => ({
            ...session(i),
            quality: target === 'weak' && i % 10 === 7 ? 0 : 1,
          }),
        }),
      );
    const alone = recommend(
      clustered(() => ({})),
      { ...ask, floor: 'baseline-0.15' },
    );
    const inSessions = recommend(
      clustered((i) => ({ session: `s${i % 40}` })),
      { ...ask, floor: 'baseline-0.15' },
    );
    expect(alone.certificate?.verdict).toBe('PASS');
    expect(inSessions.certificate?.verdict).not.toBe('PASS');
  });

  it('counts a heavy request as no more than one', () => {
    const heavy = (weight: number) =>
      tableOf(
        traffic({
          ...{ n: 400, weak: { all: 1 } },
          more: (i) => ({ weight: i % 20 === 0 ? weight : 1 }),
        }),
      );
    expect(recommend(heavy(1.01), ask).certificate?.verdict).toBe('PASS');
    expect(recommend(heavy(400), ask).certificate?.verdict).toBe('INCONCLUSIVE');
  });

  it('certifies a bare floor by the exact binomial', () => {
    // About 0.89 right of 600 rows: plain against 0.83, far too few rows against 0.875.
    const table = tableOf(traffic({ n: 1_000, weak: { all: 1 } }));
    const holds = recommend(table, { ...ask, floor: '0.83' }).certificate;
    expect(holds).toMatchObject({ verdict: 'PASS', claim: 'quality at least 0.83' });
    expect(holds?.trials.at(-1)?.tests[0]?.level).toBe(0.05);
    const close = recommend(table, { ...ask, floor: '0.875' }).certificate;
    expect(close?.verdict).toBe('INCONCLUSIVE');
    expect(close?.needed?.inAll).toBeGreaterThan(1_000);
  });

  it('refuses a baseline without scores or without a price', () => {
    const log = (fields: Partial<OutcomeRow>) =>
      tableOf([
        ...traffic({ n: 20, weak: { all: 1 } }),
        ...Array.from({ length: 20 }, (_, i) => ({
          ...{ request_id: `r${i}`, target: 'recorded', task: 'all', input_tokens: 10 + i },
          ...fields,
        })),
      ]);
    const recorded = { ...ask, baseline: 'recorded' };
    expect(() => recommend(log({ cost_usd: 0.02 }), recorded)).toThrow(/recorded has no scores/);
    expect(() => recommend(log({ quality: 1 }), recorded)).toThrow(/has no price on any request/);
    const whole = recommend(log({ quality: 1, cost_usd: 0.02 }), recorded);
    expect(whole.baseline).toMatchObject({ name: 'recorded', kind: 'recorded', costUsd: 0.02 });
  });

  it('certifies an SLO by a count of slow requests, 0 of 59 at the least', () => {
    const timed = (n: number) =>
      tableOf(traffic({ n, weak: { all: 1 }, more: () => ({ latency_ms: 100 }) }));
    const slos = [{ metric: 'latency_ms' as const, atMost: 200, share: 0.95 }];
    const wide = { ...ask, floor: 'baseline-0.1', slos };
    expect(recommend(timed(95), wide).certificate?.verdict).toBe('INCONCLUSIVE');
    expect(recommend(timed(100), wide).certificate?.verdict).toBe('PASS');
  });

  it('keeps a part aside for a point estimate where asked', () => {
    const table = tableOf(traffic({ n: 1_000, weak: good }));
    const { certificate } = recommend(table, { ...ask, reportPart: 0.2 });
    expect(certificate?.parts).toEqual({ optimise: 320, certify: 480, report: 200 });
    expect(certificate?.report).toMatchObject({ n: 200, estimate: 0 });
  });

  it('leaves a task of too few requests with the baseline', () => {
    const odd = (i: number) => ({ task: i < 8 ? 'rare' : 'common' });
    const table = tableOf(traffic({ n: 800, weak: { all: 1 }, more: odd }));
    const found = recommend(table, ask);
    expect(found.findings).toMatchObject([{ kind: 'few-requests', about: 'rare' }]);
    expect(found.rules.map(({ name, use }) => [name, use])).toEqual([
      ...[
        ['rare', 'strong'],
        ['otherwise', 'weak'],
      ],
    ]);
    const told = recommend(table, { ...ask, include: ['rare'] });
    expect(told.rules.map(({ use }) => use)).toEqual(['weak']);
  });

  it('another seed of the split may decide otherwise, the same one never does', () => {
    const table = tableOf(traffic({ n: 300, weak: { easy: 0.96, hard: 0.5 } }));
    const by = (splitSeed: number) => recommend(table, { ...ask, splitSeed }).certificate;
    const ps = Array.from({ length: 6 }, (_, seed) => by(seed)?.trials[0]?.tests[0]?.p);
    expect(new Set(ps).size).toBeGreaterThan(1);
    expect(by(3)).toEqual(by(3));
  });

  it('is rarely false: at a loss as large as the margin, in at most 18 of 200 draws', () => {
    // Both tasks lose exactly 3 points: whatever is deployed breaks the floor or equals it.
    const weak = { a: 1 - 0.031 / 0.9, b: 1 - 0.031 / 0.9 };
    const passed = Array.from({ length: 200 }, (_, seed) =>
      recommend(tableOf(traffic({ n: 250, weak, seed })), { ...ask, splitSeed: seed }),
    ).filter(({ status }) => status === 'certified');
    const broken = passed.filter(({ rules }) => rules.every(({ use }) => use === 'weak'));
    expect(broken.length).toBeLessThanOrEqual(18);
  });
});

describe('checking a policy', () => {
  const table = tableOf(traffic({ n: 1_000, weak: good }));
  const written = (floor: string) => {
    const found = recommend(table, { by: ['task'], floor, proof: 'none' });
    return { name: 'routes.yaml', policy: makePolicy(draftPolicy(found)) };
  };

  it('uses every row, and tells a policy that holds from one that does not', () => {
    const holds = check(table, written('best-0'), ask);
    expect(holds).toMatchObject({ verdict: 'PASS', unmet: [], unjudgedShare: 0 });
    expect(holds.rules.map(({ name, use, share }) => [name, use, share])).toEqual([
      ['easy', ['weak'], 0.5],
      ['otherwise', ['strong'], 0.5],
    ]);
    expect(holds.saving.estimate).toBeCloseTo(0.45, 3);
    expect(check(table, written('best-0.5'), ask).verdict).toBe('FAIL');
  });

  it('splits are an expectation over their arms', () => {
    const { policy } = written('best-0');
    const arms = [
      { target: 'weak', weight: 1 },
      { target: 'strong', weight: 3 },
    ];
    const [first, last] = policy.rules;
    const { use: _, ...rest } = first ?? { name: '', fallback: [] };
    const split = makePolicy({
      ...policy,
      rules: [{ ...rest, split: { by: 'session', to: arms } }, last ?? { name: 'x', use: 'weak' }],
    });
    const report = check(table, { name: 'split', policy: split }, ask);
    expect(report.policy.costUsd).toBeCloseTo(0.5 * 0.01 + 0.5 * (0.25 * 0.001 + 0.75 * 0.01), 9);
  });

  it('a policy that breaks a hard requirement fails, whatever its quality', () => {
    const named = written('best-0');
    const residency = [{ when: { task: ['easy'] }, regions: ['eu'] }];
    const targets = { weak: { regions: ['us'] }, strong: { regions: ['eu'] } };
    const report = check(table, named, { ...ask, residency, targets });
    expect(report.verdict).toBe('FAIL');
    expect(report.unmet).toEqual([
      '500 requests: rule easy may send them to weak, outside their regions',
    ]);
    const full = check(table, named, { ...ask, peakRpm: 100, targets: { weak: { rpm: 20 } } });
    expect(full.unmet).toEqual(['weak gets 50.0 % of 100 requests a minute, and takes 20']);
  });

  it('a target that was never measured is the next step', () => {
    const policy = makePolicy({
      ...{ status: 'uncertified', features: {}, targets: { other: {} } },
      rules: [{ name: 'otherwise', use: 'other' }],
    });
    expect(() => check(table, { name: 'mine.yaml', policy }, ask)).toThrow(
      /not measured. Bench it/,
    );
  });

  it('a policy as the baseline is what savings and floors are relative to', () => {
    const baseline = written('best-0');
    const floor = 'baseline-0.03';
    const same = check(table, baseline, { by: ['task'], floor, baseline });
    expect(same).toMatchObject({ verdict: 'PASS', saving: { estimate: 0 } });
    const found = recommend(table, { by: ['task'], floor, baseline });
    expect(found.status).toBe('keep-current');
    expect(makePolicy(draftPolicy(found)).id).toBe(baseline.policy.id);
  });
});

describe('tables of any shape', () => {
  it('give a verdict and a policy that parses, never an exception', () => {
    const shape = fc.record({
      n: fc.integer({ min: 5, max: 60 }),
      seed: fc.integer(),
      easy: fc.double({ min: 0, max: 1, noNaN: true }),
      hole: fc.integer({ min: 3, max: 30 }),
    });
    fc.assert(
      fc.property(shape, ({ n, seed, easy, hole }) => {
        const more = (i: number): Partial<OutcomeRow> => ({
          ...(i % hole === 0 && { quality: null }),
          ...(i % hole === 1 && { status: 'failed' }),
        });
        const table = tableOf(traffic({ n, weak: { a: easy, b: 1 }, seed, more }));
        const found = recommend(table, { by: ['task', 'input_tokens'], floor: 'best-0.1' });
        expect(['PASS', 'FAIL', 'INCONCLUSIVE']).toContain(found.certificate?.verdict);
        expect(makePolicy(draftPolicy(found)).status).toBe(found.status);
      }),
      { numRuns: 80 },
    );
  });
});
