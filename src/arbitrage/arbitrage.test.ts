import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../outcome/read.ts';
import type { OutcomeRow } from '../outcome/row.ts';
import { arbitrage, type RouteFacts } from './arbitrage.ts';

const direct: RouteFacts = { model: 'm', via: 'direct' };
const broker: RouteFacts = { model: 'm', via: 'broker' };

/** 400 requests; `wrong` says which of them a target gets wrong. */
function rowsOf(
  target: string,
  wrong: (i: number) => boolean,
  more: (i: number) => object = () => ({}),
): OutcomeRow[] {
  return Array.from({ length: 400 }, (_, i) => ({
    request_id: `r-${i}`,
    target,
    task: i % 2 === 0 ? 'chat' : 'code',
    cost_usd: 0.001,
    quality: wrong(i) ? 0 : 1,
    ttft_ms: 100 + (i % 50),
    ...more(i),
  }));
}

const never = () => false;
const routesOf = (rows: readonly OutcomeRow[], facts: Readonly<Record<string, RouteFacts>>) =>
  arbitrage(toOutcomeTable(rows), facts);

describe('the routes of a model', () => {
  const rows = [
    ...rowsOf('a', (i) => i % 10 === 0),
    ...rowsOf(
      'b',
      (i) => i % 10 === 0 || i % 8 === 1,
      (i) => ({ ttft_ms: 130 + (i % 50), cost_usd: 0.0005 }),
    ),
    ...rowsOf('alone', never),
  ];
  const { models, tests, level } = routesOf(rows, {
    a: direct,
    b: { ...broker, served_by: { x: 400 } },
    alone: { model: 'other', via: 'direct' },
  });
  const [found] = models;
  const [one, other] = found?.routes ?? [];

  it('stand side by side where there are two or more, the direct one first', () => {
    expect(models).toHaveLength(1);
    expect(found).toMatchObject({ model: 'm', reference: 'a' });
    expect([one?.target, other?.target]).toEqual(['a', 'b']);
    expect(other).toMatchObject({ via: 'broker', served_by: { x: 400 }, requests: 400 });
    expect(other?.cost_per_completed_usd).toBeCloseTo(0.0005, 9);
    expect(other?.quality).toBeCloseTo(310 / 400, 9);
  });

  it('have their overhead over the direct one with limits', () => {
    expect(one).not.toHaveProperty('overhead_ms');
    expect(other?.overhead_ms?.p50?.estimate).toBe(30);
    expect(other?.overhead_ms?.p99?.estimate).toBe(30);
    expect(other?.overhead_ms?.p50?.low).toBeLessThan(30);
    expect(other?.overhead_ms?.p50?.high).toBeGreaterThan(30);
  });

  it('are called out for the task in which they differ, and for all together', () => {
    expect({ tests, level }).toEqual({ tests: 3, level: 0.01 });
    expect(one?.called_out).toEqual([]);
    expect(other?.called_out).toMatchObject([
      { pairs: 400, worse: 50, differs: true },
      { task: 'code', pairs: 200, better: 0, worse: 50, estimate: -0.25, differs: true },
    ]);
    expect(other?.difference?.whole?.estimate).toBeCloseTo(-0.125, 9);
    expect(other?.difference?.whole?.high).toBeLessThan(0);
    expect(other?.difference?.parts).toMatchObject([{ task: 'chat', differs: false }, {}]);
  });
});

describe('a difference in quality', () => {
  const quality = (rows: readonly OutcomeRow[]) =>
    routesOf(rows, { a: direct, b: broker }).models[0]?.routes[1];

  it('is not made by failures, which have their own column', () => {
    const failing = rowsOf('b', never, (i) => (i % 4 === 0 ? { status: 'failed' } : {}));
    const found = quality([...rowsOf('a', never), ...failing]);
    expect(found?.failed_share).toBe(0.25);
    expect(found?.cost_per_completed_usd).toBeCloseTo(0.001 / 0.75, 9);
    expect(found?.difference?.whole).toMatchObject({ pairs: 300, estimate: 0 });
    expect(found?.called_out).toEqual([]);
  });

  it('is not made by requests that were never sent', () => {
    const skipping = rowsOf('b', never, (i) => (i % 2 === 0 ? { status: 'skipped' } : {}));
    expect(quality([...rowsOf('a', never), ...skipping])).toMatchObject({
      requests: 200,
      skipped: 200,
      quality: 1,
      called_out: [],
    });
  });

  it('counts a session once, however many requests it has', () => {
    const inSessions = (i: number) => ({ session: `s-${i % 4}` });
    const rows = [
      ...rowsOf('a', never, inSessions),
      ...rowsOf('b', (i) => i % 4 === 1, inSessions),
    ];
    const found = quality(rows);
    // One session of the two with code in it went down: a toss of a coin.
    expect(found?.difference?.parts).toMatchObject([
      { task: 'chat', better: 0, worse: 0 },
      { task: 'code', better: 0, worse: 1, p: 1, differs: false },
    ]);
  });

  it('keeps kinds of score apart', () => {
    const kinds = (i: number) => ({ quality_kind: i % 4 < 2 ? 'check' : 'pairwise' });
    const found = quality([
      ...rowsOf('a', never, kinds),
      ...rowsOf('b', (i) => i % 4 === 3, kinds),
    ]);
    expect(found?.difference).not.toHaveProperty('whole');
    expect(found?.called_out).toMatchObject([{ task: 'code', quality_kind: 'pairwise' }]);
    expect(found?.difference?.parts).toHaveLength(4);
  });
});

describe('without a direct route', () => {
  it('the route of middling quality is the reference, and there is no overhead', () => {
    const rows = [
      ...rowsOf('a', (i) => i % 4 === 0),
      ...rowsOf('b', never),
      ...rowsOf('c', (i) => i === 0),
    ];
    const via = (name: string): RouteFacts => ({ model: 'm', via: name });
    const { models } = routesOf(rows, { a: via('x'), b: via('y'), c: via('z') });
    expect(models[0]?.reference).toBe('c');
    const called = models[0]?.routes.filter((each) => each.called_out.length > 0);
    expect(called?.map(({ target }) => target)).toEqual(['a']);
    expect(models[0]?.routes.every((each) => !('overhead_ms' in each))).toBe(true);
  });
});
