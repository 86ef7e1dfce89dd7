import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unbeaten, undominated } from './pareto.ts';

it('keeps of a staircase the points that no cheaper one has beaten on the sum', () => {
  const points = { size: 5, cost: [1, 2, 3, 4, 5], sums: [[9, 7, 8, 7, 2]] };
  expect([...undominated(points)]).toEqual([0, 1, 4]);
});

it('keeps one of two equal points, and both where ties are wanted', () => {
  const points = { size: 3, cost: [1, 1, 2], sums: [[5, 5, 5]] };
  expect([...undominated(points)]).toEqual([0]);
  expect([...unbeaten(points)]).toEqual([0, 1]);
});

it('keeps the cheapest alone where no sum matters', () => {
  expect([...undominated({ size: 3, cost: [4, 2, 3], sums: [] })]).toEqual([1]);
});

it('drops no point that nothing beats, whatever the number of sums', () => {
  const column = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 12, maxLength: 12 });
  const table = fc.tuple(column, fc.array(column, { minLength: 0, maxLength: 4 }));
  const property = fc.property(table, ([cost, sums]) => {
    const kept = new Set(undominated({ size: cost.length, cost, sums }));
    const columns = [cost, ...sums];
    for (const i of cost.keys()) {
      const rival = [...cost.keys()].some(
        (j) =>
          columns.every((c) => (c[j] ?? 0) <= (c[i] ?? 0)) &&
          columns.some((c) => (c[j] ?? 0) < (c[i] ?? 0)),
      );
      const twin = [...kept].some((j) => columns.every((c) => c[j] === c[i]));
      if (!rival) expect(twin).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 200 });
});
