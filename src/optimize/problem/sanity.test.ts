import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../../outcome/read.ts';
import type { OutcomeRow } from '../../outcome/row.ts';
import { createQuestion } from '../question.ts';
import { recommendTable } from '../recommend.ts';
import { chooseChain } from '../rules/chain.ts';

function table(n: number, of: (i: number, target: string) => Partial<OutcomeRow>) {
  return toOutcomeTable(
    Array.from({ length: n }, (_, i) =>
      ['a', 'b', 'c'].map(
        (target): OutcomeRow => ({
          ...{ request_id: `r${i}`, target, task: 'chat', input_tokens: i },
          ...{ quality: 1, cost_usd: 0.001, output_tokens: 5, ...of(i, target) },
        }),
      ),
    ).flat(),
  );
}

const kinds = (given: ReturnType<typeof table>, include: string[] = []) =>
  recommendTable(given, { by: ['task'], floor: '0.1', proof: 'none', include }).findings.map(
    ({ kind, about }) => `${kind} ${about}`,
  );

describe('the sanity of an outcome table', () => {
  it('a clean one has no findings', () => {
    expect(kinds(table(30, () => ({})))).toEqual([]);
  });

  it('says what weights that differ cost, and nothing of weights that are the same', () => {
    expect(kinds(table(30, () => ({ weight: 3 })))).toEqual([]);
    const heavy = table(100, (i) => ({ weight: i < 10 ? 10 : 1 }));
    const { findings } = recommendTable(heavy, { by: ['task'], floor: '0.1', proof: 'none' });
    expect(findings.map(({ text }) => text)).toEqual([
      'weights differ: 100 requests prove as much as 33 that all weigh the same, so that 66.9 % of the power is lost; the heaviest is 5.3 % of the traffic, and counts as one more that may be lost',
    ]);
  });

  it('calls out empty answers, most of all where they are scored as right', () => {
    const hollow = table(30, (i, target) => (target === 'b' && i < 10 ? { output_tokens: 0 } : {}));
    const { findings, rules } = recommendTable(hollow, {
      by: ['task'],
      floor: '0.1',
      proof: 'none',
    });
    expect(findings.map(({ text }) => text)).toEqual([
      'b gave 10 empty answers of 30, 10 of them scored above 0',
    ]);
    expect(rules.map(({ use }) => use)).not.toContain('b');
  });

  it('calls out a missing price and a missing score, and keeps both out', () => {
    const bare = table(30, (i, target) => {
      if (target === 'b') return { cost_usd: i < 3 ? null : 0.0001 };
      return target === 'c' ? { quality: null, cost_usd: 0.0001 } : {};
    });
    expect(kinds(bare)).toEqual(['no-price b', 'no-quality c']);
    const { rules } = recommendTable(bare, { by: ['task'], floor: '0.1', proof: 'none' });
    expect(rules.map(({ use }) => use)).toEqual(['a']);
  });

  it('keeps a target out of a cell where more than 2 % of its costs are not known, by field', () => {
    const given = table(200, (i, target) => ({
      task: i % 2 ? 'chat' : 'code',
      cost_usd: target === 'b' ? 0.0001 : 0.001,
      ...(target === 'b' && i < 6 && i % 2 && { cost_unknown: 'audio_tokens' }),
      ...(target === 'b' && i < 4 && i % 2 === 0 && { cost_unknown: 'search_units' }),
    }));
    const asked = { by: ['task'], floor: '0.1', proof: 'none', baseline: 'a' } as const;
    const { findings, rules } = recommendTable(given, asked);
    expect(findings.map(({ text }) => text)).toEqual([
      'the cost of b is not known on 3 of 100 requests of task=chat (audio_tokens): above 2 %, so it is not eligible there',
      "the cost of b is not known on 2 other requests (search_units): each counts at its reservation, or at the target's mean where nothing was reserved",
    ]);
    expect(rules.map(({ use, when }) => [when?.task, use])).toEqual([
      [['code'], 'b'],
      [undefined, 'a'],
    ]);
  });

  it('does not doubt the bills of a target for failures without a cost', () => {
    const given = table(100, (i, target) =>
      target === 'b' && i < 2 ? { status: 'failed', quality: null, cost_usd: null } : {},
    );
    expect(kinds(given)).toEqual([]);
  });

  it('says that a baseline at its reservations makes the saving look larger', () => {
    const given = table(60, (i, target) =>
      target === 'a' && i < 5 ? { cost_usd: 1, cost_unknown: 'images' } : {},
    );
    const options = { by: ['task'], floor: '0.1', proof: 'none', baseline: 'a' } as const;
    const texts = recommendTable(given, options).findings.map(({ text }) => text);
    expect(texts[0]).toContain('5 of 60 requests of task=chat (images): above 2 %');
    expect(texts[1]).toContain('the saving may be less than it says');
  });

  it('calls out failures, and a target that is never right where others are', () => {
    const broken = table(30, (i, target) => {
      if (target === 'b') return { quality: 0 };
      return target === 'c' && i < 3 ? { status: 'failed', quality: null } : {};
    });
    expect(kinds(broken)).toEqual(['failing c', 'useless b']);
  });

  it('lets in what the user names', () => {
    const hollow = table(30, (i, target) => (target === 'b' && i < 10 ? { output_tokens: 0 } : {}));
    expect(kinds(hollow, ['b'])).toEqual(['empty-answers b']);
  });
});

describe('a fallback chain', () => {
  // a fails one in ten, b one in five, c never; a and b share a maker.
  const failing = table(100, (i, target) => {
    const every = { a: 10, b: 5, c: 1_000 }[target] ?? 1;
    const cost_usd = { a: 0.001, b: 0.002, c: 0.01 }[target] ?? 0;
    const failed = i % every === 0 && target !== 'c';
    return { cost_usd, latency_ms: 100, ...(failed && { status: 'failed', quality: null }) };
  });
  const targets = {
    a: { maker: 'x', via: 'direct' },
    b: { maker: 'x', via: 'market' },
    c: { maker: 'y', via: 'direct' },
  };
  const slos = [{ metric: 'latency_ms' as const, atMost: 6_000, share: 0.9 }];
  const { study } = createQuestion(failing, { by: ['task'], floor: '0.1', targets, slos });
  const rows = Int32Array.from({ length: 100 }, (_, row) => row);

  it('is priced as a chain and ends at another maker by another route', () => {
    const chain = chooseChain(study, rows, { use: 'a', eligible: ['b', 'c'] });
    expect(chain.fallback).toEqual(['c']);
    expect(chain.costUsd).toBeCloseTo(0.001 + 0.1 * 0.01, 12);
    expect(chain.quality).toBeCloseTo(0.9 + 0.1, 12);
    expect([chain.failsFirst, chain.failsAll]).toEqual([0.1, 0]);
    expect(chain.weakness).toBeUndefined();
  });

  it('adds the first-token timeout to the time of a failover', () => {
    expect(chooseChain(study, rows, { use: 'a', eligible: ['c'] }).slow[0]).toBeCloseTo(0, 12);
    const hasty = createQuestion(failing, {
      ...{ by: ['task'], floor: '0.1', targets, firstTokenMs: 5_950 },
      slos,
    });
    const chain = chooseChain(hasty.study, rows, { use: 'a', eligible: ['c'] });
    expect(chain.slow[0]).toBeCloseTo(0.1, 12);
  });

  it('says so where nobody else can take over', () => {
    const chain = chooseChain(study, rows, { use: 'a', eligible: ['b'] });
    expect(chain.fallback).toEqual(['b']);
    expect(chain.failsAll).toBeCloseTo(0.1 * 0.2, 12);
    expect(chain.weakness).toMatch(/no eligible target of another maker and route than a/);
  });
});
