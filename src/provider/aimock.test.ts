import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client, CompletedExchange, Exchange } from './answer/exchange.ts';
import { createClient } from './client.ts';
import { plainTarget } from './scripted.test.helper.ts';
import type { Target } from './target/target.ts';
import { encodeBody } from './wire/wires.ts';

/** A provider that was not written here. */
const mock = new LLMock({ port: 0 });
let client: Client;

beforeAll(async () => {
  mock.onMessage('poem', { content: 'Roses are red,\n"violets" are blüe.' });
  mock.onMessage('think', { content: 'Seven.', reasoning: 'Two and five.' });
  mock.onMessage('weather', {
    toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }],
  });
  mock.onMessage('busy', {
    error: { message: 'Slow down', type: 'rate_limit_error' },
    status: 429,
  });
  mock.onMessage(
    'slow',
    { content: 'one two three four' },
    { streamingProfile: { ttft: 80, tps: 20, jitter: 0 }, chunkSize: 5 },
  );
  mock.onMessage(
    'billed',
    {
      content: 'ok',
      usage: {
        prompt_tokens: 14,
        completion_tokens: 63,
        total_tokens: 77,
        cost: 0.00014553,
      },
    },
    { openRouterProcessing: true },
  );
  await mock.start();
  client = createClient();
});
afterAll(async () => {
  await client.close();
  await mock.stop();
});

const surfaces = {
  'openai-chat': { path: '/v1' },
  'openai-responses': { path: '/v1', wire: 'openai-responses', model: 'gpt-5-mini' },
  'anthropic-messages': {
    path: '/v1',
    wire: 'anthropic-messages',
    model: 'claude-sonnet-4-5',
    auth: 'x-api-key',
  },
  gemini: { path: '', wire: 'gemini', model: 'gemini-2.5-flash', auth: 'x-goog-api-key' },
  openrouter: { path: '/api/v1', provider: 'openrouter', model: 'openai/gpt-4o-mini' },
} as const satisfies Record<string, Partial<Target> & { path: string }>;
const names = Object.keys(surfaces) as (keyof typeof surfaces)[];

function ask(surface: keyof typeof surfaces, words: string): Promise<Exchange> {
  const { path, ...changes } = surfaces[surface];
  const target = plainTarget(mock.url + path, { model: 'gpt-4o-mini', ...changes });
  const body = {
    messages: [{ role: 'user', content: words }],
    max_tokens: 100,
    tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }],
  };
  return client.send({
    target,
    body: encodeBody(body, target),
    key: 'mock-key-12345',
    signal: new AbortController().signal,
    requestId: 'r',
  });
}

async function answerTo(surface: keyof typeof surfaces, words: string): Promise<CompletedExchange> {
  const exchange = await ask(surface, words);
  if (exchange.state === 'failed') throw new Error(`${exchange.reason}: ${exchange.error}`);
  return exchange;
}

describe.each(names)('aimock’s %s surface', (surface) => {
  it('gives its text, with usage', async () => {
    const exchange = await answerTo(surface, 'a poem');
    expect(exchange.answer).toBe('Roses are red,\n"violets" are blüe.');
    expect(exchange.finishReason).toBe('stop');
    expect(exchange.usage?.inputTokens).toBeGreaterThanOrEqual(0);
    expect(exchange.rawUsage).toBeDefined();
  });

  it('thinks before it answers', async () => {
    const exchange = await answerTo(surface, 'think');
    expect(exchange).toMatchObject({ answer: 'Seven.', reasoning: 'Two and five.' });
    expect(exchange.firstAnswerAt).toBeGreaterThanOrEqual(exchange.firstTokenAt);
  });

  it('calls a tool', async () => {
    const exchange = await answerTo(surface, 'weather');
    expect(exchange.finishReason).toBe('tool_calls');
    expect(exchange.toolCalls?.map(({ name }) => name)).toEqual(['get_weather']);
    expect(JSON.parse(exchange.toolCalls?.[0]?.arguments ?? '')).toEqual({ city: 'Paris' });
  });

  it('says when it is asked too often', async () => {
    expect(await ask(surface, 'busy')).toMatchObject({
      state: 'failed',
      reason: 'rate-limited',
      httpStatus: 429,
    });
  });

  it('is as slow as it says', async () => {
    const exchange = await answerTo(surface, 'slow');
    // The first event takes 80 ms, each further one 50 ms: four pieces of five characters.
    expect(exchange.firstTokenAt - exchange.sentAt).toBeGreaterThan(60);
    expect(exchange.lastContentAt - exchange.firstTokenAt).toBeGreaterThan(100);
    expect(exchange.chunks).toBe(4);
  });
});

describe('aimock’s OpenRouter surface', () => {
  it('reports the cost, between comments that are no events', async () => {
    const exchange = await answerTo('openrouter', 'billed');
    expect(exchange.usage).toMatchObject({ inputTokens: 14, reportedCost: 0.00014553 });
  });
});
