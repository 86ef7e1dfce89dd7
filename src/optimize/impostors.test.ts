import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../outcome/read.ts';
import { findImpostors } from './impostors.ts';
import { recommendTable } from './recommend.ts';

async function* answers(by: Readonly<Record<string, (i: number) => string>>, n = 60) {
  for (let i = 0; i < n; i++) {
    for (const [target, answer] of Object.entries(by)) {
      yield { request_id: `r${i}`, target, answer: answer(i) };
    }
  }
}

const varied = (i: number) => ['A', 'B', 'C', 'D'][i % 4] ?? '';

describe('a target whose answers do not depend on the request', () => {
  it('is named with what it says, where another target says different things', async () => {
    const found = await findImpostors(answers({ model: varied, constant: () => 'It depends.' }));
    expect(found).toEqual({
      constant: 'answers "It depends." to 100 % of 60 requests, whatever is asked',
    });
  });

  it('is none where all targets say the same: requests of one class have one answer', async () => {
    expect(await findImpostors(answers({ one: () => 'spam', other: () => 'spam' }))).toEqual({});
  });

  it('is none by fewer than 20 answers', async () => {
    expect(await findImpostors(answers({ model: varied, constant: () => 'x' }, 19))).toEqual({});
  });
});

describe('a target that copies its prompt', () => {
  async function* copies(by: Readonly<Record<string, number>>) {
    for (let i = 0; i < 100; i++) {
      for (const [target, percent] of Object.entries(by)) {
        const answer = { request_id: `r${i}`, target, answer: `text ${i} of ${target}` };
        yield i < percent ? { ...answer, copied: true as const } : answer;
      }
    }
  }

  it('is named where another answers in words of its own', async () => {
    expect(await findImpostors(copies({ model: 3, echo: 98 }))).toEqual({
      echo: 'copies its prompt in 98 % of 100 answers',
    });
  });

  it('is none where all targets copy, as extracts are, nor by half of its answers', async () => {
    expect(await findImpostors(copies({ one: 97, other: 92 }))).toEqual({});
    expect(await findImpostors(copies({ one: 55, other: 0 }))).toEqual({});
  });
});

describe('a target that is broken', () => {
  // Free, and as good as the other on three of four tasks: the best single by quality alone.
  const rows = Array.from({ length: 400 }, (_, i) => {
    const task = ['a', 'b', 'c', 'd'][i % 4] ?? '';
    const request = { request_id: `r${i}`, task };
    const model = { ...request, target: 'model', cost_usd: 0.01, quality: i % 7 < 5 ? 1 : 0 };
    const broken = task === 'd' ? 0 : 1;
    return [model, { ...request, target: 'odd', cost_usd: 0.001, quality: broken }];
  }).flat();
  const table = toOutcomeTable(rows);
  const ask = { by: ['task'], floor: 'best-0.05' };

  it('on one task is no baseline, and not used there', () => {
    const found = recommendTable(table, ask);
    expect(found.baseline.name).toBe('model');
    expect(found.findings).toMatchObject([{ kind: 'useless', about: 'odd', task: 'd' }]);
    const uses = (name: string) => found.rules.find(({ when }) => when?.task?.includes(name))?.use;
    expect(uses('d') ?? found.rules.at(-1)?.use).toBe('model');
  });

  it('everywhere is kept out, unless it is allowed by name', () => {
    const impostors = { odd: 'answers "x" to everything' };
    const kept = recommendTable(table, { ...ask, impostors });
    expect(kept.rules.every(({ use }) => use === 'model')).toBe(true);
    const allowed = recommendTable(table, { ...ask, impostors, include: ['odd'] });
    expect(allowed.rules.some(({ use }) => use === 'odd')).toBe(true);
  });
});
