import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  betaQuantile,
  binomialCdf,
  normalCdf,
  normalQuantile,
  tCdf,
  tQuantile,
} from './distributions.ts';

/** The function of each row's arguments is the row's value, to 12 significant digits. */
function expectValues(
  of: (...args: number[]) => number,
  rows: readonly (readonly [readonly number[], number])[],
): void {
  for (const [args, right] of rows) {
    const off = Math.abs(of(...args) - right);
    expect(off, args.join(', ')).toBeLessThanOrEqual(1e-12 * Math.abs(right));
  }
}

describe('the distributions, held to values worked out to 40 digits', () => {
  it('have the normal distribution', () => {
    const rows = [
      [[-12], 1.776482112077679e-33],
      [[-6.5], 4.016000583859118e-11],
      [[-3.1], 0.0009676032132183569],
      [[-1.96], 0.02499789514822043],
      [[-1.4], 0.08075665923377105],
      [[-0.3], 0.3820885778110474],
      [[0.7], 0.758036347776927],
      [[1.6449], 0.9500047825316537],
      [[2.8], 0.9974448696695721],
    ] as const;
    expectValues(normalCdf, rows);
  });

  it('have the quantiles of the normal distribution', () => {
    const rows = [
      [[1e-10], -6.361340902404056],
      [[0.0005], -3.290526731491895],
      [[0.025], -1.959963984540054],
      [[0.04], -1.75068607125217],
      [[0.2], -0.8416212335729142],
      [[0.45], -0.125661346855074],
      [[0.8], 0.8416212335729142],
      [[0.95], 1.644853626951473],
      [[0.975], 1.959963984540054],
      [[0.999], 3.090232306167814],
    ] as const;
    expectValues(normalQuantile, rows);
  });

  it('have Student’s t', () => {
    const rows = [
      [[-4.2, 3], 0.01231603908846963],
      [[-1.1, 1], 0.2348538278116319],
      [[-0.06, 10000], 0.4760784168260399],
      [[0.5, 2.5], 0.6711510400651427],
      [[2, 5], 0.9490302605850708],
      [[3.3, 29], 0.9987165428853957],
      [[1.96, 20000], 0.9749951725007973],
    ] as const;
    expectValues(tCdf, rows);
  });

  it('have the quantiles of Student’s t', () => {
    const rows = [
      [[0.975, 1], 12.7062047361747],
      [[0.975, 2], 4.302652729749464],
      [[0.95, 3], 2.353363434801824],
      [[0.995, 4.7], 4.167892040119058],
      [[0.975, 10], 2.228138851986275],
      [[0.6, 30], 0.2556053649519128],
      [[0.02, 20000], -2.053882871969369],
      [[0.2, 10000], -0.8416571791416528],
      [[0.0001, 12], -5.263273007825967],
    ] as const;
    expectValues(tQuantile, rows);
  });

  it('have the quantiles of the beta distribution', () => {
    const rows = [
      [[0.025, 1, 9], 0.002809136746599214],
      [[0.975, 3, 298], 0.02387349757217365],
      [[0.5, 3.5, 41.5], 0.07156276334090386],
      [[0.025, 300, 700], 0.2719983556907911],
      [[0.975, 100, 1], 0.9997468539670226],
      [[1e-10, 1, 20], 5.0000000002375e-12],
    ] as const;
    expectValues(betaQuantile, rows);
  });

  it('have the binomial distribution', () => {
    const rows = [
      [[3, 10, 0.5], 0.171875],
      [[0, 62, 0.04], 0.07958229302947255],
      [[61, 62, 0.975], 0.7918932469296067],
      [[150, 1000, 0.2], 2.644338190898312e-5],
      [[2, 299, 0.01], 0.4243156161107722],
      [[298, 299, 0.99], 0.9504637433623375],
      [[1, 20, 0.001], 0.9998122655268227],
    ] as const;
    expectValues(binomialCdf, rows);
  });

  it('answer at the ends and refuse what is no probability', () => {
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([
      -Infinity,
      0,
      Infinity,
    ]);
    expect([tQuantile(0, 3), tQuantile(0.5, 3), tQuantile(1, 3)]).toEqual([-Infinity, 0, Infinity]);
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1]);
    expect([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5)]).toEqual([0, 1]);
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect([normalQuantile(p), tQuantile(p, 3), betaQuantile(p, 1, 1)]).toEqual([NaN, NaN, NaN]);
    }
  });

  it('invert one another', () => {
    const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
    const shape = fc.double({ min: 0.5, max: 5_000, noNaN: true });
    fc.assert(
      fc.property(share, shape, (p, freedom) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12);
        expect(tCdf(tQuantile(p, freedom), freedom)).toBeCloseTo(p, 11);
      }),
    );
    fc.assert(
      fc.property(share, fc.integer({ min: 0, max: 400 }), (p, k) => {
        // P(X <= k) = p at the upper limit of Clopper and Pearson.
        expect(binomialCdf(k, 401, betaQuantile(1 - p, k + 1, 401 - k))).toBeCloseTo(p, 10);
      }),
    );
  });
});
