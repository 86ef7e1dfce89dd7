import { describe, expect, it } from 'vitest';
import { readHttpFailure } from './http-failure.ts';
import { readRateLimit, readServedBy } from './response-headers.ts';

const now = new Date('2026-11-20T12:00:00Z');

describe('a quota', () => {
  it.each([
    ['6m0s', 360_000],
    ['1h2m3.5s', 3_723_500],
    ['17ms', 17],
    ['1d', 86_400_000],
    ['1.25', 1_250],
    ['2026-11-20T12:00:30Z', 30_000],
    ['1795176030', 30_000],
    ['1795176030000', 30_000],
    ['2026-11-20T11:00:00Z', 0],
    ['soon', undefined],
  ])('that is full again at %s waits %s ms', (reset, resetAfter) => {
    const headers = {
      'x-ratelimit-remaining-requests': '5',
      'x-ratelimit-reset-requests': reset,
    };
    expect(readRateLimit(headers, now)).toEqual({
      requests: { remaining: 5, ...(resetAfter !== undefined && { resetAfter }) },
    });
  });

  it('is told by Anthropic in its own names', () => {
    const headers = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-tokens-remaining': '40000',
      'anthropic-ratelimit-tokens-reset': '2026-11-20T12:01:00Z',
    };
    expect(readRateLimit(headers, now)).toEqual({
      requests: { limit: 50, remaining: 49 },
      tokens: { remaining: 40_000, resetAfter: 60_000 },
    });
  });

  it('is told by OpenRouter without a unit', () => {
    const headers = { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0' };
    expect(readRateLimit(headers, now)).toEqual({ requests: { limit: 20, remaining: 0 } });
  });

  it('that is nonsense is not known', () => {
    expect(readRateLimit({ 'x-ratelimit-remaining-requests': '-1' }, now)).toBeUndefined();
    expect(readRateLimit({}, now)).toBeUndefined();
  });
});

describe('who served', () => {
  it('is told by the gateways in headers', () => {
    expect(readServedBy({ 'x-portkey-provider': 'openai' })).toBe('openai');
    expect(readServedBy({ 'x-litellm-model-id': 'a1b2' })).toBe('a1b2');
    expect(readServedBy({})).toBeUndefined();
  });
});

describe('a failure by its body', () => {
  const failed = (status: number, body: object) =>
    readHttpFailure(status, { headers: {}, body: JSON.stringify(body), keys: [] }, now);

  it('waits as long as Google says there', () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.QuotaFailure' },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' },
    ];
    const error = { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED', details };
    expect(failed(429, { error })).toEqual({
      reason: 'rate-limited',
      error: 'HTTP 429: RESOURCE_EXHAUSTED: Quota',
      retryAfter: 34_500,
    });
  });

  it('is about the key where Google calls it an argument', () => {
    const error = { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' };
    expect(failed(400, { error }).reason).toBe('auth');
  });

  it('may be an overflow in Google’s, DeepSeek’s and Mistral’s words', () => {
    for (const message of [
      'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
      "This model's maximum context length is 65536 tokens.",
      'Prompt contains 40000 tokens, too large for model with 32768 maximum context length',
    ]) {
      expect(failed(400, { message }).reason).toBe('context-overflow');
    }
  });

  it('is one line without control characters, however long and dirty it came', () => {
    const { error } = failed(500, { error: { message: `a\n\u001b[31mb${'x'.repeat(1_000)}` } });
    expect(error).toMatch(/^HTTP 500: a \[31mbx+…$/);
    expect(error.length).toBeLessThan(320);
  });
});
