import { expect, it } from 'vitest';
import { billLines } from './run.ts';

it('a cost that is not known is said with the field, one in the dearer reading too', () => {
  const cost = {
    total_usd: 0,
    by_source: {},
    retries_usd: 0,
    failed_usd: 0,
    unknown_attempts: 3,
    unknown_fields: { 'prompt_tokens_details.audio_tokens': 2, usage: 1 },
    assumed_fields: { total_tokens: 1 },
  };
  expect(billLines({ target: 'a', cost })).toEqual([
    '  a: the cost of 2 attempts is not known: prompt_tokens_details.audio_tokens has no price. Give it under price: in arb.yaml',
    '  a: the cost of 1 attempt is not known: no usage was sent',
    '  a: 1 attempt counted in the dearer of two readings: nothing says which (total_tokens)',
  ]);
});
