import { describe, expect, it } from 'vitest';
import { Roll } from './indexed-bag.ts';

const named = (name: string) => ({ name, seat: 0 });
const names = (roll: Roll<ReturnType<typeof named>>) =>
  roll
    .members()
    .map(({ name }) => name)
    .toSorted();

describe('a roll', () => {
  it('holds who entered and has not left, in whatever order they leave', () => {
    const roll = new Roll<ReturnType<typeof named>>();
    const [a, b, c, d] = [named('a'), named('b'), named('c'), named('d')] as const;
    for (const each of [a, b, c]) roll.enter(each);
    roll.leave(a);
    expect(names(roll)).toEqual(['b', 'c']);
    roll.enter(d);
    roll.leave(c);
    roll.leave(d);
    expect(names(roll)).toEqual(['b']);
    roll.leave(b);
    expect(names(roll)).toEqual([]);
    roll.enter(a);
    expect(names(roll)).toEqual(['a']);
  });

  it('may be left by everyone while it is gone through', () => {
    const roll = new Roll<ReturnType<typeof named>>();
    for (const name of ['a', 'b', 'c']) roll.enter(named(name));
    for (const each of roll.members()) roll.leave(each);
    expect(names(roll)).toEqual([]);
  });
});
