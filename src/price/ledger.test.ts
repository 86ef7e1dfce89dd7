import { describe, expect, it } from 'vitest';
import { usd } from '../units.ts';
import { ledger } from './ledger.ts';

describe('the ledger', () => {
  it('keeps retries, billed failures and judging on lines of their own', () => {
    const answer = { target: 'a', purpose: 'answer' } as const;
    const lines = ledger([
      { ...answer, attempt: 1, completed: true, cost: usd(0.25) },
      { ...answer, attempt: 1, completed: false, cost: usd(0.125) },
      { ...answer, attempt: 2, completed: true, cost: usd(0.5) },
      { ...answer, attempt: 1, completed: false },
      { target: 'a', purpose: 'judging', attempt: 1, completed: true, cost: usd(1) },
      {
        target: 'b',
        purpose: 'answer',
        attempt: 1,
        completed: false,
        cost: usd(2),
        mismatch: { reported: usd(2), computed: usd(1.5) },
      },
    ]);
    expect(lines).toEqual([
      {
        target: 'a',
        purpose: 'answer',
        completed: 2,
        unknown: 1,
        total: 0.875,
        failed: 0.125,
        retries: 0.5,
        perCompleted: 0.4375,
        mismatches: 0,
        mismatched: 0,
      },
      {
        target: 'a',
        purpose: 'judging',
        completed: 1,
        unknown: 0,
        total: 1,
        failed: 0,
        retries: 0,
        perCompleted: 1,
        mismatches: 0,
        mismatched: 0,
      },
      {
        target: 'b',
        purpose: 'answer',
        completed: 0,
        unknown: 0,
        total: 2,
        failed: 2,
        retries: 0,
        mismatches: 1,
        mismatched: 0.5,
      },
    ]);
  });

  it('of nothing has no lines', () => {
    expect(ledger([])).toEqual([]);
  });
});
