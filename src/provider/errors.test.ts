import { describe, expect, it } from 'vitest';
import { answerTo, chunk, failureOf } from './client.test.helper.ts';

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
      'a model that is paused at the limit that its account set (reference of Volcengine Ark)',
      429,
      {
        code: 'SetLimitExceeded',
        message:
          'Your account has reached the set inference limit, and the model service has been paused.',
        type: 'TooManyRequests',
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
    [
      'throttling in words that elsewhere mean a prompt too long (anomalyco/opencode 39621)',
      429,
      { message: 'Too many tokens, please wait before trying again.' },
      'rate-limited',
    ],
    [
      'an allocation that is used up for the day (diegosouzapw/OmniRoute 6980)',
      429,
      { code: 4006, message: 'you have used up your daily free allocation of 10,000 neurons' },
      'auth',
    ],
    [
      'a quota of 0, which never fills (google-gemini/gemini-cli 22486)',
      429,
      {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message:
          'You exceeded your current quota.\n* Quota exceeded for metric: generate_content_free_tier_requests, limit: 0, model: gemini-3.1-pro',
      },
      'auth',
    ],
    [
      'a prompt and an output limit too long together (huggingface/chat-ui 340)',
      422,
      {
        message:
          'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1512. Given: 1000 `inputs` tokens and 1024 `max_new_tokens`',
      },
      'context-overflow',
    ],
    [
      'a model that broke (reference of Bedrock, ModelErrorException)',
      424,
      { message: 'The system encountered an unexpected error during processing.' },
      'server-error',
    ],
    [
      'a tier at capacity (console.groq.com/docs/flex-processing)',
      498,
      { code: 'capacity_exceeded', message: 'Flex tier capacity exceeded' },
      'server-error',
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

describe('a wait that is told', () => {
  it.each([
    ['retry-after', '2m59.56s', 'anomalyco/opencode 48185', 179_560],
    ['retry-after', '370ms', 'anomalyco/opencode 48185', 370],
    ['retry-after', '1.5', 'restlet/restlet-framework-java 1356', 1_500],
    ['retry-after-ms', '250', 'reference of Azure', 250],
  ])('in %s: %s (%s) is %i ms', async (name, value, _source, retryAfter) => {
    const exchange = await failureOf({ status: 429, headers: { [name]: value }, steps: ['{}'] });
    expect(exchange).toMatchObject({ retryAfter });
  });

  it.each([
    [
      'request reached max request: 3, please try again after 1 seconds',
      'yokingma/fetch-sse 1',
      1_000,
    ],
    ['Please try again in 47m12.191999999s.', 'ago19800/HomeMind 29', 2_832_192],
    ['exceeded the call rate limit. Please retry after 6 seconds.', 'reference of Azure', 6_000],
    ['Please retry in 25.465784708s.', 'google-gemini/gemini-cli 22486', 25_466],
    ['Please wait 81232 seconds before retrying.', 'reference of GitHub Models', 81_232_000],
  ])('by the message alone, "%s" (%s)', async (message, _source, wait) => {
    const { retryAfter } = await failureOf({ status: 429, steps: [body({ message })] });
    expect(Math.round(retryAfter ?? 0)).toBe(wait);
  });

  it('by a model that loads (huggingface/transformers 23793) is its estimate', async () => {
    const steps = [JSON.stringify({ error: 'Model x is currently loading', estimated_time: 20 })];
    const exchange = await failureOf({ status: 503, steps });
    expect(exchange).toMatchObject({ reason: 'server-error', retryAfter: 20_000 });
  });
});

describe('an error behind a status of success', () => {
  const json = { 'content-type': 'application/json' };
  const base = (status_code: number, status_msg: string) => ({
    choices: null,
    base_resp: { status_code, status_msg },
  });

  it.each([
    [
      'a limit of requests (reference of Baidu Qianfan)',
      { error_code: 18, error_msg: 'Open api qps request limit reached' },
      'rate-limited',
    ],
    [
      'a wrong token (reference of Baidu Qianfan)',
      { error_code: 110, error_msg: 'Access token invalid or no longer valid' },
      'auth',
    ],
    ['no balance (adrianlyjak/obsidian-aloud-tts 114)', base(1008, 'insufficient balance'), 'auth'],
    ['a limit (ENTERPILOT/GoModel 1022)', base(1039, 'token limit'), 'rate-limited'],
    ['sensitive input (reference of MiniMax)', base(1026, 'input new_sensitive'), 'content-filter'],
    ['a wrong key (reference of MiniMax)', base(2049, 'invalid api key'), 'auth'],
    [
      'success: false (Gitlawb/openclaude 214 in kind)',
      { code: 500, msg: '404 NOT_FOUND', success: false },
      'server-error',
    ],
    ['a code and a message', { code: 401, message: 'token expired' }, 'auth'],
    ['a detail alone', { detail: 'Rate limit exceeded' }, 'rate-limited'],
  ])('is named: %s', async (_, answer, reason) => {
    const whole = { headers: json, steps: [JSON.stringify(answer)] };
    expect(await failureOf(whole)).toMatchObject({ reason });
    const stream = { steps: [`data: ${JSON.stringify(answer)}\n\n`] };
    expect(await failureOf(stream)).toMatchObject({ reason });
  });

  it('by its code alone in a stream is a limit all the same (QuantumNous/new-api 6643)', async () => {
    const error = { message: 'rate limited', code: 'rate_limit_exceeded' };
    const steps = [`data: ${JSON.stringify({ error })}\n\n`];
    expect(await failureOf({ steps })).toMatchObject({ reason: 'rate-limited' });
  });

  it('is none where MiniMax says that all is well', async () => {
    const well = { base_resp: { status_code: 0, status_msg: '' } };
    const choice = { index: 0, delta: { content: 'ok' }, finish_reason: 'stop' };
    const steps = [`data: ${JSON.stringify({ choices: [choice], ...well })}\n\n`];
    expect(await answerTo({ steps })).toMatchObject({ answer: 'ok' });
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
