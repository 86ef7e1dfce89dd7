import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureDesign } from './design-effect.ts';
import { samplePairs } from './paired-sample.ts';
import { notWorseP, tangoInterval } from './tango.ts';

const of = (...values: number[]) => Float64Array.from(values);
const changes = (n: number, lost: (i: number) => boolean) =>
  Float64Array.from({ length: n }, (_, i) => (lost(i) ? -1 : 0));
const inUnits = (n: number, size: number) =>
  Int32Array.from({ length: n }, (_, i) => Math.floor(i / size));

describe('the design effect', () => {
  it('is 1 where every row stands alone and weighs the same', () => {
    expect(measureDesign({ value: of(-1, 0, 0, 1) })).toEqual({
      mean: 0,
      n: 4,
      units: 4,
      designEffect: 1,
    });
    const alone = {
      value: of(-1, 0, 0, 1),
      unit: Int32Array.of(3, 1, 0, 2),
      weight: of(2, 2, 2, 2),
    };
    expect(measureDesign(alone)).toMatchObject({ n: 4, units: 4, designEffect: 1 });
  });

  it('is the size of the units where all rows of a unit agree, were none of them ever lost', () => {
    const value = changes(400, () => false);
    const { designEffect, units } = measureDesign({ value, unit: inUnits(400, 20) });
    expect(designEffect).toBeCloseTo(20, 12);
    expect(units).toBeCloseTo(20, 12);
  });

  it('by hand: two pairs, one lost as a whole', () => {
    // Mean -0.5, units of 2: (1 + 1 + 4) between, (1 + 2) within.
    const found = measureDesign({ value: of(-1, -1, 0, 0), unit: Int32Array.of(0, 0, 1, 1) });
    expect(found).toMatchObject({ mean: -0.5, n: 4, units: 2, designEffect: 2 });
  });

  it('counts the heaviest row as one that might be lost', () => {
    const weight = of(1, 1, 1, 1, 1, 1, 1, 1, 1, 11);
    const { n, designEffect } = measureDesign({ value: changes(10, () => false), weight });
    expect(n).toBeCloseTo(400 / 130, 12);
    expect(designEffect).toBeCloseTo((11 * 20) / 130, 12);
  });

  it('never makes a sample worth more than its rows', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom(-1, 0, 1), fc.nat(9)), { minLength: 1 });
    fc.assert(
      fc.property(rows, (drawn) => {
        const value = Float64Array.from(drawn, ([change]) => change);
        const unit = Int32Array.from(drawn, ([, code]) => code);
        const { n, units, designEffect } = measureDesign({ value, unit });
        expect(designEffect).toBeGreaterThanOrEqual(1);
        expect(units).toBeLessThanOrEqual(n + 1e-9);
      }),
    );
  });
});

describe('a score test by units', () => {
  const value = changes(600, (i) => i % 60 < 2);
  const rows = samplePairs({ value });
  const sessions = samplePairs({ value, unit: inUnits(600, 10) });

  it('needs more where losses come by whole units', () => {
    expect(notWorseP(sessions, 0.06)).toBeGreaterThan(2 * notWorseP(rows, 0.06));
  });

  it('has wider limits around the same difference', () => {
    expect(sessions.difference).toBe(rows.difference);
    const [plain, wide] = [tangoInterval(rows), tangoInterval(sessions)];
    expect(wide.low).toBeLessThan(plain.low);
    expect(wide.high).toBeGreaterThan(plain.high);
  });
});
