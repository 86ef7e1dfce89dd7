import type { Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import type * as zlib from 'node:zlib';
import { createBrotliCompress, createDeflate, createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answerTo, chunk, done, failureOf } from './client.test.helper.ts';

const body = (error: object | string) => JSON.stringify({ error });

describe('the body of an error decides before its status', () => {
  it.each([
    [
      'no balance behind a 429 (MoonshotAI/kimi-code 1857)',
      429,
      {
        message:
          'Your account is suspended due to insufficient balance, please recharge your account',
        type: 'exceeded_current_quota_error',
      },
      'auth',
    ],
    [
      'no balance in what an aggregator passes on (anomalyco/opencode 24462)',
      429,
      {
        message: 'Provider returned error',
        code: 429,
        metadata: { raw: '{"error":{"message":"suspended due to insufficient balance"}}' },
      },
      'auth',
    ],
    [
      'no credit behind a 400 (RooCodeInc/Roo-Code 2419)',
      400,
      {
        type: 'invalid_request_error',
        message: 'Your credit balance is too low to access the Anthropic API.',
      },
      'auth',
    ],
    [
      'no balance (reference of DeepSeek)',
      402,
      { message: 'Insufficient Balance', code: 'invalid_request_error' },
      'auth',
    ],
    [
      'a budget of LiteLLM that is used up',
      400,
      { message: 'Budget has been exceeded! Current cost: 1.2', type: 'budget_exceeded' },
      'auth',
    ],
    [
      'arrears (reference of DashScope)',
      400,
      {
        code: 'Arrearage',
        message: 'Access denied, please make sure your account is in good standing.',
      },
      'auth',
    ],
    [
      'input that DashScope inspected',
      400,
      { code: 'data_inspection_failed', message: 'Input data may contain inappropriate content.' },
      'content-filter',
    ],
    [
      'moderation behind a 403',
      403,
      { code: 403, message: 'Input was flagged', metadata: { flagged_input: 'x' } },
      'content-filter',
    ],
    [
      'the filter of Azure behind a 400',
      400,
      { code: 'content_filter', message: 'The response was filtered' },
      'content-filter',
    ],
    [
      'a prompt above the minute of tokens, said as 429',
      429,
      {
        code: 'rate_limit_exceeded',
        type: 'tokens',
        message:
          'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40123.',
      },
      'context-overflow',
    ],
    [
      'tokens that fit the next minute',
      429,
      {
        code: 'rate_limit_exceeded',
        type: 'tokens',
        message:
          'Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000, Requested 1500. Please try again in 1s.',
      },
      'rate-limited',
    ],
    [
      'a body too large (reference of Anthropic)',
      413,
      { type: 'request_too_large', message: 'Request exceeds the maximum size' },
      'context-overflow',
    ],
    [
      'a context that a gateway wraps in a 500',
      500,
      { message: 'litellm.ContextWindowExceededError: the prompt' },
      'context-overflow',
    ],
    [
      'a wrong key behind a 400 (Google)',
      400,
      {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: 'API key not valid. Please pass a valid API key.',
      },
      'auth',
    ],
    [
      'an overloaded engine behind a 429 (reference of Moonshot)',
      429,
      {
        type: 'engine_overloaded_error',
        message: 'The engine is currently overloaded, please try again later',
      },
      'server-error',
    ],
    [
      'overload (reference of Anthropic)',
      529,
      { type: 'overloaded_error', message: 'Overloaded' },
      'server-error',
    ],
    [
      'a lock that was not got (openai/openai-python retries 409)',
      409,
      { message: 'Conflict' },
      'server-error',
    ],
    [
      'a resource that is locked for now',
      423,
      { message: 'The model is locked while it is updated' },
      'server-error',
    ],
    [
      'an account that is locked (reference of Z.ai)',
      429,
      { code: '1112', message: 'Your account has been locked' },
      'auth',
    ],
    [
      'throttling (Bedrock)',
      400,
      { code: 'ThrottlingException', message: 'Too many requests, please wait' },
      'rate-limited',
    ],
    [
      'a quota of Google that fills again by the minute',
      429,
      {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: 'You exceeded your current quota, please check your plan and billing details.',
        details: [{ retryDelay: '34s' }],
      },
      'rate-limited',
    ],
    ['a 403 that says no more', 403, { message: 'Forbidden' }, 'auth'],
    [
      'a model that nobody knows',
      404,
      { code: 'model_not_found', message: 'The model does not exist' },
      'bad-request',
    ],
    [
      'an error whose code is an object with a toString of its own',
      400,
      { message: 'x', code: { toString: 1 } },
      'bad-request',
    ],
  ] as const)('%s: %i', async (_, status, error, reason) => {
    expect(await failureOf({ status, steps: [body(error)] })).toMatchObject({ reason });
  });

  it('is found in the lists of Cloudflare and FastAPI', async () => {
    const cloudflare = JSON.stringify({
      success: false,
      errors: [{ code: 10_000, message: 'Authentication error' }],
    });
    expect((await failureOf({ status: 400, steps: [cloudflare] })).error).toContain(
      'Authentication error',
    );
    const fastapi = JSON.stringify({
      detail: [{ loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }],
    });
    expect((await failureOf({ status: 422, steps: [fastapi] })).error).toContain(
      'Extra inputs are not permitted',
    );
  });
});

describe('a wait', () => {
  it.each([
    ['retry-after-ms', '0'],
    ['retry-after', '0'],
    ['retry-after', 'Fri, 20 Nov 2020 12:00:00 GMT'],
  ])('of nothing in %s: %s is no wait that was told', async (name, value) => {
    const exchange = await failureOf({ status: 429, headers: { [name]: value }, steps: ['{}'] });
    expect(exchange).not.toHaveProperty('retryAfter');
  });
});

describe('limits of 0', () => {
  it('of a server that answers are none', async () => {
    const headers = {
      'x-ratelimit-limit-requests': '0',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-limit-tokens': '0',
      'x-ratelimit-remaining-tokens': '0',
    };
    const exchange = await failureOf({ headers, steps: [chunk({}, 'abort')] });
    expect(exchange).not.toHaveProperty('rateLimit');
  });
});

describe('words in a stream that are no JSON', () => {
  it.each([
    [
      'an error event of text',
      'event: error\ndata: upstream connect error or disconnect/reset\n\n',
      'server-error',
      /upstream connect error/,
    ],
    [
      'an error event of text about a limit',
      'event: error\ndata: 429 Too Many Requests\n\n',
      'rate-limited',
      /Too Many/,
    ],
    [
      'words without an event name, and then the end',
      'data: Internal Server Error\n\n',
      'server-error',
      /Internal Server Error/,
    ],
    [
      'a notice, and then the end',
      'data: please hold the line\n\n',
      'cut-off',
      /without a finish reason: please hold/,
    ],
    ['broken JSON', 'data: {"choices":[{]}\n\n', 'malformed', /not JSON/],
  ])('%s after a first token', async (_, steps, reason, words) => {
    const exchange = await failureOf({ steps: [chunk({ content: 'a' }), steps] });
    expect(exchange).toMatchObject({ reason });
    expect(exchange.error).toMatch(words);
  });
});

describe('an answer in a content coding that was not asked for', () => {
  it('that arb does not know is named', async () => {
    const headers = { 'content-encoding': 'compress' };
    const exchange = await failureOf({ headers, steps: [`${chunk({ content: 'a' })}${done}`] });
    expect(exchange).toMatchObject({ reason: 'malformed' });
    expect(exchange.error).toContain('content coding "compress"');
  });

  it('that is damaged is malformed', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const bytes = gzipSync(chunk({ content: 'a' })).fill(7, 12, 30);
    const exchange = await failureOf({ headers, steps: [bytes] });
    expect(exchange).toMatchObject({ reason: 'malformed' });
  });
});

describe('an answer that is compressed all the same', () => {
  const stream = [chunk({ content: 'Hel' }), chunk({ content: 'lo' }), done];
  const coders = { gzip: createGzip, br: createBrotliCompress, deflate: createDeflate } as const;

  /** Each event coded by itself and flushed, as servers that stream do. */
  async function code(make: () => Transform & zlib.Zlib): Promise<Buffer[]> {
    const coder = make();
    const pieces: Buffer[] = [];
    for (const event of stream) {
      coder.write(event);
      await new Promise<void>((resolve) => coder.flush(() => resolve()));
      pieces.push(coder.read() ?? Buffer.alloc(0));
    }
    coder.end();
    await finished(coder.resume());
    return pieces;
  }

  it.each(['gzip', 'br', 'deflate'] as const)(
    'by %s is read, and its chunks keep the instants of their bytes (Wei-Shaw/claude-relay-service 1030)',
    async (coding) => {
      const [first = '', second = '', last = ''] = await code(coders[coding]);
      const exchange = await answerTo({
        headers: { 'content-encoding': coding },
        steps: [first, { wait: 120 }, second, last],
      });
      expect(exchange).toMatchObject({ answer: 'Hello', chunks: 2 });
      expect(exchange.gaps[0]).toBeGreaterThan(90_000);
    },
  );

  it('with an error status says what is wrong', async () => {
    const steps = [gzipSync(body({ message: 'no such model', code: 'model_not_found' }))];
    const headers = { 'content-encoding': 'gzip' };
    const exchange = await failureOf({ status: 404, headers, steps });
    expect(exchange).toMatchObject({ reason: 'bad-request' });
    expect(exchange.error).toContain('no such model');
  });
});
