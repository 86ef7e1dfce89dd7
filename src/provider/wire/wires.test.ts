import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatBody } from '../../workload/request.ts';
import type { Client, Exchange } from '../answer/exchange.ts';
import { createClient } from '../client.ts';
import { plainTarget, scripted } from '../scripted.test.helper.ts';
import type { WireName } from '../target/target.ts';
import { encodeBody, wires } from './wires.ts';

let client: Client;
beforeAll(() => {
  client = createClient();
});
afterAll(() => client.close());

/** What comes of a fixture's bytes, sent by a real server. */
async function hear(wire: WireName, fixture: string): Promise<Exchange> {
  const bytes = readFileSync(new URL(`../../../fixtures/provider/${fixture}`, import.meta.url));
  const server = await scripted({
    steps: [bytes.subarray(0, 77), { wait: 5 }, bytes.subarray(77)],
  });
  try {
    const target = plainTarget(server.url, { wire });
    return await client.send({
      target,
      body: encodeBody({ messages: [{ role: 'user', content: 'hi' }] }, target),
      signal: new AbortController().signal,
      requestId: 'r',
    });
  } finally {
    await server.close();
  }
}

const body: ChatBody = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0=' } },
      ],
    },
    {
      role: 'assistant',
      content: 'Looking.',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
        { id: 'c2', type: 'function', function: { name: 'look', arguments: '{"at":2}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: '{"seen":"cat"}' },
    { role: 'tool', tool_call_id: 'c2', content: 'nothing' },
  ],
  max_tokens: 300,
  temperature: 1.5,
  stop: ['END'],
  tools: [
    {
      type: 'function',
      function: { name: 'look', description: 'Looks', parameters: { type: 'object' } },
    },
  ],
  tool_choice: 'required',
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'seen', schema: { type: 'object' }, strict: true },
  },
  reasoning_effort: 'low',
  logit_bias: { 5: 1 },
  seed: 7,
};

function encoded(wire: WireName, model: string, changes: Partial<ChatBody> = {}) {
  const auth = wire === 'gemini' && ({ auth: 'x-goog-api-key' } as const);
  const target = { ...plainTarget('https://host', { wire, model }), ...auth };
  const { address, encode } = wires[wire];
  const sent = JSON.stringify(encode({ ...body, ...changes }, target));
  return { ...address(target, 'k'), body: JSON.parse(sent) };
}

describe('Anthropic’s Messages', () => {
  const wire = 'anthropic-messages';

  it('are asked in their own words', () => {
    expect(encoded(wire, 'claude-sonnet-4-5-20250929')).toEqual({
      path: '/v1/messages',
      headers: { 'anthropic-version': '2023-06-01', authorization: 'Bearer k' },
      body: {
        model: 'claude-sonnet-4-5-20250929',
        stream: true,
        system: [{ type: 'text', text: 'Be brief.' }],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              {
                type: 'image',
                source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0=' },
              },
            ],
          },
          {
            role: 'assistant',
            content: [
              { type: 'text', text: 'Looking.' },
              { type: 'tool_use', id: 'c1', name: 'look', input: { at: 1 } },
              { type: 'tool_use', id: 'c2', name: 'look', input: { at: 2 } },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'c1', content: '{"seen":"cat"}' },
              { type: 'tool_result', tool_use_id: 'c2', content: 'nothing' },
            ],
          },
        ],
        // The limit of 300 and a budget of 1,024 for low effort.
        max_tokens: 1_324,
        thinking: { type: 'enabled', budget_tokens: 1_024 },
        stop_sequences: ['END'],
        tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }],
        tool_choice: { type: 'any' },
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
      },
    });
  });

  it('take effort as such, and no sampling parameters, where the model thinks adaptively', () => {
    const { body: sent } = encoded(wire, 'claude-opus-4-8', { top_p: 0.9 });
    expect(sent).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
      max_tokens: 300,
    });
    expect(sent).not.toHaveProperty('temperature');
    expect(sent).not.toHaveProperty('top_p');
  });

  it('keep a temperature, of 1 at most, where nothing is thought', () => {
    const { body: sent } = encoded(wire, 'claude-haiku-4-5', { reasoning_effort: undefined });
    expect(sent.temperature).toBe(1);
    expect(sent).not.toHaveProperty('thinking');
  });

  it('count cached tokens beside the input, and bill them inside it', async () => {
    const written = await hear(wire, 'anthropic.text-and-cache-write.sse');
    expect(written).toMatchObject({
      state: 'completed',
      answer: 'Hello "wörld"\n—日本!',
      finishReason: 'stop',
      servedModel: 'claude-sonnet-4-5-20250929',
      usage: {
        inputTokens: 188_107,
        cacheWriteTokens: 188_086,
        cachedTokens: 0,
        outputTokens: 393,
      },
    });
    const read = await hear(wire, 'anthropic.thinking-and-cache-read.sse');
    expect(read).toMatchObject({
      answer: 'It is 7.',
      reasoning: 'Let me add 2 and 5',
      usage: { inputTokens: 100_050, cachedTokens: 100_000, outputTokens: 503 },
    });
  });

  it('call tools', async () => {
    expect(await hear(wire, 'anthropic.tool-use.sse')).toMatchObject({
      answer: 'Looking.',
      finishReason: 'tool_calls',
      toolCalls: [
        { name: 'get_weather', arguments: '{"city": "Paris"}' },
        { name: 'get_time', arguments: '{"zone": "CET"}' },
      ],
    });
  });

  it.each([
    ['anthropic.refusal.sse', 'refused'],
    ['anthropic.error-event.sse', 'server-error'],
    ['anthropic.cut-off.sse', 'cut-off'],
  ])('fail: %s is %s', async (fixture, reason) => {
    expect(await hear(wire, fixture)).toMatchObject({ state: 'failed', reason });
  });

  it('come whole too', () => {
    const said = wires[wire].reader().whole({
      type: 'message',
      model: 'claude',
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'yes' },
        { type: 'tool_use', id: 'c', name: 'look', input: { at: 1 } },
      ],
      stop_reason: 'max_tokens',
      usage: { input_tokens: 3, output_tokens: 4 },
    });
    expect(said).toMatchObject({ finishReason: 'length', done: true, usage: { inputTokens: 3 } });
    expect(said.deltas.map(({ text }) => text)).toEqual(['hm', 'yes', '{"at":1}']);
  });
});

describe('Gemini’s generateContent', () => {
  const wire = 'gemini';

  it('is asked in its own words', () => {
    expect(encoded(wire, 'gemini-2.5-flash', { temperature: 0.5 })).toEqual({
      path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      headers: { 'x-goog-api-key': 'k' },
      body: {
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        contents: [
          {
            role: 'user',
            parts: [
              { text: 'What is this?' },
              { inlineData: { mimeType: 'image/png', data: 'iVBORw0=' } },
            ],
          },
          {
            role: 'model',
            parts: [
              { text: 'Looking.' },
              { functionCall: { name: 'look', args: { at: 1 } } },
              { functionCall: { name: 'look', args: { at: 2 } } },
            ],
          },
          {
            role: 'user',
            parts: [
              { functionResponse: { name: 'look', response: { seen: 'cat' } } },
              { functionResponse: { name: 'look', response: { result: 'nothing' } } },
            ],
          },
        ],
        generationConfig: {
          maxOutputTokens: 300,
          temperature: 0.5,
          seed: 7,
          stopSequences: ['END'],
          responseMimeType: 'application/json',
          responseJsonSchema: { type: 'object' },
          thinkingConfig: { thinkingBudget: 1_024 },
        },
        tools: [
          {
            functionDeclarations: [
              { name: 'look', description: 'Looks', parametersJsonSchema: { type: 'object' } },
            ],
          },
        ],
        toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      },
    });
  });

  it('counts cached tokens inside the prompt, and thoughts beside the candidates', async () => {
    expect(await hear(wire, 'gemini.text-and-cache.sse')).toMatchObject({
      answer: 'The sky is blüe.',
      finishReason: 'stop',
      servedModel: 'gemini-2.5-flash',
      usage: { inputTokens: 2_152, cachedTokens: 2_027, outputTokens: 6 },
    });
    expect(await hear(wire, 'gemini.thoughts.sse')).toMatchObject({
      answer: '7',
      reasoning: '**Adding**\n',
      usage: { inputTokens: 14, outputTokens: 217, reasoningTokens: 216 },
    });
  });

  it('calls functions', async () => {
    expect(await hear(wire, 'gemini.function-calls.sse')).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [
        { name: 'get_weather', arguments: '{"city":"Paris"}' },
        { name: 'get_time', arguments: '{"zone":"CET"}' },
      ],
    });
  });

  it.each([
    ['gemini.safety.sse', 'content-filter'],
    ['gemini.prompt-blocked.sse', 'content-filter'],
  ])('fails: %s is %s', async (fixture, reason) => {
    expect(await hear(wire, fixture)).toMatchObject({ state: 'failed', reason });
  });
});

describe('OpenAI’s Responses', () => {
  const wire = 'openai-responses';

  it('are asked in their own words, and not to be stored', () => {
    expect(encoded(wire, 'gpt-5-mini', { temperature: 0.5 })).toEqual({
      path: '/responses',
      headers: { authorization: 'Bearer k' },
      body: {
        model: 'gpt-5-mini',
        stream: true,
        store: false,
        input: [
          { role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'What is this?' },
              {
                type: 'input_image',
                image_url: 'data:image/png;base64,iVBORw0=',
                detail: 'auto',
              },
            ],
          },
          { role: 'assistant', content: [{ type: 'output_text', text: 'Looking.' }] },
          { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":1}' },
          { type: 'function_call', call_id: 'c2', name: 'look', arguments: '{"at":2}' },
          { type: 'function_call_output', call_id: 'c1', output: '{"seen":"cat"}' },
          { type: 'function_call_output', call_id: 'c2', output: 'nothing' },
        ],
        max_output_tokens: 300,
        reasoning: { effort: 'low' },
        tools: [
          {
            type: 'function',
            strict: false,
            name: 'look',
            description: 'Looks',
            parameters: { type: 'object' },
          },
        ],
        tool_choice: 'required',
        text: {
          format: { type: 'json_schema', name: 'seen', schema: { type: 'object' }, strict: true },
        },
        temperature: 0.5,
      },
    });
  });

  it('have reasoning, text and usage', async () => {
    expect(await hear(wire, 'openai-responses.reasoning.sse')).toMatchObject({
      answer: 'It is “7”.',
      reasoning: '**Adding** numbers',
      finishReason: 'stop',
      servedModel: 'gpt-5-mini-2025-08-07',
      usage: { inputTokens: 328, cachedTokens: 256, outputTokens: 152, reasoningTokens: 128 },
    });
  });

  it('call functions', async () => {
    expect(await hear(wire, 'openai-responses.function-calls.sse')).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [
        { name: 'get_weather', arguments: '{"city":"Paris"}' },
        { name: 'get_time', arguments: '{"zone":"CET"}' },
      ],
    });
  });

  it('may end at the limit', async () => {
    expect(await hear(wire, 'openai-responses.length.sse')).toMatchObject({
      answer: 'Once upon',
      finishReason: 'length',
    });
  });

  it.each([
    ['openai-responses.refusal.sse', 'refused', "I can't do that."],
    ['openai-responses.failed.sse', 'server-error', 'The model is gone.'],
    ['openai-responses.error-event.sse', 'rate-limited', 'Slow down'],
  ])('fail: %s is %s', async (fixture, reason, error) => {
    expect(await hear(wire, fixture)).toMatchObject({ state: 'failed', reason, error });
  });

  it('come whole too', () => {
    const said = wires[wire].reader().whole({
      status: 'completed',
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
        { type: 'message', content: [{ type: 'output_text', text: 'yes' }] },
        { type: 'function_call', name: 'look', arguments: '{}' },
      ],
      usage: { input_tokens: 3, output_tokens: 4 },
    });
    expect(said).toMatchObject({ finishReason: 'tool_calls', usage: { outputTokens: 4 } });
    expect(said.deltas.map(({ place }) => place.kind)).toEqual(['reasoning', 'text', 'arguments']);
  });
});
