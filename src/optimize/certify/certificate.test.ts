import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../../outcome/read.ts';
import type { OutcomeRow } from '../../outcome/row.ts';
import { makePolicy } from '../../policy/write.ts';
import { checkPolicy } from '../check.ts';
import { draftPolicy } from '../draft.ts';
import type { RecommendOptions } from '../problem/options.ts';
import { recommendTable } from '../recommend.ts';
import { traffic } from '../traffic.test.helper.ts';

const ask = {
  by: ['task'],
  floor: 'baseline-0.03',
  baseline: 'strong',
} as const satisfies RecommendOptions;
/** All traffic or nothing. */
const whole = { ...ask, arms: 'none' } as const satisfies RecommendOptions;
const good = { easy: 1, hard: 0.2 };

describe('a certificate', () => {
  it('passes where one task can be served by the weak target, and deploys no more than that', () => {
    const found = recommendTable(toOutcomeTable(traffic({ n: 1_000, weak: good })), ask);
    expect(found.status).toBe('certified');
    expect(found.certificate).toMatchObject({
      verdict: 'PASS',
      alpha: 0.05,
      claim: 'quality within 0.03 of strong',
    });
    const { choose = 0, certify = 0, report = 0 } = found.certificate?.parts ?? {};
    expect(choose + certify).toBe(1_000);
    expect(choose).toBeGreaterThan(350);
    expect(choose).toBeLessThan(450);
    expect(report).toBe(0);
    expect(found.rules.map(({ name, use }) => [name, use])).toEqual([
      ['easy', 'weak'],
      ['otherwise', 'strong'],
    ]);
    const { low = 0, high = 0 } = found.certificate?.saving ?? {};
    expect(low).toBeLessThan(0.45);
    expect(high).toBeGreaterThan(0.45);
  });

  it('fails where the safest saving is plainly worse than allowed, and keeps what is there', () => {
    const found = recommendTable(toOutcomeTable(traffic({ n: 600, weak: { all: 0.5 } })), ask);
    expect(found.certificate?.verdict).toBe('FAIL');
    expect(found.status).toBe('keep-current');
    expect(found.rules.map(({ use }) => use)).toEqual(['strong']);
  });

  it('is inconclusive with few requests, and the number it asks for is enough', () => {
    const weak = { all: 0.985 };
    const few = recommendTable(toOutcomeTable(traffic({ n: 150, weak })), whole);
    expect(few.certificate?.verdict).toBe('INCONCLUSIVE');
    const { needed } = few.certificate ?? {};
    expect(needed?.likely).toBeGreaterThan(150);
    const enough = traffic({ n: needed?.enough ?? 0, weak, seed: 2 });
    expect(recommendTable(toOutcomeTable(enough), whole).certificate?.verdict).toBe('PASS');
  });

  it('says that no number would do where the loss is as large as the margin', () => {
    const found = recommendTable(toOutcomeTable(traffic({ n: 100, weak: { all: 0.95 } })), whole);
    expect(found.certificate).toMatchObject({
      verdict: 'INCONCLUSIVE',
      why: expect.stringContaining('more requests of this kind would not help'),
    });
  });

  it('has nothing to prove where the baseline is the cheapest', () => {
    const found = recommendTable(toOutcomeTable(traffic({ n: 200, weak: good })), {
      ...ask,
      baseline: 'weak',
    });
    expect(found.certificate).toMatchObject({ verdict: 'INCONCLUSIVE', trials: [] });
  });

  it('counts requests without a score as lost, unless they are fewer than a tenth of the margin', () => {
    const unjudged = (perThousand: number) =>
      traffic({
        n: 1_000,
        weak: { all: 1 },
        more: (i, target) =>
          (i * 7) % 1_000 < perThousand && target === 'weak' ? { quality: null } : {},
      });
    expect(recommendTable(toOutcomeTable(unjudged(2)), whole).certificate?.verdict).toBe('PASS');
    const found = recommendTable(toOutcomeTable(unjudged(40)), whole);
    expect(found.certificate?.verdict).not.toBe('PASS');
    expect(found.certificate?.unjudgedShare).toBeGreaterThan(0.02);
  });

  it('needs more rows where the same few sessions ask again and again', () => {
    // Whole sessions go wrong together: 300 rows are then 20 sessions.
    const clustered = (session: (i: number) => Partial<OutcomeRow>) =>
      toOutcomeTable(
        traffic({
          ...{ n: 800, weak: { all: 1 } },
          more: (i, target) => ({
            ...session(i),
            quality: target === 'weak' && i % 10 === 7 ? 0 : 1,
          }),
        }),
      );
    const alone = recommendTable(
      clustered(() => ({})),
      { ...ask, floor: 'baseline-0.15' },
    );
    const inSessions = recommendTable(
      clustered((i) => ({ session: `s${i % 40}` })),
      { ...ask, floor: 'baseline-0.15' },
    );
    expect(alone.certificate?.verdict).toBe('PASS');
    expect(inSessions.certificate?.verdict).not.toBe('PASS');
  });

  it('counts a heavy request as no more than one, and as one more that might be lost', () => {
    const heavy = (weight: number) =>
      toOutcomeTable(
        traffic({
          ...{ n: 400, weak: { all: 1 } },
          more: (i) => ({ weight: i % 20 === 0 ? weight : 1 }),
        }),
      );
    expect(recommendTable(heavy(1.01), ask).certificate?.verdict).toBe('PASS');
    expect(recommendTable(heavy(400), ask).certificate?.verdict).toBe('INCONCLUSIVE');
  });

  it('certifies a bare floor by the exact binomial', () => {
    // About 0.89 right of 600 rows: plain against 0.83, far too few rows against 0.875.
    const table = toOutcomeTable(traffic({ n: 1_000, weak: { all: 1 } }));
    const holds = recommendTable(table, { ...ask, floor: '0.83' }).certificate;
    expect(holds).toMatchObject({ verdict: 'PASS', claim: 'quality at least 0.83' });
    expect(holds?.trials.at(-1)?.tests[0]?.level).toBe(0.05);
    const close = recommendTable(table, { ...ask, floor: '0.875' }).certificate;
    expect(close?.verdict).toBe('INCONCLUSIVE');
    expect(close?.needed?.likely).toBeGreaterThan(1_000);
    expect(close?.needed?.likely).toBeLessThan(10_000);
  });

  it('refuses a baseline without scores or without a price', () => {
    const log = (fields: Partial<OutcomeRow>) =>
      toOutcomeTable([
        ...traffic({ n: 20, weak: { all: 1 } }),
        ...Array.from({ length: 20 }, (_, i) => ({
          ...{ request_id: `r${i}`, target: 'recorded', task: 'all', input_tokens: 10 + i },
          ...fields,
        })),
      ]);
    const recorded = { ...ask, baseline: 'recorded' };
    expect(() => recommendTable(log({ cost_usd: 0.02 }), recorded)).toThrow(
      /recorded has no scores/,
    );
    expect(() => recommendTable(log({ quality: 1 }), recorded)).toThrow(
      /has no price on any request/,
    );
    const whole = recommendTable(log({ quality: 1, cost_usd: 0.02 }), recorded);
    expect(whole.baseline).toMatchObject({ name: 'recorded', kind: 'recorded', costUsd: 0.02 });
  });

  it('certifies an SLO by a count of slow requests, 0 of 59 at the least', () => {
    const timed = (n: number) =>
      toOutcomeTable(traffic({ n, weak: { all: 1 }, more: () => ({ latency_ms: 100 }) }));
    const slos = [{ metric: 'latency_ms' as const, atMost: 200, share: 0.95 }];
    const wide = { ...whole, floor: 'baseline-0.1', slos };
    const [less, enough] = [recommendTable(timed(88), wide), recommendTable(timed(89), wide)];
    expect(less.certificate).toMatchObject({ verdict: 'INCONCLUSIVE', parts: { certify: 58 } });
    expect(enough.certificate).toMatchObject({ verdict: 'PASS', parts: { certify: 59 } });
  });

  it('keeps a part aside for a point estimate where asked, and moves nothing into the other', () => {
    const table = toOutcomeTable(traffic({ n: 1_000, weak: good }));
    const plain = recommendTable(table, ask).certificate;
    const { certificate } = recommendTable(table, { ...ask, reportPart: 0.2 });
    expect(certificate?.parts.choose).toBe(plain?.parts.choose);
    const { certify = 0, report = 0 } = certificate?.parts ?? {};
    expect(certify + report).toBe(plain?.parts.certify);
    expect(Math.abs(report - 200)).toBeLessThan(40);
    expect(certificate?.report).toMatchObject({ n: report, estimate: 0 });
  });

  it('sends a share of the requests where the whole cannot be certified, and says both claims', () => {
    const table = toOutcomeTable(traffic({ n: 1_000, weak: { all: 0.97 }, seed: 3 }));
    expect(recommendTable(table, whole).status).toBe('keep-current');
    const found = recommendTable(table, ask);
    const { arm, trials, neededForAll } = found.certificate ?? {};
    expect(found.status).toBe('certified');
    expect(arm?.share).toBeGreaterThan(0.06);
    expect(arm?.share).toBeLessThan(1);
    expect(trials?.find(({ passed }) => passed)?.tests[0]?.claim).toMatch(
      /^quality within 0.03 of strong over all traffic, within 0\.\d+ in the arm of \d+ %$/,
    );
    expect(found.deployed.saving).toBeCloseTo(0.9 * (arm?.share ?? 0), 6);
    expect(neededForAll?.likely).toBeGreaterThan(1_000);
    expect(neededForAll?.more).toMatch(/ more requests/);
    const policy = makePolicy(draftPolicy(found));
    const share = Math.round(100 * (arm?.share ?? 0));
    expect(policy.rules[0]).toMatchObject({
      split: {
        by: 'request',
        salt: 'arm',
        to: [
          { target: 'weak', weight: share },
          { target: 'strong', weight: 100 - share },
        ],
      },
    });
    const fresh = toOutcomeTable(
      traffic({ n: 12_000, weak: { all: 0.97 }, seed: 4 }).map((row) => ({
        ...row,
        request_id: `later-${row.request_id}`,
      })),
    );
    const checked = checkPolicy(fresh, { name: 'routes.yaml', policy }, ask);
    expect(checked).toMatchObject({
      verdict: 'PASS',
      rowsAre: 'fresh',
      arm: { share: arm?.share },
    });
  });

  it('never sends a share to a target that loses more than the arm may', () => {
    const table = toOutcomeTable(traffic({ n: 2_000, weak: { all: 0.6 } }));
    expect(recommendTable(table, ask).status).toBe('keep-current');
  });

  it('passes by what is safe though saving nothing, and keeps a task that is too small to prove', () => {
    // Ten tasks of 20 requests could never be shown to lose nothing, not even by the baseline itself.
    const tasks = Object.fromEntries([
      ...Array.from({ length: 3 }, (_, i) => [`large${i}`, 1] as const),
    ]);
    const rows = traffic({ n: 1_800, weak: tasks });
    const small = traffic({ n: 200, weak: { small: 1 }, seed: 2 }).map((row, i) => ({
      ...row,
      request_id: `s-${row.request_id}`,
      task: `small${Math.floor(i / 40)}`,
    }));
    const table = toOutcomeTable([...rows, ...small]);
    const found = recommendTable(table, { ...whole, floor: 'baseline-0.05', floorBy: 'task' });
    expect(found.certificate?.verdict).toBe('PASS');
    expect(found.certificate?.keptTasks).toEqual(Array.from({ length: 10 }, (_, i) => `small${i}`));
    expect(found.deployed.saving).toBeCloseTo(0.9 * 0.9, 2);
  });

  it('divides the error from the fourth look at a run on', () => {
    const table = toOutcomeTable(traffic({ n: 1_000, weak: good }));
    const alpha = (looks: number) => recommendTable(table, { ...ask, looks }).certificate?.alpha;
    expect([1, 3, 4, 10].map(alpha)).toEqual([0.05, 0.05, 0.0125, 0.005]);
  });

  it('leaves a task of too few requests with the baseline', () => {
    const odd = (i: number) => ({ task: i >= 10 && i < 18 ? 'rare' : 'common' });
    const table = toOutcomeTable(traffic({ n: 800, weak: { all: 1 }, more: odd }));
    const found = recommendTable(table, ask);
    expect(found.findings).toMatchObject([{ kind: 'few-requests', about: 'rare' }]);
    expect(found.rules.map(({ name, use }) => [name, use])).toEqual([
      ['rare', 'strong'],
      ['otherwise', 'weak'],
    ]);
    const told = recommendTable(table, { ...ask, include: ['rare'] });
    expect(told.rules.map(({ use }) => use)).toEqual(['weak']);
  });

  it('another salt of the split may decide otherwise, the same one never does', () => {
    const table = toOutcomeTable(traffic({ n: 300, weak: { easy: 0.96, hard: 0.5 } }));
    const by = (splitSalt: string) => recommendTable(table, { ...ask, splitSalt }).certificate;
    const ps = Array.from({ length: 6 }, (_, seed) => by(`s${seed}`)?.trials[0]?.tests[0]?.p);
    expect(new Set(ps).size).toBeGreaterThan(1);
    expect(by('s3')).toEqual(by('s3'));
  });

  it('is rarely false: at a loss as large as the margin, in at most 18 of 200 draws', () => {
    // Both tasks lose exactly 3 points: whatever is deployed breaks the floor or equals it.
    const weak = { a: 1 - 0.031 / 0.9, b: 1 - 0.031 / 0.9 };
    const passed = Array.from({ length: 200 }, (_, seed) =>
      recommendTable(toOutcomeTable(traffic({ n: 250, weak, seed })), {
        ...ask,
        splitSalt: `s${seed}`,
      }),
    ).filter(({ status }) => status === 'certified');
    const broken = passed.filter(
      ({ rules, certificate }) =>
        rules.every(({ use }) => use === 'weak') && 0.031 * (certificate?.arm?.share ?? 1) > 0.03,
    );
    expect(broken.length).toBeLessThanOrEqual(18);
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
        const table = toOutcomeTable(traffic({ n, weak: { a: easy, b: 1 }, seed, more }));
        const found = recommendTable(table, { by: ['task', 'input_tokens'], floor: 'best-0.1' });
        expect(['PASS', 'FAIL', 'INCONCLUSIVE']).toContain(found.certificate?.verdict);
        expect(makePolicy(draftPolicy(found)).status).toBe(found.status);
      }),
      { numRuns: 80 },
    );
  });
});
