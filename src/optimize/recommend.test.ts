import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanCost, meanQuality } from '../outcome/outcome-vector.ts';
import { toOutcomeTable } from '../outcome/read.ts';
import type { OutcomeRow } from '../outcome/row.ts';
import { makePolicy } from '../policy/write.ts';
import { draftPolicy } from './draft.ts';
import type { RecommendOptions } from './problem/options.ts';
import { policyVector } from './problem/policy-vector.ts';
import { recommendTable } from './recommend.ts';
import type { Recommendation } from './recommendation.ts';

const plain = { proof: 'none' } as const satisfies RecommendOptions;

/** `strong` is always right and dear; `weak` is right where `easy` says so. */
function rows(n: number, easy: (i: number) => boolean, more: (i: number) => object = () => ({})) {
  return Array.from({ length: n }, (_, i) => {
    const request = { request_id: `r${i}`, input_tokens: i, ...more(i) };
    return [
      { ...request, target: 'strong', cost_usd: 0.01, quality: 1 },
      { ...request, target: 'weak', cost_usd: 0.001, quality: easy(i) ? 1 : 0 },
    ];
  }).flat();
}

function routes(found: Recommendation) {
  return found.rules.map(({ name, use }) => `${name}: ${use}`);
}

describe('the in-sample optimum', () => {
  const byTask = (i: number) => ({ task: i % 2 ? 'easy' : 'hard' });

  it('sends the easy task to the weak target and says what that saves', () => {
    const table = toOutcomeTable(rows(100, (i) => i % 2 === 1, byTask));
    const found = recommendTable(table, { ...plain, by: ['task'], floor: 'best-0' });
    expect(routes(found)).toEqual(['easy: weak', 'otherwise: strong']);
    expect(found.inSample).toMatchObject({ n: 100, quality: 1, costUsd: 0.0055 });
    expect(found.inSample.saving).toBeCloseTo(0.45, 12);
    expect(found.bound.lowerUsd).toBeCloseTo(0.0055, 12);
    expect([found.optimal, found.bound.gap, found.class]).toEqual([true, 0, 'task']);
  });

  it('cuts by length where thresholds are allowed, at a round number no row minds', () => {
    const table = toOutcomeTable(
      rows(100, (i) => i < 47).map((row) => ({ ...row, input_tokens: row.input_tokens * 100 })),
    );
    const found = recommendTable(table, { ...plain, by: ['input_tokens'], floor: 'best-0' });
    expect(routes(found)).toEqual(['lt-4700: weak', 'otherwise: strong']);
    const wide = toOutcomeTable(
      rows(100, (i) => i < 47).filter((row) => Math.abs(row.input_tokens - 50) > 5),
    );
    const kind = recommendTable(wide, { ...plain, by: ['input_tokens'], floor: 'best-0' });
    expect(routes(kind)).toEqual(['from-50: strong', 'otherwise: weak']);
  });

  it('names the tightest constraint and the nearest floor where none can be met', () => {
    const worse = toOutcomeTable(rows(10, (i) => i < 5).filter((row) => row.target === 'weak'));
    const none = recommendTable(worse, { ...plain, by: ['task'], floor: '0.9' });
    expect(none.infeasible).toMatchObject({ tightest: 'quality', nearestFloor: 0.5 });
    expect(none.status).toBe('keep-current');
    expect(routes(none)).toEqual(['otherwise: weak']);
  });

  it('counts a failed request as quality 0 at its cost, and keeps a target that skips out', () => {
    const outcomes: OutcomeRow[] = rows(100, () => true).map((row) =>
      row.target === 'weak' && row.input_tokens < 10
        ? { ...row, status: 'failed', quality: null, cost_usd: 0.0005 }
        : row,
    );
    const failing = recommendTable(toOutcomeTable(outcomes), {
      ...plain,
      by: ['task'],
      floor: 'best-0.1',
    });
    expect(failing.inSample.quality).toBeCloseTo(0.9, 12);
    expect(failing.inSample.costUsd).toBeCloseTo(0.00095, 12);
    const skipping = outcomes.map(
      (row): OutcomeRow => (row.status === 'failed' ? { ...row, status: 'skipped' } : row),
    );
    const kept = recommendTable(toOutcomeTable(skipping), {
      ...plain,
      by: ['task'],
      floor: 'best-0.1',
    });
    expect(routes(kept)).toEqual(['otherwise: strong']);
  });

  it('averages quality over the judged rows only', () => {
    const outcomes: OutcomeRow[] = rows(100, (i) => i >= 10).map((row) =>
      row.target === 'weak' && row.input_tokens < 10 ? { ...row, quality: null } : row,
    );
    const found = recommendTable(toOutcomeTable(outcomes), {
      ...plain,
      by: ['task'],
      floor: 'best-0',
    });
    expect(routes(found)).toEqual(['otherwise: weak']);
    expect(found.inSample).toMatchObject({ quality: 1, unjudged: 10 });
  });

  it('meets a floor of 0.9 by weight, not by count', () => {
    const heavy = (i: number) => ({ weight: i < 10 ? 5 : 1, task: i < 10 ? 'a' : 'b' });
    const table = toOutcomeTable(rows(100, (i) => i >= 10, heavy));
    const found = recommendTable(table, { ...plain, by: ['task'], floor: '0.9' });
    expect(routes(found)).toEqual(['a: strong', 'otherwise: weak']);
  });

  it('keeps at most floor((1 - p) N) requests slow, whatever they cost', () => {
    const timed = rows(100, () => true, byTask).map((row) => ({
      ...row,
      latency_ms: row.target === 'weak' && row.input_tokens % 10 === 1 ? 3_000 : 100,
    }));
    const slo = (share: number) => [{ metric: 'latency_ms' as const, atMost: 2_000, share }];
    const ask = { ...plain, by: ['task'], floor: 'best-0' };
    expect(routes(recommendTable(toOutcomeTable(timed), { ...ask, slos: slo(0.9) }))).toEqual([
      'otherwise: weak',
    ]);
    expect(routes(recommendTable(toOutcomeTable(timed), { ...ask, slos: slo(0.95) }))).toEqual([
      ...['hard: weak', 'otherwise: strong'],
    ]);
    const dear = { ...ask, baseline: 'weak', slos: slo(0.95) };
    expect(recommendTable(toOutcomeTable(timed), dear).findings.map(({ kind }) => kind)).toEqual([
      'baseline-slo',
    ]);
    expect(() =>
      recommendTable(toOutcomeTable(rows(5, () => true)), { ...ask, slos: slo(0.5) }),
    ).toThrow(/no row has latency_ms/);
  });

  it('refuses one floor over scores of different kinds, and holds it for each', () => {
    const kinds = rows(100, (i) => i % 2 === 1, byTask).map((row) => ({
      ...row,
      quality_kind: row.input_tokens % 2 ? ('check' as const) : ('rubric' as const),
    }));
    const ask = { ...plain, by: ['task'], floor: 'best-0.5' };
    expect(() => recommendTable(toOutcomeTable(kinds), ask)).toThrow(/never averaged together/);
    const each = recommendTable(toOutcomeTable(kinds), { ...ask, floorBy: 'kind' });
    expect(routes(each)).toEqual(['easy: weak', 'otherwise: strong']);
    expect(each.floor.claims).toEqual([
      ...[
        'quality of kind=check within 0.5 of strong',
        'quality of kind=rubric within 0.5 of strong',
      ],
    ]);
  });

  it('holds a floor of a single task beside the overall one', () => {
    const table = toOutcomeTable(rows(100, (i) => i % 4 !== 0, byTask));
    const ask = { ...plain, by: ['task'], floor: 'best-0.5' };
    expect(routes(recommendTable(table, ask))).toEqual(['otherwise: weak']);
    const strict = recommendTable(table, { ...ask, perTask: { hard: 'best-0.1' } });
    expect(routes(strict)).toEqual(['easy: weak', 'otherwise: strong']);
  });

  it('puts residency first, with a last rule of its own and its fallbacks bound', () => {
    const table = toOutcomeTable(
      rows(
        90,
        () => true,
        (i) => ({ features: { 'metadata.region': i % 3 ? 'us' : 'eu' } }),
      ),
    );
    const found = recommendTable(table, {
      ...{ ...plain, by: ['task'], floor: 'best-0' },
      residency: [{ when: { 'metadata.region': ['eu'] }, regions: ['eu'] }],
      targets: { strong: { regions: ['eu'] }, weak: { regions: ['us'] } },
    });
    expect(
      found.rules.map(({ when, use, require, fallback }) => ({ when, use, require, fallback })),
    ).toEqual([
      {
        ...{ when: { 'metadata.region': ['eu'] }, use: 'strong' },
        ...{ require: { regions: ['eu'] }, fallback: [] },
      },
      { when: undefined, use: 'weak', require: undefined, fallback: ['strong'] },
    ]);
  });

  it('sends no request to a context window it overflows, nor more than a target takes', () => {
    const table = toOutcomeTable(rows(100, () => true));
    const ask = { ...plain, by: ['input_tokens'], floor: 'best-0' };
    const windowed = recommendTable(table, { ...ask, targets: { weak: { contextTokens: 39 } } });
    expect(routes(windowed)).toEqual(['lt-40: weak', 'otherwise: strong']);
    const busy = recommendTable(table, { ...ask, peakRpm: 100, targets: { weak: { rpm: 30 } } });
    expect(busy.inSample.costUsd).toBeCloseTo(0.3 * 0.001 + 0.7 * 0.01, 12);
    const shared = recommendTable(table, { ...ask, maxProviderShare: 0.6 });
    expect(shared.inSample.costUsd).toBeCloseTo(0.6 * 0.001 + 0.4 * 0.01, 12);
  });

  it('calls out what contradicts itself and keeps it out, unless told otherwise', () => {
    const twice = [
      ...rows(20, () => true),
      { ...rows(1, () => true)[1], cost_usd: 0.002 } as OutcomeRow,
    ];
    const ask = { ...plain, by: ['task'], floor: 'best-0' };
    const out = recommendTable(toOutcomeTable(twice), ask);
    expect(out.findings).toMatchObject([{ kind: 'contradiction', about: 'weak' }]);
    expect(routes(out)).toEqual(['otherwise: strong']);
    expect(routes(recommendTable(toOutcomeTable(twice), { ...ask, include: ['weak'] }))).toEqual([
      'otherwise: weak',
    ]);
  });

  it('takes the cell of a session from its first request, where routing is sticky', () => {
    const chat = (i: number) => ({
      session: `s${i % 25}`,
      features: { turns: 1 + Math.floor(i / 25), app: i < 50 ? 'early' : 'late' },
    });
    const table = toOutcomeTable(rows(100, (i) => i < 50, chat));
    const ask = { ...plain, by: ['app'], floor: 'best-0' };
    expect(routes(recommendTable(table, ask))).toHaveLength(2);
    expect(routes(recommendTable(table, { ...ask, sticky: 'session' }))).toEqual([
      'otherwise: strong',
    ]);
  });
});

const outcome = fc.record({
  task: fc.constantFrom('a', 'b', null),
  app: fc.constantFrom('x', 'y', null),
  tools: fc.constantFrom(true, false, null),
  tokens: fc.option(fc.integer({ min: 0, max: 6 }), { nil: null }),
  cells: fc.array(
    fc.record({
      cost: fc.integer({ min: 1, max: 9 }),
      quality: fc.constantFrom(0, 0, 1, 1, 0.5),
      status: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'failed' as const),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});

function tableRows(
  drawn: readonly (typeof outcome extends fc.Arbitrary<infer T> ? T : never)[],
): OutcomeRow[] {
  return drawn.flatMap(({ task, app, tools, tokens, cells }, i) =>
    cells.map(
      ({ cost, quality, status }, t): OutcomeRow => ({
        ...{ request_id: `r${i}`, target: `t${t}`, task, input_tokens: tokens, status },
        ...{ cost_usd: cost / 1_000, quality, features: { app, tools } },
      }),
    ),
  );
}

describe('what is written is what was found', () => {
  const keys = fc.subarray(['task', 'app', 'tools', 'input_tokens'], { minLength: 1 });
  const table = fc.array(outcome, { minLength: 4, maxLength: 30 });

  it('the rules route every request as the optimum does, absent features too', () => {
    fc.assert(
      fc.property(
        table,
        keys,
        fc.constantFrom('best-0', 'best-0.1', 'best-0.3'),
        (drawn, by, floor) => {
          const read = toOutcomeTable(tableRows(drawn));
          const found = recommendTable(read, { ...plain, by, floor });
          const policy = makePolicy(draftPolicy(found));
          const line = policyVector(read, { name: 'written', policy });
          expect(meanCost(line, read) / 1e9).toBeCloseTo(found.inSample.costUsd, 12);
          expect(meanQuality(line, read)).toBeCloseTo(found.inSample.quality, 12);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('no assignment of cells is cheaper, by trying them all', () => {
    const small = fc.array(outcome, { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(small, fc.constantFrom(0, 0.1, 0.25), (drawn, margin) => {
        const read = toOutcomeTable(tableRows(drawn));
        const found = recommendTable(read, {
          ...plain,
          by: ['task', 'app'],
          floor: `best-${margin}`,
        });
        expect(found.inSample.costUsd).toBeCloseTo(cheapest(drawn, margin), 12);
      }),
      { numRuns: 100 },
    );
  });

  it('comes out the same, byte for byte, when rows and targets are shuffled', () => {
    const shuffled = table.chain((drawn) =>
      fc.tuple(
        fc.constant(drawn),
        fc.shuffledSubarray(tableRows(drawn), { minLength: drawn.length * 3 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, keys, ([drawn, other], by) => {
        const options = { by, floor: 'best-0.2' };
        const straight = recommendTable(toOutcomeTable(tableRows(drawn)), options);
        expect(JSON.stringify(recommendTable(toOutcomeTable(other), options))).toBe(
          JSON.stringify(straight),
        );
      }),
      { numRuns: 60 },
    );
    // Sixty tables, each decided twice: some 30 s on two cores.
  }, 180_000);
});

/** The least mean cost over every choice of target per (task, app) cell that meets the floor. */
function cheapest(
  drawn: readonly Parameters<typeof tableRows>[0][number][],
  margin: number,
): number {
  const quality = (row: (typeof drawn)[number], t: number) =>
    row.cells[t]?.status === 'ok' ? (row.cells[t]?.quality ?? 0) : 0;
  const sum = (t: number) => drawn.reduce((total, row) => total + quality(row, t), 0);
  const need = Math.max(sum(0), sum(1), sum(2)) - margin * drawn.length - 1e-9;
  const cells = [...Map.groupBy(drawn, ({ task, app }) => `${task}|${app}`).values()];
  const walk = (at: number, cost: number, got: number): number => {
    if (at === cells.length) return got >= need ? cost / drawn.length / 1_000 : Infinity;
    return Math.min(
      ...[0, 1, 2].map((t) => {
        const cell = cells[at] ?? [];
        const spent = cell.reduce((total, row) => total + (row.cells[t]?.cost ?? 0), 0);
        return walk(
          at + 1,
          cost + spent,
          got + cell.reduce((total, row) => total + quality(row, t), 0),
        );
      }),
    );
  };
  return walk(0, 0, 0);
}
