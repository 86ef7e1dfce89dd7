import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../../outcome/read.ts';
import { recommendTable } from '../recommend.ts';

describe('the rivals of a policy', () => {
  it('are the figures one works out by hand, the coin that costs the same among them', () => {
    // Odd requests are of task `easy`, which `weak` gets right at a tenth of the price.
    const rows = Array.from({ length: 100 }, (_, i) => {
      const request = { request_id: `r${i}`, task: i % 2 ? 'easy' : 'hard' };
      return [
        { ...request, target: 'strong', cost_usd: 0.01, quality: 1 },
        { ...request, target: 'weak', cost_usd: 0.001, quality: i % 2 },
      ];
    }).flat();
    const found = recommendTable(toOutcomeTable(rows), {
      proof: 'none',
      by: ['task'],
      floor: 'best-0',
    });
    const round = (value: number) => Math.round(value * 1e9) / 1e9;
    const shown = found.rivals.map(({ kind, name, quality, costUsd, saving }) => ({
      kind,
      name,
      figures: [quality, costUsd, saving].map(round),
    }));
    expect(shown).toEqual([
      { kind: 'keep-current', name: 'strong', figures: [1, 0.01, 0] },
      { kind: 'best-single', name: 'strong', figures: [1, 0.01, 0] },
      { kind: 'cheapest-single', name: 'weak', figures: [0.5, 0.001, 0.9] },
      // The optimum costs $0.0055, half way between the two: so does a fair coin, at 75 %.
      { kind: 'static-mix', name: 'weak 50 % + strong 50 %', figures: [0.75, 0.0055, 0.45] },
      {
        kind: 'oracle',
        name: 'the cheapest of the best, request by request',
        figures: [1, 0.0055, 0.45],
      },
    ]);
  });
});
