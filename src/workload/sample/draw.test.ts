import { describe, expect, it } from 'vitest';
import type { WorkloadRequest } from '../request.ts';
import { drawUnits, effectiveSize } from './draw.ts';
import { type Frame, FrameBuilder } from './frame.ts';

type Given = Partial<WorkloadRequest> & { readonly words?: number };

function frameOf(requests: readonly Given[]): Frame {
  const builder = new FrameBuilder(() => 1);
  requests.forEach(({ words = 3, ...request }, place) => {
    const body = { messages: [{ role: 'user', content: 'word '.repeat(words) }] };
    builder.add({ id: String(place), line: place + 1, metadata: {}, expect: [], body, ...request });
  });
  return builder.frame;
}

/** 1,000 requests: 70 % chat, 25 % code, 5 % legal. */
const mixed = frameOf(
  Array.from({ length: 1_000 }, (_, at) => {
    const task = at % 20 === 0 ? 'legal' : at % 20 <= 5 ? 'code' : 'chat';
    return { task, words: 2 ** (at % 7), at: at as never };
  }),
);

const countOf = (frame: Frame, drawn: ReadonlyMap<number, number>, stratum: string) => {
  const code = frame.strata.findIndex((name) => name.startsWith(stratum));
  return [...drawn.keys()].filter((unit) => frame.stratum[unit] === code).length;
};

describe('a sample in proportion', () => {
  it('has the wanted size, each task by its share to within two, and no weights', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const drawn = drawUnits(mixed, { share: 0.1, spread: 'proportional', seed });
      expect(drawn.size).toBe(100);
      expect(new Set(drawn.values())).toEqual(new Set([1]));
      expect(Math.abs(countOf(mixed, drawn, 'legal') - 5)).toBeLessThanOrEqual(2);
      expect(Math.abs(countOf(mixed, drawn, 'chat') - 70)).toBeLessThanOrEqual(2);
    }
  });

  it('is the same by the same seed and another one by another', () => {
    const lists = [1, 1, 2].map((seed) => [
      ...drawUnits(mixed, { share: 0.1, spread: 'proportional', seed }).keys(),
    ]);
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0]).not.toEqual(lists[2]);
  });

  it('draws every unit equally often over seeds', () => {
    const hits = new Array<number>(1_000).fill(0);
    for (let seed = 0; seed < 400; seed++) {
      const drawn = drawUnits(mixed, { share: 0.1, spread: 'proportional', seed });
      for (const unit of drawn.keys()) hits[unit] = (hits[unit] ?? 0) + 1;
    }
    // Binomial(400, 0.1): 40 expected, sd 6; five of them either way.
    expect(Math.min(...hits)).toBeGreaterThan(10);
    expect(Math.max(...hits)).toBeLessThan(70);
  });

  it('draws in proportion to recorded weight; what is certain more than once keeps a weight', () => {
    const frame = frameOf([{ weight: 50 }, ...Array.from({ length: 100 }, () => ({ weight: 1 }))]);
    const drawn = drawUnits(frame, { share: 0.1, spread: 'proportional', seed: 3 });
    expect(drawn.get(0)).toBe(5);
    expect([...drawn.values()].filter((weight) => weight === 1)).toHaveLength(drawn.size - 1);
  });

  it('keeps sessions whole: their requests are one unit', () => {
    const frame = frameOf(Array.from({ length: 60 }, (_, at) => ({ session: `s${at % 20}` })));
    expect(frame.size).toEqual(new Array(20).fill(3));
    expect(drawUnits(frame, { share: 0.5, spread: 'proportional', seed: 1 }).size).toBe(10);
  });
});

describe('a balanced sample', () => {
  it('has more of small tasks, and weights by which the sums stay those of the traffic', () => {
    const drawn = drawUnits(mixed, { share: 0.2, spread: 'balanced', seed: 1 });
    expect(countOf(mixed, drawn, 'legal')).toBeGreaterThan(20);
    const code = mixed.strata.findIndex((name) => name.startsWith('legal'));
    let legal = 0;
    let all = 0;
    for (const [unit, weight] of drawn) {
      all += weight;
      if (mixed.stratum[unit] === code) legal += weight;
    }
    expect(legal / all).toBeCloseTo(0.05, 2);
    expect(effectiveSize(drawn.values())).toBeLessThan(drawn.size);
  });
});
