import { describe, expect, it } from 'vitest';
import { adapt } from './params.ts';

const messages = [{ role: 'user', content: 'hi' }];

describe('the body as a target takes it', () => {
  it('is dropped from, then renamed, then set', () => {
    const params = {
      drop: ['logit_bias'],
      rename: { max_tokens: 'max_completion_tokens' },
      set: { reasoning_effort: 'low', temperature: 0 },
    };
    const body = { messages, max_tokens: 30, logit_bias: { 5: 1 }, temperature: 1 };
    expect(adapt(body, { params })).toEqual({
      messages,
      max_completion_tokens: 30,
      reasoning_effort: 'low',
      temperature: 0,
    });
  });

  it('holds no value that is not known', () => {
    const params = { drop: [], rename: {}, set: {} };
    expect(adapt({ messages, seed: undefined, stop: null }, { params })).toEqual({ messages });
  });
});
