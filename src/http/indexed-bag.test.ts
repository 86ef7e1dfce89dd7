import { describe, expect, it } from 'vitest';
import { IndexedBag } from './indexed-bag.ts';

const named = (name: string) => ({ name, index: 0 });
const names = (roll: IndexedBag<ReturnType<typeof named>>) =>
  roll
    .members()
    .map(({ name }) => name)
    .toSorted();

describe('a roll', () => {
  it('holds who entered and has not left, in whatever order they leave', () => {
    const roll = new IndexedBag<ReturnType<typeof named>>();
    const [a, b, c, d] = [named('a'), named('b'), named('c'), named('d')] as const;
    for (const each of [a, b, c]) roll.add(each);
    roll.remove(a);
    expect(names(roll)).toEqual(['b', 'c']);
    roll.add(d);
    roll.remove(c);
    roll.remove(d);
    expect(names(roll)).toEqual(['b']);
    roll.remove(b);
    expect(names(roll)).toEqual([]);
    roll.add(a);
    expect(names(roll)).toEqual(['a']);
  });

  it('may be left by everyone while it is gone through', () => {
    const roll = new IndexedBag<ReturnType<typeof named>>();
    for (const name of ['a', 'b', 'c']) roll.add(named(name));
    for (const each of roll.members()) roll.remove(each);
    expect(names(roll)).toEqual([]);
  });
});
