import { describe, expect, it } from 'vitest';
import { parseMarket } from './market.ts';
import { isRight, trueAccuracy } from './truth.ts';

const market = parseMarket(
  `
seed: 11
correlation: 0.6
targets:
  strong: &target
    model: strong
    price: {input: 3, output: 15}
    ttft: 1
    output_tokens: {default: 10}
    accuracy:
      default: 0.9
      by_task: {code: 0.8}
      above_tokens: [{tokens: 8000, accuracy: 0.7}, {tokens: 16000, accuracy: 0.5, tasks: [code]}]
  weak: {<<: *target, accuracy: {default: 0.6}}
  twin-a: {<<: *target, weights: twin}
  twin-b: {<<: *target, weights: twin}
`,
  'test',
);
const asked = (index: number, extra: object = {}) => ({
  hash: `request-${index}`,
  inputTokens: 100,
  ...extra,
});
const draws = 6_000;
const shareRight = (name: string, extra: object = {}) =>
  Array.from({ length: draws }, (_, i) => isRight(market, name, asked(i, extra), 1)).filter(Boolean)
    .length / draws;
/** Four standard errors: a false alarm in 16,000 runs, and the seed is fixed anyway. */
const bound = (p: number) => 4 * Math.sqrt((p * (1 - p)) / draws);

describe('the truth of a market', () => {
  it('is the accuracy by task, capped where the request is long', () => {
    const target = market.targets.strong;
    if (!target) throw new Error('no target');
    expect(trueAccuracy(target, 'chat', 100)).toBe(0.9);
    expect(trueAccuracy(target, 'code', 100)).toBe(0.8);
    expect(trueAccuracy(target, 'code', 8000)).toBe(0.7);
    expect(trueAccuracy(target, 'chat', 20_000)).toBe(0.7);
    expect(trueAccuracy(target, 'code', 20_000)).toBe(0.5);
    expect(trueAccuracy(target, undefined, 7999)).toBe(0.9);
  });

  it.each([
    ['strong', {}, 0.9],
    ['strong', { task: 'code' }, 0.8],
    ['strong', { inputTokens: 9000 }, 0.7],
    ['weak', {}, 0.6],
  ] as const)('is met by %s %j within binomial error of %d', (name, extra, accuracy) => {
    expect(Math.abs(shareRight(name, extra) - accuracy)).toBeLessThan(bound(accuracy));
  });

  it('makes two targets agree as often as the correlation says', () => {
    // Both by difficulty (.36): right together at the lesser accuracy; else independent.
    const both = 0.36 * 0.6 + 0.64 * 0.9 * 0.6;
    const together = Array.from({ length: draws }, (_, i) => asked(i)).filter(
      (request) => isRight(market, 'strong', request, 1) && isRight(market, 'weak', request, 1),
    );
    expect(Math.abs(together.length / draws - both)).toBeLessThan(bound(both));
  });

  it('is the same for two routes to the same weights', () => {
    const differ = Array.from({ length: 500 }, (_, i) => asked(i)).filter(
      (request) => isRight(market, 'twin-a', request, 1) !== isRight(market, 'twin-b', request, 1),
    );
    expect(differ).toEqual([]);
  });

  it('draws a repeated attempt anew, but for the difficulty of the request', () => {
    const repeated = Array.from({ length: draws }, (_, i) => asked(i)).filter(
      (request) => isRight(market, 'weak', request, 1) !== isRight(market, 'weak', request, 2),
    );
    const expected = 0.64 * 2 * 0.6 * 0.4;
    expect(Math.abs(repeated.length / draws - expected)).toBeLessThan(bound(expected));
  });
});
