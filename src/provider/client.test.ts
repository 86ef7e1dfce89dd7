import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ms } from '../units.ts';
import {
  answered,
  answerTo,
  askServer,
  body,
  chunk,
  done,
  failureOf,
  serve,
} from './client.test.helper.ts';
import { scripted } from './scripted.test.helper.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/provider/${name}`, import.meta.url));

describe('an answer that completes', () => {
  it('has its text, usage, model and finish reason', async () => {
    const exchange = await answerTo({ steps: [fixture('openai.text.sse')] });
    expect(exchange).toMatchObject({
      httpStatus: 200,
      answer: 'The answer is "42",\nnaïve—日本 🚀.',
      finishReason: 'stop',
      chunks: 9,
      servedModel: 'gpt-4o-mini-2024-07-18',
      cacheHit: false,
      usage: { inputTokens: 2006, cachedTokens: 1920, outputTokens: 7, reasoningTokens: 0 },
    });
    expect(exchange.gaps.length).toBe(8);
  });

  it('is asked for in the words of the wire, with the key in its header', async () => {
    const server = await serve({ steps: [fixture('openai.text.sse')] });
    await askServer(server.url, { key: 'sk-test-0123456789' });
    const [request] = server.asked;
    expect(request?.path).toBe('/v1/chat/completions');
    expect(request?.headers.authorization).toBe('Bearer sk-test-0123456789');
    expect(request?.headers['x-arb-request']).toBe('r-1');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      ...body,
      model: 'm-1',
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.each([
    ['portkey', 'x-portkey-cache-force-refresh', 'true'],
    ['openrouter', 'x-openrouter-cache', 'false'],
    ['cloudflare-ai-gateway', 'cf-aig-skip-cache', 'true'],
    ['helicone', 'helicone-cache-enabled', 'false'],
    ['openai-compatible', 'x-portkey-cache-force-refresh', undefined],
  ])('passes the response cache of %s by (%s)', async (provider, header, value) => {
    const server = await serve({ steps: [answered] });
    await askServer(server.url, { target: { provider } });
    expect(server.asked[0]?.headers[header]).toBe(value);
  });

  it('counts TTFT at the first delta that is not empty, not at the role-only chunk', async () => {
    const exchange = await answerTo({
      steps: [
        chunk({ role: 'assistant', content: '' }),
        { wait: 150 },
        chunk({ content: 'a' }),
        done,
      ],
    });
    expect(exchange.firstTokenAt - exchange.firstByteAt).toBeGreaterThan(50);
    expect(exchange.chunks).toBe(1);
  });

  it('counts reasoning for TTFT and not for TTFO', async () => {
    const exchange = await answerTo({
      steps: [chunk({ reasoning_content: 'hm' }), { wait: 150 }, chunk({ content: 'a' }), done],
    });
    expect((exchange.firstAnswerAt ?? 0) - exchange.firstTokenAt).toBeGreaterThan(50);
    expect(exchange).toMatchObject({ answer: 'a', reasoning: 'hm' });
  });

  it('counts a tool call for both, and assembles parallel calls in order', async () => {
    const exchange = await answerTo({ steps: [fixture('openai.tool-calls.sse')] });
    expect(exchange.firstAnswerAt).toBe(exchange.firstTokenAt);
    expect(exchange.toolCalls).toEqual([
      { name: 'get_weather', arguments: '{"city":"Paris"}' },
      { name: 'get_time', arguments: '{"zone":"CET"}' },
    ]);
    expect(exchange.finishReason).toBe('tool_calls');
  });

  it('tells calls apart that share an index, and finds thoughts that only the total counts', async () => {
    const exchange = await answerTo({ steps: [fixture('gemini-compatible.parallel-tools.sse')] });
    expect(exchange.toolCalls?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(exchange.usage).toEqual({ inputTokens: 50, outputTokens: 120 });
  });

  it('has inputs for TPOT that leave TTFT out', async () => {
    const exchange = await answerTo({
      steps: [
        { wait: 300 },
        chunk({ content: 'a' }),
        { wait: 20 },
        chunk({ content: 'b' }),
        { wait: 20 },
        chunk({ content: 'c' }),
        done,
      ],
    });
    const span = exchange.lastContentAt - exchange.firstTokenAt;
    expect(span).toBeGreaterThan(25);
    expect(span).toBeLessThan(250);
    const sum = exchange.gaps.reduce((total, gap) => total + gap, 0);
    expect(Math.abs(sum / 1_000 - span)).toBeLessThan(0.01);
  });

  it('is stamped when its bytes arrive, on the monotonic clock', async () => {
    const server = await serve({
      steps: [chunk({ content: 'a' }), { wait: 250 }, chunk({ content: 'b' }), done],
    });
    const before = performance.now();
    const exchange = await askServer(server.url);
    if (exchange.state !== 'completed') throw new Error(exchange.error);
    expect(exchange.sentAt).toBeGreaterThan(before);
    const [first = 0, second = 0] = server.writtenAt;
    // The server shares this thread: its clock is ours, and writes precede what is read.
    expect(exchange.firstTokenAt - first).toBeGreaterThan(-1);
    expect(exchange.firstTokenAt - first).toBeLessThan(120);
    expect(exchange.lastContentAt - second).toBeLessThan(120);
  });

  it('takes usage from a chunk that also has choices', async () => {
    const exchange = await answerTo({ steps: [fixture('vllm.usage-with-choices.sse')] });
    expect(exchange.usage).toEqual({ inputTokens: 20, outputTokens: 4 });
    expect(exchange.answer).toBe('Hello there');
  });

  it('reads CRLF framing', async () => {
    const exchange = await answerTo({ steps: [fixture('vllm.crlf.sse')] });
    expect(exchange.answer).toBe('Carriage return feed');
    expect(exchange.usage?.outputTokens).toBe(3);
  });

  it('keeps what OpenRouter says: who served, what it cost, comments in between', async () => {
    const exchange = await answerTo({ steps: [fixture('openrouter.reasoning-and-cost.sse')] });
    expect(exchange).toMatchObject({
      servedBy: 'Fireworks',
      servedModel: 'deepseek/deepseek-r1',
      answer: '42.',
      reasoning: 'Okay, 6 times 7',
      usage: { reportedCost: 0.00014553, reasoningTokens: 58 },
    });
  });

  it.each([
    ['deepseek.reasoning.sse', 'The sum is 7.', 'First, add them', 832],
    ['mistral.thinking.sse', 'Done', 'Let me see', undefined],
    ['groq.usage-in-x-groq.sse', 'Fast', undefined, undefined],
    ['tgi.no-final-blank-line.sse', 'Hi', undefined, undefined],
  ])('reads %s', async (name, answer, reasoning, cached) => {
    const exchange = await answerTo({ steps: [fixture(name)] });
    expect(exchange.answer).toBe(answer);
    expect(exchange.reasoning).toBe(reasoning);
    expect(exchange.usage?.cachedTokens).toBe(cached);
  });

  it('may come whole, as JSON: one chunk, as of its last byte', async () => {
    const bytes = fixture('openai.whole-answer.json');
    const exchange = await answerTo({
      headers: { 'content-type': 'application/json' },
      steps: [bytes.subarray(0, 100), { wait: 120 }, bytes.subarray(100)],
    });
    expect(exchange).toMatchObject({ answer: 'All at once.', chunks: 1, finishReason: 'stop' });
    expect(exchange.usage).toEqual({ inputTokens: 12, outputTokens: 4 });
    expect(exchange.firstTokenAt - exchange.firstByteAt).toBeGreaterThan(30);
    expect(exchange.lastContentAt).toBe(exchange.firstTokenAt);
  });

  it('without text, call or refusal is a failure of its own kind', async () => {
    const exchange = await failureOf({ steps: [chunk({ content: '' }), chunk({}, 'length')] });
    expect(exchange).toMatchObject({ reason: 'empty', finishReason: 'length', httpStatus: 200 });
    expect(exchange.firstTokenAt).toBeUndefined();
  });

  it('is complete at length too', async () => {
    const exchange = await answerTo({ steps: [chunk({ content: 'a' }), chunk({}, 'length')] });
    expect(exchange.finishReason).toBe('length');
  });

  it('does not wait for a server that keeps the connection open after [DONE]', async () => {
    const started = performance.now();
    const exchange = await answerTo({ steps: [chunk({ content: 'a' }), done, 'hang'] });
    expect(exchange.answer).toBe('a');
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('is complete once its finish reason came, even if the connection then breaks', async () => {
    const exchange = await answerTo({
      steps: [chunk({ content: 'a' }), chunk({}, 'stop'), { wait: 20 }, 'reset'],
    });
    expect(exchange.answer).toBe('a');
  });

  it.each([
    ['x-litellm-cache-key', 'f2e1'],
    ['x-portkey-cache-status', 'SEMANTIC HIT'],
    ['cf-aig-cache-status', 'HIT'],
    ['helicone-cache', 'HIT'],
    ['x-openrouter-cache-status', 'HIT'],
  ])('that came from a response cache is marked so (%s)', async (name, value) => {
    const exchange = await answerTo({ headers: { [name]: value }, steps: [answered] });
    expect(exchange.cacheHit).toBe(true);
  });

  it('that missed a response cache is a measurement', async () => {
    const headers = { 'x-portkey-cache-status': 'MISS', 'cf-aig-cache-status': 'MISS' };
    expect((await answerTo({ headers, steps: [answered] })).cacheHit).toBe(false);
  });

  it('carries the quota that its headers tell', async () => {
    const headers = {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '1m12.5s',
      'x-ratelimit-remaining-tokens': '9000',
    };
    expect((await answerTo({ headers, steps: [answered] })).rateLimit).toEqual({
      requests: { limit: 500, remaining: 499, resetAfter: 72_500 },
      tokens: { remaining: 9000 },
    });
  });
});

describe('an answer that fails', () => {
  it('is cut off where it ends without a finish reason, with what had come', async () => {
    const failure = await failureOf({ steps: [fixture('vllm.cut-off.sse')] });
    expect(failure).toMatchObject({
      reason: 'cut-off',
      answer: 'This answer never ends',
      chunks: 2,
    });
  });

  it('is cut off where the connection breaks in the middle', async () => {
    const failure = await failureOf({ steps: [chunk({ content: 'a' }), { wait: 20 }, 'reset'] });
    expect(failure).toMatchObject({ reason: 'cut-off', httpStatus: 200 });
    expect(failure.firstTokenAt).toBeDefined();
  });

  it('is cut off, not malformed, where it ends inside an event', async () => {
    const bytes = fixture('vllm.cut-off.sse');
    const failure = await failureOf({ steps: [bytes.subarray(0, bytes.length - 20)] });
    expect(failure.reason).toBe('cut-off');
  });

  it.each([
    ['vllm.error-event.sse', 'server-error', 'EngineCore encountered an issue'],
    ['openrouter.error-midstream.sse', 'server-error', 'Provider returned error'],
  ])('carries an error event (%s)', async (name, reason, words) => {
    const failure = await failureOf({ steps: [fixture(name)] });
    expect(failure).toMatchObject({ reason, httpStatus: 200 });
    expect(failure.error).toContain(words);
  });

  it('is refused where the model declines in so many words', async () => {
    const failure = await failureOf({ steps: [fixture('openai.refusal.sse')] });
    expect(failure).toMatchObject({
      reason: 'refused',
      error: "I'm sorry, I can't help with that.",
      usage: { inputTokens: 88, outputTokens: 31 },
    });
  });

  it('is filtered where the provider says so', async () => {
    const failure = await failureOf({ steps: [fixture('azure.content-filter.sse')] });
    expect(failure).toMatchObject({ reason: 'content-filter', answer: 'Take the' });
  });

  it.each([
    ['HTML', fixture('nginx.bad-gateway.html')],
    ['plain text', 'upstream connect error'],
    ['an empty body', ''],
    ['an event that is no JSON', `data: {"choices":[{]}\n\n${done}`],
    ['JSON of another kind', '{"status":"ok"}'],
  ])('is malformed where a 200 holds %s', async (_, bytes) => {
    const failure = await failureOf({ steps: [bytes] });
    expect(failure.reason).toBe('malformed');
  });

  const wordy = (message: string, code?: string) =>
    JSON.stringify({ error: { message, type: 'invalid_request_error', code } });
  it.each([
    [429, wordy('slow down', 'rate_limit_exceeded'), 'rate-limited'],
    [401, wordy('Incorrect API key provided'), 'auth'],
    [403, '{"message":"forbidden"}', 'auth'],
    [408, '', 'timeout'],
    [400, wordy('too long', 'context_length_exceeded'), 'context-overflow'],
    [400, wordy('prompt is too long: 210000 tokens > 200000 maximum'), 'context-overflow'],
    [413, wordy("This model's maximum context length is 8192 tokens"), 'context-overflow'],
    [400, wordy('The response was filtered', 'content_filter'), 'content-filter'],
    [400, wordy('Unknown parameter: foo'), 'bad-request'],
    [404, wordy('The model does not exist', 'model_not_found'), 'bad-request'],
    [422, '{"detail":"nope"}', 'bad-request'],
    [500, 'oops', 'server-error'],
    [503, '<html>busy</html>', 'server-error'],
    [
      529,
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
      'server-error',
    ],
  ])('of HTTP %i %s is %s', async (status, text, reason) => {
    const failure = await failureOf({ status, steps: [text] });
    expect(failure).toMatchObject({ reason, httpStatus: status });
    expect(failure.error).toMatch(new RegExp(`^HTTP ${status}: `));
  });

  it('reads Retry-After in seconds, in milliseconds and as a date', async () => {
    const wait = async (headers: Record<string, string>) =>
      (await failureOf({ status: 429, headers, steps: ['{}'] })).retryAfter;
    expect(await wait({ 'retry-after': '30' })).toBe(30_000);
    expect(await wait({ 'retry-after': '1', 'retry-after-ms': '1250' })).toBe(1_250);
    const date = new Date(Date.now() + 20_000).toUTCString();
    expect(await wait({ 'retry-after': date })).toBeGreaterThan(17_000);
    expect(await wait({ 'retry-after': 'soon' })).toBeUndefined();
  });

  it('does not follow a redirect, and says where it leads', async () => {
    const failure = await failureOf({
      status: 308,
      headers: { location: 'https://example.com/v1' },
      steps: [],
    });
    expect(failure.reason).toBe('bad-request');
    expect(failure.error).toContain('https://example.com/v1');
  });

  it('is a failure to connect where nobody listens', async () => {
    const server = await scripted({ steps: [] });
    await server.close();
    const exchange = await askServer(server.url);
    expect(exchange).toMatchObject({ state: 'failed', reason: 'connect' });
    expect(exchange).not.toHaveProperty('sentAt');
    expect(exchange.state === 'failed' && exchange.error).toContain('ECONNREFUSED');
  });

  it('is a failure to connect where the connection is reset before any byte', async () => {
    const failure = await failureOf({ steps: ['reset'] });
    expect(failure.reason).toBe('connect');
    expect(failure.sentAt).toBeDefined();
  });

  it('times out without a first token, measured from when it was sent', async () => {
    const timeouts = { connect: ms(1_000), firstToken: ms(80), attempt: ms(2_000) };
    const steps = [chunk({ role: 'assistant', content: '' }), 'hang'] as const;
    const failure = await failureOf({ steps }, { target: { timeouts } });
    expect(failure).toMatchObject({ reason: 'timeout', error: 'no token within 80 ms' });
    expect(failure.failedAt - (failure.sentAt ?? 0)).toBeGreaterThan(78);
    expect(failure.failedAt - (failure.sentAt ?? 0)).toBeLessThan(800);
  });

  it('times out where an endless stream goes past the attempt', async () => {
    const timeouts = { connect: ms(1_000), firstToken: ms(2_000), attempt: ms(400) };
    const steps = Array.from({ length: 200 }, () => [chunk({ content: 'x' }), { wait: 10 }]).flat();
    const failure = await failureOf({ steps }, { target: { timeouts } });
    expect(failure).toMatchObject({ reason: 'timeout', error: 'not finished within 400 ms' });
    expect(failure.chunks).toBeGreaterThan(3);
  });

  it('is cancelled by its signal, before and while it runs', async () => {
    expect(await failureOf({ steps: [answered] }, { signal: AbortSignal.abort() })).toMatchObject({
      reason: 'cancelled',
    });
    const running = new AbortController();
    setTimeout(() => running.abort(), 50);
    const failure = await failureOf(
      { steps: [chunk({ content: 'a' }), 'hang'] },
      { signal: running.signal },
    );
    expect(failure).toMatchObject({ reason: 'cancelled', answer: 'a' });
  });
});
