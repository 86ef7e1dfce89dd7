import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { countLook } from './looks.ts';

it('counts questions to a run that differ, and not the same one twice', () => {
  const dir = mkdtempSync(join(tmpdir(), 'arb-looks-'));
  const looks = (floor: string) => countLook([dir], { floor }).looks;
  expect(['best-0.01', 'best-0.02', 'best-0.01', 'best-0.05'].map(looks)).toEqual([1, 2, 2, 3]);
  expect(readFileSync(join(dir, 'looks.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3);
});

it('says so where a look cannot be written down', () => {
  const { looks, doubts } = countLook([join(tmpdir(), 'no-such-run-of-arb')], { floor: 'best' });
  expect(looks).toBe(1);
  expect(doubts).toEqual([expect.stringMatching(/^this look is not counted: ENOENT/)]);
});
