import { describe, expect, it } from 'vitest';
import { NearDuplicates } from './near-duplicates.ts';

const asks = (content: string) => ({ body: { messages: [{ role: 'user', content }] } });

/** Groups of the places of near-duplicates. */
function groupsOf(texts: readonly string[]): number[][] {
  const found = new NearDuplicates();
  for (const text of texts) found.add(asks(text), 0);
  const byFirst = Map.groupBy(found.find().entries(), ([, first]) => first);
  return [...byFirst.values()]
    .map((each) => each.map(([place]) => place))
    .filter((g) => g.length > 1);
}

const words = (seed: number, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const mixed = Math.imul(Math.imul(seed, 0x85ebca6b) ^ at, 0xc2b2ae35);
    return `w${(mixed ^ (mixed >>> 15)) >>> 18}`;
  });

describe('near-duplicates', () => {
  it('are the same text, and texts of which a few words differ', () => {
    const text = words(1, 200);
    const edited = text.with(20, 'other').with(150, 'another');
    expect(groupsOf([text.join(' '), words(2, 200).join(' '), edited.join(' ')])).toEqual([[0, 2]]);
    expect(groupsOf(['Where is it?', 'Who?', 'where  is it'])).toEqual([[0, 2]]);
  });

  it('are not texts that share half of their words', () => {
    const text = words(1, 200);
    expect(groupsOf([text.join(' '), [...text.slice(0, 100), ...words(3, 100)].join(' ')])).toEqual(
      [],
    );
  });

  it('are not requests of one template, however long it is', () => {
    const template = words(9, 300).join(' ');
    const texts = Array.from(
      { length: 60 },
      (_, at) => `${template} ${words(100 + at, 30).join(' ')}`,
    );
    expect(groupsOf(texts)).toEqual([]);
    const short = Array.from({ length: 60 }, (_, at) => `${template} order ${at}`);
    expect(groupsOf([...short, short[7] ?? ''])).toEqual([[7, 60]]);
  });

  it('are found among texts without spaces', () => {
    const text = '東京都の天気予報を教えてください。明日は雨が降りますか、それとも晴れますか。';
    expect(
      groupsOf([text, `${text}はい`, '大阪の美味しいレストランを三つ紹介してください。']),
    ).toEqual([[0, 1]]);
  });

  it('finds almost all of 400 pairs that agree to 0.9 among 2,000 texts', () => {
    const texts = Array.from({ length: 1_600 }, (_, at) => words(at + 1, 120).join(' '));
    const pairs = texts.slice(0, 400).map((text) => text.split(' ').with(60, 'x').join(' '));
    const groups = groupsOf([...texts, ...pairs]);
    expect(groups.every(([a = -1, b]) => b === a + 1_600)).toBe(true);
    expect(groups.length).toBeGreaterThanOrEqual(398);
  });
});
